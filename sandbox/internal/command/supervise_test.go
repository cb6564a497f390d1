package command

import (
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/sandbox/images"
)

func TestAgentLoaded(t *testing.T) {
	tests := []struct {
		name, want string
		loaded     map[string]string
		ok         bool
	}{
		{"the same", "agent:1", map[string]string{images.Agent: "agent:1"}, true},
		{"another", "agent:1", map[string]string{images.Agent: "agent:2"}, false},
		{"only the pause image", "agent:1", map[string]string{images.Pause: "pause"}, true},
		{"no controller", "", map[string]string{images.Agent: "agent:2"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := agentLoaded(tt.want, tt.loaded)
			if (err == nil) != tt.ok {
				t.Errorf("got %v", err)
			}
			if err != nil && !strings.Contains(err.Error(), "sandbox up") {
				t.Errorf("the error should say how to mend it: %v", err)
			}
		})
	}
}

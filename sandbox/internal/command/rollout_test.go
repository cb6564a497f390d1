package command

import (
	"testing"

	"github.com/opendatahub-io/mpijob/sandbox/internal/component"
)

func TestPlanned(t *testing.T) {
	pods := []component.Component{{Name: "etcd"}, {Name: "controller", Argv: []string{"sandbox", "setup", component.Rollout, "--x"}}}
	process := []component.Component{{Name: "etcd"}, {Name: "controller", Argv: []string{"controller", "--x"}}}
	if !planned(pods) || planned(process) {
		t.Error("a plan with the controller in pods is told from one without")
	}
}

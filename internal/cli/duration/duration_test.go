package duration

import (
	"testing"
	"time"

	"github.com/spf13/pflag"
)

func TestVar(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "1.5h": 90 * time.Minute, "2d": 48 * time.Hour, "1d12h": 36 * time.Hour, "1w": 168 * time.Hour,
		"0": 0, "-1s": -time.Second, // which a command refuses in its own words
	} {
		fs := pflag.NewFlagSet("", pflag.ContinueOnError)
		var got time.Duration
		if Var(fs, &got, "timeout", time.Minute, ""); got != time.Minute {
			t.Errorf("unless given: %s", got)
		}
		if err := fs.Parse([]string{"--timeout=" + text}); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "2", "2 days", "soon", "999999999999d"} {
		if v := value(time.Minute); v.Set(text) == nil {
			t.Errorf("%q is read as %s", text, v.String())
		}
	}
}

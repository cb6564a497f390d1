package serve

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

func TestCallbackWaitsForTheLaunchersName(t *testing.T) {
	asked, said := 0, 0
	c := &callback{
		launcher: "pi-launcher.pi.team.svc", patience: time.Minute,
		lookup: func(_ context.Context, host string) ([]string, error) {
			if host != "pi-launcher.pi.team.svc." {
				t.Errorf("asked for %q", host)
			}
			if asked++; asked < 3 {
				return nil, errors.New("no such host")
			}
			return []string{"10.0.0.1"}, nil
		},
		log: func(string, ...any) { said++ },
	}
	c.wait(t.Context())
	if asked != 3 || said != 1 {
		t.Errorf("asked %d times and said so %d times, want 3 and 1", asked, said)
	}
}

func TestCallbackGivesUp(t *testing.T) {
	asked := 0
	c := &callback{
		launcher: "l", patience: 120 * time.Millisecond,
		lookup: func(context.Context, string) ([]string, error) { asked++; return nil, errors.New("no such host") },
		log:    func(string, ...any) {},
	}
	c.wait(t.Context())
	if asked < 2 {
		t.Errorf("asked %d times, want several", asked)
	}
}

func TestWhoCallsBack(t *testing.T) {
	for implementation, want := range map[string]bool{"MPICH": true, "Intel": true, "OpenMPI": false, "": false} {
		got := callsBack(&wire.Job{Implementation: implementation}, func(string, ...any) {}) != nil
		if got != want {
			t.Errorf("%q: %v, want %v", implementation, got, want)
		}
	}
}

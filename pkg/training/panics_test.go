package training

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

// broken panics at requests of a path, as a mistake of ours at what they answer would.
type broken struct {
	path string
	http.RoundTripper
}

func (b broken) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, b.path) {
		panic("at " + b.path)
	}
	return b.RoundTripper.RoundTrip(r)
}

// A mistake in a goroutine of this package, as what one user's job says may cause it, ends no process: it is an error.
func TestPanicsAreErrors(t *testing.T) {
	logs := func(o LogOptions) func(*Jobs) error {
		return func(j *Jobs) error {
			for _, err := range j.Logs(t.Context(), "pi", o) {
				if err != nil {
					return err
				}
			}
			return nil
		}
	}
	for _, c := range []struct {
		name, path string
		do         func(*Jobs) error
	}{
		{"following a job", "/mpijobs", logs(LogOptions{Follow: true})},
		{"following its pods", "/pods", logs(LogOptions{Follow: true})},
		{"following a log", "/log", logs(LogOptions{Follow: true})},
		{"what is seen while following", "", logs(LogOptions{Follow: true})},
		{"reading a log", "/log", logs(LogOptions{})},
		{"listing", "/mpijobs", func(j *Jobs) error { _, err := j.List(t.Context(), ListOptions{}); return err }},
	} {
		cluster, client := newLogCluster(t)
		cluster.start("launcher", "", "pi-launcher-abcde")
		if c.path == "" {
			client.now = func() time.Time { panic("at " + c.path) }
		} else {
			config := rest.CopyConfig(client.config)
			config.WrapTransport = func(rt http.RoundTripper) http.RoundTripper { return broken{c.path, rt} }
			var err error
			if client, err = NewClient(config, "team"); err != nil {
				t.Fatal(err)
			}
		}
		err := c.do(client.Jobs(""))
		var caught *PanicError
		if !errors.As(err, &caught) || caught.Value != "at "+c.path || !strings.Contains(string(caught.Stack), "training.") {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

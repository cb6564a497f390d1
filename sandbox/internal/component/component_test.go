package component

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fixed is a configuration that does not depend on the machine.
func fixed() config.Config {
	return config.Config{
		Repo:            "/src",
		State:           "/state",
		Cache:           "/cache",
		Self:            "/src/bin/sandbox",
		Bin:             map[string]string{"kubernetes": "/cache/bin/k", "controller": "/cache/bin/c", "mpi-operator": "/cache/bin/m", "kwok": "/cache/bin/w", "volcano": "/cache/bin/v"},
		Modules:         map[string]string{},
		Images:          "i1",
		AgentImage:      "mpijob.sandbox/mpi-agent:abc",
		ControllerImage: "mpijob.sandbox/controller:abc",
		Manifests:       "m1",
		NodeName:        "sandbox",
		MaxOpenFiles:    20000,
	}
}

func TestScript(t *testing.T) {
	c := fixed()
	c.With = []string{"mpi-operator", "volcano"}
	c.Args = map[string][]string{"controller": {"--namespace=team-a", "--zap-time=it's"}}
	list, err := All(c)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	Script(&got, list)
	const golden = "testdata/dry-run.sh"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("go test ./internal/component -update accepts it (-want +got):\n%s", diff)
	}
}

func TestAll(t *testing.T) {
	tests := []struct {
		name    string
		change  func(*config.Config)
		has     []string
		hasNot  []string
		wantErr string
	}{
		{name: "standard", has: []string{"controller"}, hasNot: []string{"kwok", "metrics-server", "mpi-operator", "volcano-scheduler"}},
		{name: "before the controller is there", change: func(c *config.Config) { c.ControllerImage = "" }, hasNot: []string{"controller", "setup-controller"}},
		{name: "optional", change: func(c *config.Config) { c.With = []string{"mpi-operator"} }, has: []string{"mpi-operator", "setup-mpi-operator"}},
		{name: "the training operator", change: func(c *config.Config) { c.With = []string{TrainingOperator} }, has: []string{"setup-training-operator", "setup-training-operator-image"}},
		{name: "images", change: func(c *config.Config) { c.With = []string{"mpi-images"} }, has: []string{"setup-mpi-images"}, hasNot: []string{"setup-mpi-matrix-images"}},
		{name: "fake nodes", change: func(c *config.Config) { c.With = []string{"kwok"} }, has: []string{"kwok", "setup-kwok"}, hasNot: []string{"mpi-operator"}},
		{name: "measuring", change: func(c *config.Config) { c.With = []string{"metrics-server"} }, has: []string{"metrics-server", "setup-metrics-server"}},
		{name: "unknown optional", change: func(c *config.Config) { c.With = []string{"docker"} }, wantErr: `no optional component "docker"; there are: kwok, metrics-server, mpi-images, `},
		{name: "argument for nobody", change: func(c *config.Config) { c.Args = map[string][]string{"docker": {"-x"}} }, wantErr: `no component "docker"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := fixed()
			if tt.change != nil {
				tt.change(&c)
			}
			list, err := All(c)
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Fatalf("error %v, want %q in it", err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			names := Names(list)
			for _, n := range tt.has {
				if !slices.Contains(names, n) {
					t.Errorf("no %s in %v", n, names)
				}
			}
			for _, n := range tt.hasNot {
				if slices.Contains(names, n) {
					t.Errorf("%s is in %v", n, names)
				}
			}
		})
	}
}

func TestOrder(t *testing.T) {
	tests := []struct {
		name    string
		in      []Component
		want    []string
		wantErr string
	}{
		{"needs come first", []Component{{Name: "b", Needs: []string{"a"}}, {Name: "a"}}, []string{"a", "b"}, ""},
		{"else as given", []Component{{Name: "z"}, {Name: "y"}}, []string{"z", "y"}, ""},
		{"missing", []Component{{Name: "a", Needs: []string{"b"}}}, nil, `component "a" needs "b", which is not there`},
		{"circle", []Component{{Name: "a", Needs: []string{"b"}}, {Name: "b", Needs: []string{"a"}}}, nil, "need one another"},
		{"twice", []Component{{Name: "a"}, {Name: "a"}}, nil, "described twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Order(tt.in)
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Fatalf("error %v, want %q in it", err, tt.wantErr)
				}
				return
			}
			if diff := cmp.Diff(tt.want, Names(got)); diff != "" || err != nil {
				t.Errorf("error %v, -want +got:\n%s", err, diff)
			}
		})
	}
}

func TestIdentity(t *testing.T) {
	base := Component{Name: "a", Argv: []string{"x"}, Files: []File{{Path: "/f", Content: "1"}}}
	changed := base
	changed.Files = []File{{Path: "/f", Content: "2"}}
	if base.Identity() == changed.Identity() {
		t.Error("another content of a file must start the component again")
	}
}

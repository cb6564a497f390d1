package command

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWantedAdd(t *testing.T) {
	before := func() wanted {
		return wanted{Args: map[string][]string{"controller": {"--a"}}}
	}
	tests := []struct {
		name       string
		with, args []string
		want       wanted
		wantErr    string
	}{
		{"nothing", nil, nil, before(), ""},
		{"the same again", nil, []string{"controller=--a"}, before(), ""},
		{"one more, with =", nil, []string{"controller=--b=1"}, wanted{Args: map[string][]string{"controller": {"--a", "--b=1"}}}, ""},
		{"all back", nil, []string{"controller="}, wanted{Args: map[string][]string{}}, ""},
		{"component", []string{"mpi-operator"}, nil, wanted{With: []string{"mpi-operator"}, Args: before().Args}, ""},
		{"unknown component", []string{"nope"}, nil, wanted{}, `no optional component "nope"`},
		{"no argument", nil, []string{"controller"}, wanted{}, "is not COMPONENT=ARG"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := before().add(tt.with, tt.args)
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Fatalf("error %v, want %q in it", err, tt.wantErr)
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("error %v, -want +got:\n%s", err, diff)
			}
		})
	}
}

package training

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestWhatKubernetesSaysIsSaidInOurWordsAndOnce(t *testing.T) {
	for message, want := range map[string]string{
		`Invalid value: "Bad_Name": becomes part of hostnames: use lower-case letters`: `"Bad_Name" becomes part of hostnames: use lower-case letters`,
		`Invalid value: -2: must be 1 to 10000: how many Workers run`:                  `-2 must be 1 to 10000: how many Workers run`,
		`Invalid value: "A b": "A b" is no name of a Secret`:                           `"A b" is no name of a Secret`,
		`Invalid value: "": must name a program; remove command`:                       `is empty: must name a program; remove command`,
		`Invalid value: "a: \"b\"": must not contain spaces: write registry/name:tag`:  `"a: \"b\"" must not contain spaces: write registry/name:tag`,
		`Invalid value: "data": no such volume: add it`:                                `"data": no such volume: add it`,
		`Required value: name the image to run`:                                        `name the image to run`,
		`Unsupported value: "openmpi": supported values: "OpenMPI", "Intel", "MPICH"`:  `"openmpi" is none of "OpenMPI", "Intel", "MPICH"`,
		`Duplicate value: "a"`: `"a" is given twice: remove one`,
		`Invalid value: "A B": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`: `"A B" must have lower-case letters, digits, '-' and '.' only, and begin and end with a letter or digit`,
		`Invalid value: 0: spec.slotsPerWorker in body should be greater than or equal to 1`:     `0 should be greater than or equal to 1`,
		`Invalid value: "string": spec.slotsPerWorker in body must be of type integer: "string"`: `must be of type integer: "string"`,
		`Invalid value: "` + strings.Repeat("x", 500) + `": must not contain spaces`:             `"` + strings.Repeat("x", 60) + `…" must not contain spaces`,
		`Too long: may not be more than 63 bytes`:                                                `is too long: may not be more than 63 bytes`,
		`Too many: 300: must have at most 256 items`:                                             `has 300 items, at most 256 are allowed`,
		`Too many: 300: spec.a in body should have at most 256 items`:                            `has 300 items, at most 256 are allowed`,
		`Too many: 2: must have at most 1 item`:                                                  `has 2 items, only one is allowed`,
		`Too many: must have at most 256 items`:                                                  `has too many: must have at most 256 items`,
		`a sentence of a policy: with a colon`:                                                   `a sentence of a policy: with a colon`,
		`Invalid value: `:                                                                        ``,
	} {
		if got := inOurWords(message); got != want {
			t.Errorf("%s\nis   %s\nwant %s", message, got, want)
		}
	}
}

func TestARefusalIsNotSaidTwice(t *testing.T) {
	about := subject{kind: "MPIJob", name: "x"}
	for name, c := range map[string]struct {
		st   metav1.Status
		want []Problem
	}{
		"with causes": {metav1.Status{Message: `MPIJob.kubeflow.org "x" is invalid: [a, b]`, Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{
			{Field: "spec.slotsPerWorker", Message: `Invalid value: 0: spec.slotsPerWorker in body should be greater than or equal to 1`},
			{Field: "spec.slotsPerWorker", Message: `Invalid value: 0: spec.slotsPerWorker in body should be greater than or equal to 1`},
			{Field: "<nil>", Message: `Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation`},
		}}}, []Problem{{Field: "spec.slotsPerWorker", Message: "0 should be greater than or equal to 1"}}},
		"without": {metav1.Status{Message: `MPIJob.kubeflow.org "x" is invalid: spec.slotsPerWorker: Invalid value: 0: must be positive`},
			[]Problem{{Field: "spec.slotsPerWorker", Message: "0 must be positive"}}},
		"of a webhook": {metav1.Status{Message: `admission webhook "mpijob.example.com" denied the request: MPIJob.kubeflow.org "x" is invalid: metadata.name: Invalid value: "x": is taken`},
			[]Problem{{Field: "metadata.name", Message: `"x" is taken`}}},
	} {
		var invalid *InvalidError
		if !errors.As(refused(c.st, about), &invalid) || invalid.What != `MPIJob "x"` {
			t.Fatalf("%s: %v", name, invalid)
		}
		if d := cmp.Diff(c.want, invalid.Problems); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

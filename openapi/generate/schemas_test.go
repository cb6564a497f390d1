package main

import (
	"reflect"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Types of one name are told apart: by what is said of them, and by their names in the contract.
func TestTypesOfOneName(t *testing.T) {
	docs, err := readDocs("../..", "pkg/training", "internal/failure", "internal/mpijob", "internal/preflight")
	if err != nil {
		t.Fatal(err)
	}
	s := &schemas{docs: docs, done: map[string]reflect.Type{}}
	if err := s.add(reflect.TypeFor[training.Verdict]()); err != nil {
		t.Fatal(err)
	}
	if text := s.String(); !strings.Contains(text, "enum: [Fits, Unknown, Waits, Refused]\n") {
		t.Errorf("the values of an Outcome are mixed with another type's:\n%s", text)
	}
	err = s.add(reflect.TypeFor[mpijob.Outcome]())
	if err == nil || !strings.Contains(err.Error(), "internal/preflight.Outcome and internal/mpijob.Outcome would both be Outcome") {
		t.Errorf("a second Outcome is %v", err)
	}
}

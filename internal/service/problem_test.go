package service

import (
	"slices"
	"testing"
)

// Every code that a problem can have is explained on the docs page, and no other.
func TestCodesAreExplained(t *testing.T) {
	var known []string
	for _, c := range codes {
		known = append(known, c.Code)
	}
	for _, err := range someErrors() {
		if p := asProblem(err); p.Code != "Cancelled" && !slices.Contains(known, p.Code) {
			t.Errorf("code %q of %T is explained nowhere", p.Code, err)
		}
	}
}

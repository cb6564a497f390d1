package preflight

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
)

func TestAmount(t *testing.T) {
	for in, want := range map[string]string{
		"16": "16", "16000m": "16", "15900m": "15900m", "100m": "100m", "1000": "1000", "64Gi": "64Gi", "0": "0",
	} {
		if got := amount(resource.MustParse(in)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

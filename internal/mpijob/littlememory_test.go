package mpijob_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Only of a plain number is it known what was forgotten.
func TestMemoryDoubt(t *testing.T) {
	const unit = "write it with its unit, as 512Mi or 16Gi"
	for text, want := range map[string][2]string{
		"16":    {"16 bytes ", "did you mean 16Gi?"},
		"96":    {"96 bytes ", "did you mean 96Mi?"},
		"0.5":   {"0.5 bytes ", unit},
		"500m":  {"0.5 bytes ", unit},
		"2k":    {"2000 bytes ", unit},
		"2048k": {"2048000 bytes ", unit},
		"3M":    {"3000000 bytes ", unit},
		"1e6":   {"1000000 bytes ", unit},
		"3Mi":   {"3Mi ", "ask for more, as 512Mi or 16Gi"},
		"4Mi":   {}, "5M": {}, "0": {},
	} {
		got := mpijob.MemoryDoubt(resource.MustParse(text))
		if want[0] == "" && got != "" || !strings.HasPrefix(got, want[0]) || !strings.HasSuffix(got, want[1]) {
			t.Errorf("%s: %q", text, got)
		}
	}
}

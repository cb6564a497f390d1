package mpijob_test

import (
	"os"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

func TestSourceOfTimeout(t *testing.T) {
	const limit, own, source = mpijob.AnnotationTimeout, mpijob.AnnotationDefaultTimeout, mpijob.AnnotationTimeoutSource
	for _, tt := range []struct {
		name string
		has  map[string]string
		want mpijob.TimeoutSource
	}{
		{"no limit", nil, mpijob.TimeoutAsked},
		{"asked for", map[string]string{limit: "4h"}, mpijob.TimeoutAsked},
		{"asked for, whatever it would have been", map[string]string{limit: "24h", own: "24h"}, mpijob.TimeoutAsked},
		{"the namespace's", map[string]string{limit: "4h", source: "Namespace:4h"}, mpijob.TimeoutOfNamespace},
		{"the namespace's, as long as the job's", map[string]string{limit: "24h", own: "24h", source: "Namespace:24h"}, mpijob.TimeoutOfNamespace},
		{"the job's", map[string]string{limit: "24h", own: "24h", source: "Job:24h"}, mpijob.TimeoutOfJob},
		{"cut to 7 days", map[string]string{limit: "168h", own: "200h", source: "Product:168h"}, mpijob.TimeoutOfProduct},
		{"of another limit", map[string]string{limit: "5h", source: "Namespace:4h"}, mpijob.TimeoutAsked},
		{"without admission", map[string]string{own: "24h"}, mpijob.TimeoutOfJob},
		{"nonsense", map[string]string{own: "soon", source: "Namespace"}, mpijob.TimeoutAsked},
	} {
		if got := mpijob.SourceOfTimeout(tt.has); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// What the policies don't take for a duration they don't bound: then it is none to the controller either.
func TestOnlyWhatAdmissionBoundsIsALimit(t *testing.T) {
	for value, want := range map[string]string{
		"90m": "1h30m", "1.5h": "1h30m", "1h30m5s7ms": "1h30m5.007s", "604800s": "168h", "999999h9999999m": "1166665h39m",
		"": "0s", "+9h": "0s", "-9h": "0s", "30m1h": "0s", "9us": "0s", "9": "0s", "soon": "0s", "99999999999999h": "0s", "1h 5m": "0s", "1h\n": "0s",
	} {
		job := annotated(Job("pi"), mpijob.AnnotationTimeout, value).Obj()
		if got := mpijob.Plain(mpijob.Timeout(job)); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
		job = annotated(Job("pi"), mpijob.AnnotationTimeout, value, mpijob.AnnotationDefaultTimeout, "3h").Obj()
		if got := mpijob.Plain(mpijob.Timeout(job)); want == "0s" && got != "3h" {
			t.Errorf("%q beside a default: %s, want 3h", value, got)
		}
	}
	policies, err := os.ReadFile("../../config/admission/namespace.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(policies), "'"+mpijob.TimeoutForm+"'"); n != 2 {
		t.Errorf("both policies should know a duration by %s: %d do", mpijob.TimeoutForm, n)
	}
}

package printer

import (
	"bytes"
	"testing"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

func TestJSONPath(t *testing.T) {
	for expression, want := range map[string]string{
		"{.items[*].name}": "waiting hello broken done\n",
		`{range .items[?(@.phase=="Failed")]}{.name}:{.workers.total}{"\n"}{end}`: "broken:2\n\n",
		"{.total}":    "4\n",
		"{.kind}":     "TrainingJobList\n",
		"{.not.here}": "\n",
	} {
		f, err := ParseFormat("jsonpath="+expression, Text, JSONPath)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := Data(&b, f, Jobs(&training.Page{Items: jobs(), Total: 4})); err != nil || b.String() != want {
			t.Errorf("%s: got %q, error %v", expression, b.String(), err)
		}
	}
	for _, bad := range []string{"jsonpath={.items[", "jsonpath=", "jsonpath"} {
		if _, err := ParseFormat(bad, Text, JSONPath); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	if _, err := ParseFormat("jsonpath={.name}", Text, JSON); err == nil {
		t.Error("taken by a command that has none")
	}
}

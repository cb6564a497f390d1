package page

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opendatahub-io/mpijob/bench/result"
)

// What the docs show is what was measured: nobody edits it by hand.
func TestPublishedPageIsRenderedFromItsJSON(t *testing.T) {
	const docs = "../../docs/"
	f, err := result.Read(docs + "benchmarks.json")
	if err != nil {
		t.Fatal(err)
	}
	f.Summarize()
	for name, want := range map[string][]byte{"benchmarks.md": Render(f, "benchmarks.svg"), "benchmarks.svg": Chart(f)} {
		got, err := os.ReadFile(docs + name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("docs/%s is not what its JSON renders to: `cd bench && go run . -render ../docs/benchmarks.json`\n%s", name, diff)
		}
	}
}

func TestPublishedPageOfScaleIsRenderedFromItsJSON(t *testing.T) {
	const docs = "../../docs/"
	f, err := result.ReadScale(docs + "benchmarks-scale.json")
	if err != nil {
		t.Fatal(err)
	}
	f.Summarize()
	got, err := os.ReadFile(docs + "benchmarks-scale.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(RenderScale(f)), string(got)); diff != "" {
		t.Errorf("docs/benchmarks-scale.md is not what its JSON renders to: `cd bench && go run . -scale -render ../docs/benchmarks-scale.json`\n%s", diff)
	}
}

func TestPublishedPageOfTheServiceIsRenderedFromItsJSON(t *testing.T) {
	const docs = "../../docs/"
	f, err := result.ReadService(docs + "benchmarks-service.json")
	if err != nil {
		t.Fatal(err)
	}
	f.Summarize()
	got, err := os.ReadFile(docs + "benchmarks-service.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(RenderService(f)), string(got)); diff != "" {
		t.Errorf("docs/benchmarks-service.md is not what its JSON renders to: `cd bench && go run . -service -render ../docs/benchmarks-service.json`\n%s", diff)
	}
}

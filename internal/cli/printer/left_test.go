package printer

import (
	_ "embed" // the cases
	"encoding/json"
	"strconv"
	"testing"
	"time"
)

// leftCases are also those of the dashboard, which says the same of the same job.
//
//go:embed testdata/left.json
var leftCases []byte

func TestLeft(t *testing.T) {
	var cases map[string]string
	if err := json.Unmarshal(leftCases, &cases); err != nil || len(cases) < 10 {
		t.Fatalf("%d cases: %v", len(cases), err)
	}
	for seconds, want := range cases {
		n, err := strconv.ParseFloat(seconds, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := Left(time.Duration(n * float64(time.Second))); got != want {
			t.Errorf("Left(%s s) = %q, want %q", seconds, got, want)
		}
	}
}

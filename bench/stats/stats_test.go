package stats

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestPercentileIsNearestRank(t *testing.T) {
	// The worked example of the nearest-rank method.
	values := []float64{15, 20, 35, 40, 50}
	thirty := make([]float64, 30)
	for i := range thirty {
		thirty[i] = float64(i + 1)
	}
	for _, test := range []struct {
		name   string
		values []float64
		p      float64
		want   float64
	}{
		{"5th of five", values, 5, 15},
		{"30th of five", values, 30, 20},
		{"40th of five", values, 40, 20},
		{"50th of five", values, 50, 35},
		{"100th of five", values, 100, 50},
		{"one value", []float64{7}, 95, 7},
		{"50th of an even number is the lower middle", []float64{1, 2, 3, 4}, 50, 2},
		{"95th of thirty is the 29th", thirty, 95, 29},
		{"95th of twenty is the 19th, not rounded up by floating point", thirty[:20], 95, 19},
		{"almost nothing", values, 0.001, 15},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Percentile(test.values, test.p); got != test.want {
				t.Errorf("Percentile(%v, %v) = %v, want %v", test.values, test.p, got, test.want)
			}
		})
	}
}

func TestPercentileOfNothing(t *testing.T) {
	for _, test := range []struct {
		values []float64
		p      float64
	}{{nil, 50}, {[]float64{1}, 0}, {[]float64{1}, -3}, {[]float64{1}, 101}} {
		if got := Percentile(test.values, test.p); !math.IsNaN(got) {
			t.Errorf("Percentile(%v, %v) = %v, want NaN", test.values, test.p, got)
		}
	}
}

func TestSummarize(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []float64
		want   Summary
	}{
		{"none", nil, Summary{}},
		{"one", []float64{3}, Summary{N: 1, Min: 3, P50: 3, P95: 3, Max: 3, Mean: 3}},
		{"unordered", []float64{4, 2, 6}, Summary{N: 3, Min: 2, P50: 4, P95: 6, Max: 6, Mean: 4, StdDev: 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Summarize(test.values), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSummarizeLeavesItsArgumentAlone(t *testing.T) {
	values := []float64{3, 1, 2}
	Summarize(values)
	if diff := cmp.Diff([]float64{3, 1, 2}, values); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRatiosPairRounds(t *testing.T) {
	others := map[int]float64{0: 8, 1: 9, 2: 10, 4: 7}
	base := map[int]float64{0: 4, 2: 5, 3: 6, 4: 0}
	if diff := cmp.Diff([]float64{2, 2}, Ratios(others, base)); diff != "" {
		t.Errorf("rounds that only one side has, or a base of 0, must not count: -want +got:\n%s", diff)
	}
}

func TestRotateGivesEveryPlaceToEveryone(t *testing.T) {
	want := [][]int{{0, 1, 2}, {1, 2, 0}, {2, 0, 1}, {0, 1, 2}}
	for round := range want {
		if diff := cmp.Diff(want[round], Rotate(3, round)); diff != "" {
			t.Errorf("round %d: -want +got:\n%s", round, diff)
		}
	}
}

// Package stats is the arithmetic of the benchmarks: pure functions of numbers.
package stats

import (
	"math"
	"slices"
)

// Summary describes a set of measurements, in the unit they were taken in.
type Summary struct {
	N      int     `json:"n"`
	Min    float64 `json:"min"`
	P50    float64 `json:"p50"`
	P95    float64 `json:"p95"`
	Max    float64 `json:"max"`
	Mean   float64 `json:"mean"`
	StdDev float64 `json:"stddev"` // of the sample, n-1; 0 for fewer than two
}

// Summarize describes values; the zero Summary for none. It does not change its argument.
func Summarize(values []float64) Summary {
	if len(values) == 0 {
		return Summary{}
	}
	sorted := slices.Sorted(slices.Values(values))
	sum := 0.0
	for _, v := range sorted {
		sum += v
	}
	mean := sum / float64(len(sorted))
	s := Summary{
		N:    len(sorted),
		Min:  sorted[0],
		P50:  Percentile(sorted, 50),
		P95:  Percentile(sorted, 95),
		Max:  sorted[len(sorted)-1],
		Mean: mean,
	}
	if len(sorted) > 1 {
		squares := 0.0
		for _, v := range sorted {
			squares += (v - mean) * (v - mean)
		}
		s.StdDev = math.Sqrt(squares / float64(len(sorted)-1))
	}
	return s
}

// Percentile is the nearest-rank percentile: the smallest value that at least p percent of the values
// do not exceed. It is always one of the values measured, never an interpolation. sorted must be
// ascending; NaN if it is empty or p is outside (0, 100].
func Percentile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 || p <= 0 || p > 100 {
		return math.NaN()
	}
	rank := int(math.Ceil(p * float64(len(sorted)) / 100))
	return sorted[max(rank, 1)-1]
}

// Ratios divides others[round] by base[round] for every round both have, in order of rounds. Comparing
// within a round cancels what disturbed the whole machine at that moment. A base of 0 is left out.
func Ratios(others, base map[int]float64) []float64 {
	rounds := make([]int, 0, len(others))
	for round := range others {
		if base[round] > 0 {
			rounds = append(rounds, round)
		}
	}
	slices.Sort(rounds)
	ratios := make([]float64, 0, len(rounds))
	for _, round := range rounds {
		ratios = append(ratios, others[round]/base[round])
	}
	return ratios
}

// Rotate is the order of n contenders in a round: the first moves on by one each round, so that none
// always runs after the same other at the same place.
func Rotate(n, round int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = (i + round) % n
	}
	return order
}

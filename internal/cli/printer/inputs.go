package printer

import (
	"fmt"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Inputs are lines about what a new job brings along and where its results go.
func Inputs(m *training.MPIJob, code *training.Code) []string {
	s, simple := training.SpecOf(m)
	if !simple {
		return nil
	}
	var out []string
	if code != nil {
		out = append(out, fmt.Sprintf("code: %s, %s, read-only at %s", count(len(code.Files), "file"), Size(int64(code.Bytes())), training.CodePath))
	}
	if size := s.SharedMemorySize(); !size.IsZero() {
		out = append(out, fmt.Sprintf("/dev/shm: up to %s, part of each Worker's memory", size.String()))
	}
	if s.Output != "" {
		out = append(out, "results: "+s.Output)
	}
	return out
}

// Size is a number of bytes for people, as "34 KiB".
func Size(n int64) string {
	if n < 1<<10 {
		return count(int(n), "byte")
	}
	for _, unit := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if n < 10<<10 && unit != "TiB" {
			return fmt.Sprintf("%.1f %s", float64(n)/(1<<10), unit)
		}
		if n < 1<<20 || unit == "TiB" {
			return fmt.Sprintf("%d %s", (n+1<<9)>>10, unit)
		}
		n >>= 10
	}
	return ""
}

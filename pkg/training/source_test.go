package training

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A job that is kept in memory and shown later says the same as one that is read then.
func TestAtIsAsReadThen(t *testing.T) {
	for name, m := range map[string]*MPIJob{
		"accepted":  aJob(),
		"running":   aJob(cond("Created", "MPIJobCreated", ""), cond("Running", "", "")),
		"succeeded": aJob(cond("Succeeded", "", "")),
	} {
		early := m.CreationTimestamp.Add(time.Second)
		for _, later := range []time.Duration{0, 10 * time.Second, time.Hour} {
			got, want := newJob(m, early).At(early.Add(later)), newJob(m, early.Add(later))
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s after %s: %s", name, later, d)
			}
		}
	}
}

func TestSourcesKnowTheirJobs(t *testing.T) {
	for _, s := range (&Client{}).AllJobs().Sources() {
		if j := s.Job(s.Object, noon); j == nil || j.Type != s.Type {
			t.Errorf("the source of %s makes %+v", s.Type, j)
		}
	}
}

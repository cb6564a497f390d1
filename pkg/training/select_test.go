package training

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/utils/ptr"
)

func listed(jobs []*Job) string {
	var out []string
	for _, j := range jobs {
		out = append(out, j.Name)
	}
	return strings.Join(out, " ")
}

func someJobs() []*Job {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	return []*Job{
		{Name: "a", Namespace: "team", Type: TypeMPIJob, Phase: Running, Created: at(1), Creator: "ann", Labels: map[string]string{"team": "vision"}, Started: ptr.To(at(2)), DurationSeconds: 60},
		{Name: "b", Namespace: "team", Type: TypeTrainJob, Phase: Failed, Created: at(3), Creator: "system:serviceaccount:team:bot", Message: "Worker 1: out of memory"},
		{Name: "c", Namespace: "other", Type: TypeMPIJob, Phase: Pending, Created: at(2), Creator: "ann", Workers: Workers{Total: 9}, TotalResources: Resources{GPUs: 4}, Queue: "gold"},
		{Name: "d", Namespace: "team", Type: TypePyTorchJob, Phase: Succeeded, Created: at(2), Image: "registry/llama:2", Finished: ptr.To(at(5))},
	}
}

func TestSelect(t *testing.T) {
	for _, c := range []struct {
		name string
		o    ListOptions
		want string
	}{
		{"all, newest first", ListOptions{}, "b c d a"},
		{"oldest first", ListOptions{Reverse: true}, "a d c b"},
		{"by type", ListOptions{Types: []Type{TypeMPIJob, TypePyTorchJob}}, "c d a"},
		{"by phase", ListOptions{Phases: []Phase{Failed, Pending}}, "b c"},
		{"by creator", ListOptions{Creator: "ann"}, "c a"},
		{"by a service account's short name", ListOptions{Creator: "bot"}, "b"},
		{"by half a name", ListOptions{Creator: "an"}, ""},
		{"by label", ListOptions{LabelSelector: "team=vision"}, "a"},
		{"by the absence of a label", ListOptions{LabelSelector: "!team"}, "b c d"},
		{"by text in the image", ListOptions{Search: "LLAMA"}, "d"},
		{"by text in the message", ListOptions{Search: "memory out"}, "b"},
		{"by text that is nowhere together", ListOptions{Search: "memory llama"}, ""},
		{"by text in a label", ListOptions{Search: "team=vis"}, "a"},
		{"sorted by name", ListOptions{SortBy: SortName}, "a b c d"},
		{"sorted by phase", ListOptions{SortBy: SortPhase}, "c a d b"},
		{"sorted by duration, longest first", ListOptions{SortBy: SortDuration}, "a c b d"},
		{"sorted by workers", ListOptions{SortBy: SortWorkers}, "c a b d"},
		{"sorted by gpus, reversed", ListOptions{SortBy: SortGPUs, Reverse: true}, "d b a c"},
		{"sorted by start", ListOptions{SortBy: SortStarted}, "a c b d"},
		{"sorted by end", ListOptions{SortBy: SortFinished}, "d c a b"},
		{"sorted by namespace", ListOptions{SortBy: SortNamespace}, "c a b d"},
		{"sorted by creator", ListOptions{SortBy: SortCreator}, "d c a b"},
		{"sorted by queue", ListOptions{SortBy: SortQueue, Reverse: true}, "c d b a"},
		{"sorted by type", ListOptions{SortBy: SortType}, "c a d b"},
		{"the second page of two", ListOptions{Limit: 2, Offset: 2}, "d a"},
		{"past the end", ListOptions{Offset: 9}, ""},
	} {
		page, err := Select(someJobs(), c.o)
		if err != nil || listed(page.Items) != c.want {
			t.Errorf("%s: got %q, error %v; want %q", c.name, listed(page.Items), err, c.want)
		}
	}
}

func TestSelectRefusesNonsense(t *testing.T) {
	good, err := Select(someJobs(), ListOptions{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for field, o := range map[string]ListOptions{
		"sortBy":        {SortBy: "colour"},
		"limit":         {Limit: -1},
		"offset":        {Offset: -1},
		"types":         {Types: []Type{"Job"}},
		"phases":        {Phases: []Phase{"running"}},
		"labelSelector": {LabelSelector: "a=(b"},
		"search":        {Search: strings.Repeat("x", 257)},
		"continue":      {Continue: "!"},
		"continue ":     {Continue: good.Continue, SortBy: SortName},
		"continue  ":    {Continue: good.Continue, Reverse: true},
		"offset ":       {Continue: good.Continue, Offset: 1},
	} {
		var bad *InvalidError
		if _, err := Select(nil, o); !errors.As(err, &bad) || bad.Problems[0].Field != strings.TrimSpace(field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

// Whatever the order and the size of a page, the pages together are the list; and a job that comes or
// goes between two pages makes no other one appear twice or never.
func TestPagesAreTheList(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var jobs []*Job
	for i := range 57 {
		jobs = append(jobs, &Job{
			Name: fmt.Sprintf("job-%02d", i), Namespace: string(rune('a' + r.IntN(3))), Type: Types()[r.IntN(4)], Phase: Phases()[r.IntN(8)],
			Created: noon.Add(time.Duration(r.IntN(9)) * time.Second), Workers: Workers{Total: int32(r.IntN(4))}, DurationSeconds: float64(r.IntN(5)) / 3,
		})
	}
	for _, key := range SortKeys() {
		for _, reverse := range []bool{false, true} {
			o := ListOptions{SortBy: key, Reverse: reverse}
			whole, err := Select(jobs, o)
			if err != nil {
				t.Fatal(err)
			}
			o.Limit = 1 + r.IntN(20)
			var together []*Job
			changing := slices.Clone(jobs)
			for {
				page, err := Select(changing, o)
				if err != nil {
					t.Fatal(err)
				}
				together = append(together, page.Items...)
				if o.Continue = page.Continue; o.Continue == "" {
					break
				}
				// The last one shown goes, and comes again as another at the beginning of a page seen.
				changing = slices.DeleteFunc(changing, func(j *Job) bool { return j == together[len(together)-1] })
			}
			if listed(together) != listed(whole.Items) {
				t.Errorf("by %s, reverse %v, pages of %d:\n%s\nwhole:\n%s", key, reverse, o.Limit, listed(together), listed(whole.Items))
			}
		}
	}
}

func FuzzContinue(f *testing.F) {
	page, _ := Select(someJobs(), ListOptions{Limit: 1})
	f.Add(page.Continue)
	f.Add("e30")
	f.Fuzz(func(t *testing.T, s string) {
		page, err := Select(someJobs(), ListOptions{Continue: s})
		var bad *InvalidError
		if err != nil && !errors.As(err, &bad) || err == nil && len(page.Items) > 4 {
			t.Errorf("%q: %v %v", s, page, err)
		}
	})
}

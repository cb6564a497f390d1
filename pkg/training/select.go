package training

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
)

// ListOptions select and order what List, Select and Watch return. The zero value is every job,
// newest first.
type ListOptions struct {
	// Types to keep; empty keeps all.
	Types []Type
	// Phases to keep; empty keeps all.
	Phases []Phase
	// Creator to keep, as the cluster knows them, or the last part of a service account's name.
	Creator string
	// LabelSelector in Kubernetes' notation, as "team=vision,stage!=dev".
	LabelSelector string
	// Search keeps the jobs in which each of its words occurs, in any case: in name, namespace,
	// creator, image, queue, labels, reason or message.
	Search string
	// SortBy orders them; "" is SortCreated. Reverse turns the order round.
	SortBy  SortKey
	Reverse bool
	// Limit is how many to return at most; 0 returns all.
	Limit int
	// Offset is how many to skip. Where jobs come and go between two pages, Continue skips and
	// repeats none: it is the one of the page before.
	Offset   int
	Continue string
}

// SortKey is what a list is ordered by; jobs that are alike in it, by namespace, name and type.
type SortKey string

// The sort keys: times newest first, amounts largest first, words from A to Z.
const (
	SortCreated   SortKey = "created"
	SortStarted   SortKey = "started"
	SortFinished  SortKey = "finished"
	SortDuration  SortKey = "duration"
	SortWorkers   SortKey = "workers"
	SortGPUs      SortKey = "gpus"
	SortName      SortKey = "name"
	SortNamespace SortKey = "namespace"
	SortPhase     SortKey = "phase" // in the order of Phases
	SortType      SortKey = "type"
	SortCreator   SortKey = "creator"
	SortQueue     SortKey = "queue"
)

// SortKeys returns every sort key.
func SortKeys() []SortKey {
	return []SortKey{SortCreated, SortStarted, SortFinished, SortDuration, SortWorkers, SortGPUs,
		SortName, SortNamespace, SortPhase, SortType, SortCreator, SortQueue}
}

// Page is a part of a list.
type Page struct {
	Items []*Job `json:"items"`
	// Total is how many jobs are selected, on all pages.
	Total int `json:"total"`
	// Continue is what to put into ListOptions.Continue for the next page; empty on the last.
	Continue string `json:"continue,omitempty"`
	// Notes say which types of job could not be read, and why.
	Notes []string `json:"notes,omitempty"`
}

// Select filters, orders and pages jobs. It is what List does with what it read; who keeps jobs in
// memory uses it too. The jobs are not changed. Options that make no sense are an InvalidError.
func Select(jobs []*Job, o ListOptions) (*Page, error) {
	match, err := o.matcher()
	if err != nil {
		return nil, err
	}
	after, err := o.after()
	if err != nil {
		return nil, err
	}
	kept := make([]placed, 0, len(jobs))
	for _, j := range jobs {
		if match(j) {
			kept = append(kept, placed{o.place(j), j})
		}
	}
	slices.SortFunc(kept, func(a, b placed) int { return o.compare(a.place, b.place) })
	from := min(o.Offset, len(kept))
	if after != nil {
		from, _ = slices.BinarySearchFunc(kept, *after, func(p placed, t place) int {
			if o.compare(p.place, t) <= 0 { // the first one after it is looked for
				return -1
			}
			return 1
		})
	}
	to := len(kept)
	if o.Limit > 0 {
		to = min(to, from+o.Limit)
	}
	page := &Page{Items: make([]*Job, 0, to-from), Total: len(kept)}
	for _, p := range kept[from:to] {
		page.Items = append(page.Items, p.job)
	}
	if to < len(kept) && to > from {
		page.Continue = o.token(kept[to-1].place)
	}
	return page, nil
}

// Keeps says whether the options select a job, paging aside; an error is an InvalidError.
func (o ListOptions) Keeps(j *Job) (bool, error) {
	match, err := o.matcher()
	if err != nil {
		return false, err
	}
	return match(j), nil
}

// matcher checks the options and returns what selects a job.
func (o ListOptions) matcher() (func(*Job) bool, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	selector, err := labels.Parse(o.LabelSelector)
	if err != nil {
		return nil, badOption("labelSelector", err.Error()+"; write it as team=vision,stage!=dev")
	}
	words := strings.Fields(strings.ToLower(o.Search))
	return func(j *Job) bool {
		return (len(o.Types) == 0 || slices.Contains(o.Types, j.Type)) &&
			(len(o.Phases) == 0 || slices.Contains(o.Phases, j.Phase)) &&
			(o.Creator == "" || isCreator(j.Creator, o.Creator)) &&
			selector.Matches(labels.Set(j.Labels)) && mentions(j, words)
	}, nil
}

// maxSearch bounds the free text, in bytes.
const maxSearch = 256

func (o ListOptions) check() error {
	switch {
	case o.SortBy != "" && !slices.Contains(SortKeys(), o.SortBy):
		return badOption("sortBy", fmt.Sprintf("there is no sort key %q: use %s", o.SortBy, joined(SortKeys())))
	case o.Limit < 0:
		return badOption("limit", "must not be negative")
	case o.Offset < 0:
		return badOption("offset", "must not be negative")
	case o.Offset > 0 && o.Continue != "":
		return badOption("offset", "does not go together with continue: choose one")
	case len(o.Search) > maxSearch:
		return badOption("search", fmt.Sprintf("is longer than %d bytes", maxSearch))
	}
	for _, t := range o.Types {
		if kindOf(t).name != t {
			return badOption("types", fmt.Sprintf("there is no type of job %q: use %s", t, joined(Types())))
		}
	}
	for _, p := range o.Phases {
		if !slices.Contains(Phases(), p) {
			return badOption("phases", fmt.Sprintf("there is no phase %q: use %s", p, joined(Phases())))
		}
	}
	return nil
}

func badOption(field, message string) error {
	return &InvalidError{What: "the selection of jobs", Problems: []Problem{{Field: field, Message: message}}}
}

func joined[T ~string](words []T) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}

// isCreator compares a job's creator with whom one asks for: the whole name, or what follows the last
// colon of "system:serviceaccount:team-a:engineer".
func isCreator(creator, asked string) bool {
	return creator == asked || creator != "" && creator[strings.LastIndexByte(creator, ':')+1:] == asked
}

// mentions says whether each word occurs somewhere in what one sees of a job.
func mentions(j *Job, words []string) bool {
	if len(words) == 0 {
		return true
	}
	var b strings.Builder
	for _, s := range []string{j.Name, j.Namespace, j.Creator, j.Image, j.Queue, j.Reason, j.Message} {
		b.WriteString(strings.ToLower(s) + "\n")
	}
	for k, v := range j.Labels {
		b.WriteString(strings.ToLower(k+"="+v) + "\n")
	}
	text := b.String()
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// placed is a job with its place in an order.
type placed struct {
	place place
	job   *Job
}

func (o ListOptions) compare(a, b place) int {
	c := cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Word, b.Word), cmp.Compare(a.ID, b.ID))
	if o.Reverse {
		return -c
	}
	return c
}

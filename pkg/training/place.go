package training

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"
)

// place is where a job stands in an order: by number, then by word, then by what no two jobs share.
type place struct {
	Number float64 `json:"n,omitempty"`
	Word   string  `json:"w,omitempty"`
	ID     string  `json:"i"`
}

// place is a job's place in the order that is asked for.
func (o ListOptions) place(j *Job) place {
	p := place{ID: j.Namespace + "\x00" + j.Name + "\x00" + string(j.Type)}
	switch o.SortBy {
	case SortStarted:
		p.Number = newest(j.Started)
	case SortFinished:
		p.Number = newest(j.Finished)
	case SortDuration:
		p.Number = -j.DurationSeconds
	case SortWorkers:
		p.Number = -float64(j.Workers.Total)
	case SortGPUs:
		p.Number = -float64(j.TotalResources.GPUs)
	case SortName:
		p.Word = j.Name
	case SortNamespace:
		p.Word = j.Namespace
	case SortPhase:
		p.Number = float64(slices.Index(Phases(), j.Phase))
	case SortType:
		p.Word = string(j.Type)
	case SortCreator:
		p.Word = j.Creator
	case SortQueue:
		p.Word = j.Queue
	default:
		p.Number = newest(&j.Created)
	}
	return p
}

// newest puts later times first, and what hasn't happened last. Milliseconds are as fine as a float64
// keeps exactly.
func newest(t *time.Time) float64 {
	if t == nil || t.IsZero() {
		return 0
	}
	return -float64(t.UnixMilli())
}

// token is a place as text, with the order it is a place in.
type token struct {
	SortBy  SortKey `json:"s,omitempty"`
	Reverse bool    `json:"r,omitempty"`
	Last    place   `json:"l"`
}

// maxToken bounds a continue token: three names and a few numbers.
const maxToken = 2048

func (o ListOptions) token(last place) string {
	text, err := json.Marshal(token{o.SortBy, o.Reverse, last})
	if err != nil { // strings and finite numbers always marshal
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// after is the place a list continues after; nil where it begins at its beginning.
func (o ListOptions) after() (*place, error) {
	if o.Continue == "" {
		return nil, nil
	}
	bad := badOption("continue", "is none that a list of this order gave out: begin again without it")
	if len(o.Continue) > maxToken {
		return nil, bad
	}
	text, err := base64.RawURLEncoding.DecodeString(o.Continue)
	var t token
	if err != nil || json.Unmarshal(text, &t) != nil || t.SortBy != o.SortBy || t.Reverse != o.Reverse {
		return nil, bad
	}
	return &t.Last, nil
}

// byCreation sorts jobs, oldest first.
func byCreation(jobs []*Job) []*Job {
	slices.SortFunc(jobs, func(a, b *Job) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Name, b.Name)) })
	return jobs
}

package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
)

// answers are how often each status was answered, by operation, as "GET /api/v1/me".
type answers map[string]map[int]int

// readAnswers reads the report of schemathesis: a line of JSON for each event.
func readAnswers(report io.Reader) (answers, error) {
	out := answers{}
	for d := json.NewDecoder(report); ; {
		var event struct {
			ScenarioFinished struct {
				Recorder struct {
					Label        string
					Interactions map[string]struct {
						Request  struct{ Method string }
						Response *struct {
							Status int `json:"status_code"`
						}
					}
				}
			}
		}
		if err := d.Decode(&event); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading what schemathesis reports: %w", err)
		}
		r := event.ScenarioFinished.Recorder
		method, _, _ := strings.Cut(r.Label, " ")
		for _, i := range r.Interactions {
			// With other methods it tries whether those are refused.
			if i.Response == nil || i.Request.Method != method {
				continue
			}
			if out[r.Label] == nil {
				out[r.Label] = map[int]int{}
			}
			out[r.Label][i.Response.Status]++
		}
	}
}

// unanswered are those of the operations that never did what was asked, with what was answered instead.
func (a answers) unanswered(operations []string) (out []string) {
	for _, o := range operations {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(a[o])), func(status int) bool { return status/100 == 2 }) {
			out = append(out, fmt.Sprintf("%s: %v", o, a[o]))
		}
	}
	return out
}

func TestReadAnswers(t *testing.T) {
	const report = `{"Initialize":{"seed":1}}
{"ScenarioFinished":{"recorder":{"label":"GET /a/{n}"}}}
{"ScenarioFinished":{"recorder":{"label":"GET /a/{n}","interactions":{"x":{"request":{"method":"GET"},"response":{"status_code":404}},"y":{"request":{"method":"TRACE"},"response":{"status_code":200}}}}}}
{"ScenarioFinished":{"recorder":{"label":"GET /b","interactions":{"x":{"request":{"method":"GET"},"response":{"status_code":200}},"y":{"request":{"method":"GET"},"response":null}}}}}
`
	a, err := readAnswers(strings.NewReader(report))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := a.unanswered([]string{"GET /a/{n}", "GET /b", "PUT /c"}), []string{"GET /a/{n}: map[404:1]", "PUT /c: map[]"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := readAnswers(strings.NewReader(`{"ScenarioFinished":`)); err == nil {
		t.Error("half a report is none")
	}
}

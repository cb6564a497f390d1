package service

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Every code that a problem can have is explained on the docs page, and no other.
func TestCodesAreExplained(t *testing.T) {
	var known []string
	for _, c := range codes {
		known = append(known, c.Code)
	}
	for _, err := range someErrors() {
		if p := asProblem(err); p.Code != "Cancelled" && !slices.Contains(known, p.Code) {
			t.Errorf("code %q of %T is explained nowhere", p.Code, err)
		}
	}
}

// overdue is a context whose time is over and that hasn't ended yet, as on a machine that stood still.
type overdue struct{ context.Context }

func (overdue) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second), true }

func TestWhatCameTooLateForItsTurnTookTooLong(t *testing.T) {
	c := newCluster(t)
	service, _ := c.startService(t)
	who, err := service.gate.Authenticate(t.Context(), "ann-token")
	if err != nil {
		t.Fatal(err)
	}
	_, err = service.jobs(withCaller(t.Context(), who), "team-a", "").Get(overdue{t.Context()}, "first")
	if p := asProblem(err); p.Status != http.StatusGatewayTimeout || p.Code != "Timeout" {
		t.Errorf("%v is told as %d %s", err, p.Status, p.Code)
	}
}

// An answer is short, whatever was sent: its fields are cut, and so is what is said of them.
func TestAnswersToMistakesAreShort(t *testing.T) {
	s := newCluster(t).start(t)
	body := strings.Repeat(`"a":1,`, 4000)
	for range 180 {
		body = `"` + strings.Repeat("k", 1000) + `":{` + strings.TrimSuffix(body, ",") + "}"
	}
	resp, text := call(t, s, "ann-token", "POST", "/api/v1/namespaces/team-a/trainingjobs?dryRun=client", `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"x"},"spec":{`+body+`}}`)
	isProblem(t, resp, text, http.StatusUnprocessableEntity, "Invalid")
	if len(text) > 100<<10 {
		t.Errorf("%d bytes", len(text))
	}
	long := strings.Repeat("é", 1<<20)
	e := &training.InvalidError{What: "x", Problems: slices.Repeat([]training.Problem{{Field: long, Message: "m" + long}}, 1000)}
	answer, err := json.Marshal(asProblem(e).Problem)
	if err != nil || len(answer) > 200<<10 || strings.Contains(string(answer), `\ufffd`) {
		t.Errorf("%d bytes, %v: %.300s", len(answer), err, answer)
	}
	if e.Problems[0].Field != long {
		t.Error("the error itself was changed")
	}
}

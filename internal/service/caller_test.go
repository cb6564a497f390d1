package service

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// What the cluster said of one's rights is said of all that they rest on, in whatever order it comes.
func TestWhoOf(t *testing.T) {
	ann := Caller{User: "ann", UID: "1", Groups: []string{"a", "b"}, Extra: map[string][]string{"scope": {"x"}}}
	same := ann
	same.Groups, same.id = []string{"b", "a"}, "another token"
	if whoOf(&ann) != whoOf(&same) {
		t.Error("the order of groups, or the token, makes another caller")
	}
	for name, change := range map[string]func(*Caller){
		"user":       func(c *Caller) { c.User = "bob" },
		"uid":        func(c *Caller) { c.UID = "2" },
		"group less": func(c *Caller) { c.Groups = []string{"a"} },
		"joined":     func(c *Caller) { c.Groups = []string{"ab"} },
		"extra":      func(c *Caller) { c.Extra = map[string][]string{"scope": {"y"}} },
		"no extra":   func(c *Caller) { c.Extra = nil },
	} {
		other := ann
		change(&other)
		if whoOf(&ann) == whoOf(&other) {
			t.Errorf("%s: the same as before", name)
		}
	}
}

// leaving is a Gate whose caller has left the group that the right came from.
type leaving struct{}

func (leaving) Authenticate(context.Context, string) (*Caller, error) {
	return &Caller{User: "ann"}, nil
}

func (leaving) Allowed(_ context.Context, c *Caller, _ Right) (bool, error) {
	return len(c.Groups) > 0, nil
}

func TestAStreamEndsForWhoLeftTheGroup(t *testing.T) {
	s := &Service{gate: leaving{}}
	opened := &Caller{User: "ann", Groups: []string{"team"}}
	err := s.still(withCaller(t.Context(), opened), opened, []Right{{Verb: "watch", Resource: "mpijobs"}})
	if !isDenied(err) {
		t.Errorf("the stream goes on: %v", err)
	}
}

func TestARepeatedRequestOutlivesTheFirst(t *testing.T) {
	i := newIdempotency(Defaults().Time)
	first, leave := context.WithCancel(t.Context())
	begun, finish := make(chan struct{}), make(chan struct{})
	want := api.CreateTrainingJob201JSONResponse{Headers: api.CreateTrainingJob201ResponseHeaders{Location: "/x"}}
	do := func(ctx context.Context) (api.CreateTrainingJobResponseObject, error) {
		close(begun)
		<-finish
		return want, ctx.Err()
	}
	go func() { _, _ = i.once(first, "ann", "ns", "key", nil, do) }()
	<-begun
	leave()
	done := make(chan struct{})
	go func() {
		defer close(done)
		got, err := i.once(t.Context(), "ann", "ns", "key", nil, nil)
		if answer, ok := got.(api.CreateTrainingJob201JSONResponse); err != nil || !ok || answer.Headers != want.Headers {
			t.Errorf("the repeated request got %v, %v", got, err)
		}
	}()
	close(finish)
	<-done
}

func TestARepeatedRequestAfterAPanic(t *testing.T) {
	i := newIdempotency(Defaults().Time)
	func() {
		defer func() { _ = recover() }()
		_, _ = i.once(t.Context(), "ann", "ns", "key", nil, func(context.Context) (api.CreateTrainingJobResponseObject, error) { panic("x") })
	}()
	_, err := i.once(t.Context(), "ann", "ns", "key", nil, func(context.Context) (api.CreateTrainingJobResponseObject, error) {
		return nil, &training.ConflictError{Message: "came this far"}
	})
	var conflict *training.ConflictError
	if !errors.As(err, &conflict) {
		t.Errorf("it isn't tried again: %v", err)
	}
}

func TestAPanicIsOneJobsOutcome(t *testing.T) {
	s := &Service{Options: Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))}}
	if out := s.outcome("x", func() error { panic("x") }); out.Done || out.Problem == nil || out.Problem.Status != 500 {
		t.Errorf("got %+v", out)
	}
}

package service

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

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
	err := s.still(withCaller(t.Context(), opened), opened, s.holds(Right{Verb: "watch", Resource: "mpijobs"}))
	if !isDenied(err) {
		t.Errorf("the stream goes on: %v", err)
	}
}

// ofAnns is a request of ann's with a key.
func ofAnns(key string) request {
	return request{repeatKey{"ann", "ns", key}, "createTrainingJob", nil}
}

func TestARepeatedRequestOutlivesTheFirst(t *testing.T) {
	i := newIdempotency(Defaults().Time)
	first, leave := context.WithCancel(t.Context())
	begun, finish := make(chan struct{}), make(chan struct{})
	want := created{at: "/x"}
	do := func(ctx context.Context) (created, error) {
		close(begun)
		<-finish
		return want, ctx.Err()
	}
	go func() { _, _ = once(first, i, ofAnns("key"), do) }()
	<-begun
	leave()
	done := make(chan struct{})
	go func() {
		defer close(done)
		got, err := once[created](t.Context(), i, ofAnns("key"), nil)
		if err != nil || got.at != want.at {
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
		_, _ = once(t.Context(), i, ofAnns("key"), func(context.Context) (created, error) { panic("x") })
	}()
	_, err := once(t.Context(), i, ofAnns("key"), func(context.Context) (created, error) {
		return created{}, &training.ConflictError{Message: "came this far"}
	})
	var conflict *training.ConflictError
	if !errors.As(err, &conflict) {
		t.Errorf("it isn't tried again: %v", err)
	}
}

// An attempt that was forgotten for others, and then fails, leaves alone the one that is kept under its key by then.
func TestAForgottenAttemptForgetsNoOther(t *testing.T) {
	i := newIdempotency(Defaults().Time)
	i.kept = newShares[repeatKey, *attempt](maxKept, 1, time.Now)
	begin := func(end error) (finish func()) {
		begun, finished, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			_, _ = once(t.Context(), i, ofAnns("key"), func(context.Context) (created, error) {
				close(begun)
				<-finished
				return created{at: "/second"}, end
			})
		}()
		<-begun
		return func() { close(finished); <-done }
	}
	first := begin(errInternal)
	if _, err := once(t.Context(), i, ofAnns("another"), func(context.Context) (created, error) { return created{}, nil }); err != nil {
		t.Fatal(err)
	}
	second := begin(nil)
	first()
	second()
	got, err := once(t.Context(), i, ofAnns("key"), func(context.Context) (created, error) { return created{at: "/third"}, nil })
	if err != nil || got.at != "/second" {
		t.Errorf("a repeated request is done again: %v, %v", got.at, err)
	}
}

func TestAPanicIsOneJobsOutcome(t *testing.T) {
	s := &Service{Options: Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))}}
	if out := s.outcome(jobRef{name: "x"}, func() error { panic("x") }); out.Done || out.Problem == nil || out.Problem.Status != 500 {
		t.Errorf("got %+v", out)
	}
}

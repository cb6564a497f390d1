package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/client-go/rest"
)

// Who may read all jobs is asked about once, however many of them they read; who may read one only, by name, reads
// that one and no other.
func TestRightsOnAllAreAskedForFirst(t *testing.T) {
	var asked atomic.Int32
	cluster := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		var in authorizationv1.SubjectAccessReview
		_ = json.NewDecoder(r.Body).Decode(&in)
		name := in.Spec.ResourceAttributes.Name
		in.Status.Allowed = in.Spec.User == "ann" || in.Spec.User == "bob" && name == "his"
		reply(w, http.StatusCreated, in)
	}))
	defer cluster.Close()
	v, err := NewReviewer(&rest.Config{Host: cluster.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ann, bob := &Caller{User: "ann", who: "ann"}, &Caller{User: "bob", who: "bob"}
	may := func(c *Caller, name string) bool {
		t.Helper()
		ok, err := v.Allowed(t.Context(), c, rightOn("MPIJob", "get", "team-a", name))
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	for i := range 100 {
		if !may(ann, fmt.Sprint("job-", i)) {
			t.Fatalf("ann may not read job-%d", i)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("100 jobs cost %d reviews, want 1", n)
	}
	if !may(bob, "his") || may(bob, "hers") || may(bob, "") {
		t.Error("bob may read his job, and no other")
	}
}

// Who has no time left doesn't wait for an API server that stalls; the answer is there for others when it comes.
func TestAReviewIsWaitedForNoLongerThanOneMay(t *testing.T) {
	var asked atomic.Int32
	reached, goOn := make(chan struct{}), make(chan struct{})
	cluster := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			close(reached)
		}
		<-goOn
		var in authorizationv1.SubjectAccessReview
		_ = json.NewDecoder(r.Body).Decode(&in)
		in.Status.Allowed = true
		reply(w, http.StatusCreated, in)
	}))
	defer cluster.Close()
	v, err := NewReviewer(&rest.Config{Host: cluster.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ann, right := &Caller{User: "ann", who: "ann"}, rightOn("MPIJob", "get", "team-a", "")
	impatient, giveUp := context.WithCancel(t.Context())
	go func() {
		<-reached
		giveUp()
	}()
	if _, err := v.Allowed(impatient, ann, right); !errors.Is(err, context.Canceled) {
		t.Errorf("without time: %v", err)
	}
	close(goOn)
	if ok, err := v.Allowed(t.Context(), ann, right); !ok || err != nil {
		t.Errorf("with time: %t %v", ok, err)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the cluster was asked %d times, want once", n)
	}
}

package controller

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

func TestLeaderLock(t *testing.T) {
	t.Setenv(envPodName, "")
	if _, err := leaderLock(&rest.Config{}, nil); err == nil || !strings.Contains(err.Error(), "metadata.name") {
		t.Errorf("without a pod's name: %v doesn't say what to set", err)
	}
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Path
		w.WriteHeader(http.StatusNotFound)
	}))
	defer server.Close()
	t.Setenv(envPodName, "mpijob-controller-abc")
	t.Setenv(envPodNamespace, "mpijob-system")
	lock, err := leaderLock(&rest.Config{Host: server.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if lock.Identity() != "mpijob-controller-abc" {
		t.Errorf("identity %q", lock.Identity())
	}
	_, _, _ = lock.Get(context.Background())
	if want := "/apis/coordination.k8s.io/v1/namespaces/mpijob-system/leases/mpijob-controller"; asked != want {
		t.Errorf("asked for %s, want %s", asked, want)
	}
}

// lease is a lease in memory that a test gives to another holder.
type lease struct {
	resourcelock.Interface
	holder string
	err    error
}

func (l *lease) Identity() string { return "a" }

func (l *lease) Get(context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	return &resourcelock.LeaderElectionRecord{HolderIdentity: l.holder}, nil, l.err
}

func (l *lease) Update(_ context.Context, r resourcelock.LeaderElectionRecord) error {
	if l.err == nil {
		l.holder = r.HolderIdentity
	}
	return l.err
}

func TestALostLeaseIsToldOnce(t *testing.T) {
	ctx := t.Context()
	shared := &lease{holder: "b"}
	var told []string
	lock := &soleLock{Interface: shared, lost: func(err error) { told = append(told, err.Error()) }}
	look := func(when string, want int) {
		t.Helper()
		_, _, _ = lock.Get(ctx)
		if len(told) != want {
			t.Fatalf("%s: told %q, want %d", when, told, want)
		}
	}
	look("never held", 0)
	shared.err = errors.New("conflict")
	_ = lock.Update(ctx, resourcelock.LeaderElectionRecord{HolderIdentity: "a"})
	shared.err = nil
	look("a renewal that failed", 0)
	_ = lock.Update(ctx, resourcelock.LeaderElectionRecord{HolderIdentity: "a"})
	look("held", 0)
	shared.holder = ""
	look("given up by somebody, taken by nobody", 0)
	shared.holder = "b"
	look("taken", 1)
	look("taken and known", 1)
	if !strings.Contains(told[0], "b leads now") {
		t.Errorf("%q doesn't say who leads", told[0])
	}
}

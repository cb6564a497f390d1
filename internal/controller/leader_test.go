package controller

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
)

func TestLeaderLock(t *testing.T) {
	t.Setenv(envPodName, "")
	if _, err := leaderLock(&rest.Config{}); err == nil || !strings.Contains(err.Error(), "metadata.name") {
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
	lock, err := leaderLock(&rest.Config{Host: server.URL})
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

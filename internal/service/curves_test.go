package service

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// measuredCluster has a job of ann's, a Worker of which is measured.
func measuredCluster(t *testing.T) *fakeCluster {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	worker := pod("first", "worker", "0", false)
	c.add("pods", worker)
	c.measure(worker, "1500m", "2Gi")
	return c
}

func (c *fakeCluster) asked(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests[what]
}

const metricsPath = "GET /apis/metrics.k8s.io/v1beta1/namespaces/team-a/pods"

func TestCurvesAreMeasuredWhileSomebodyLooks(t *testing.T) {
	c := measuredCluster(t)
	service, s := c.startService(t)
	service.curves = newCurves(service, training.NewSampler(training.SamplerOptions{Every: 20 * time.Millisecond, Keep: time.Minute}))
	resp, text := call(t, s, "ann-token", "GET", onePath+"/metrics?sinceSeconds=60", "")
	var curve training.Curve
	if err := json.Unmarshal([]byte(text), &curve); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s %v", resp.StatusCode, text, err)
	}
	if len(curve.Members) != 1 || curve.Members[0].Where != "Worker 0" || curve.Members[0].Points[0].CPU != 1.5 {
		t.Errorf("got %s", text)
	}
	await(t, "more samples", func() bool { return c.asked(metricsPath) > 3 })
	service.curves.mu.Lock()
	service.curves.idle = 0
	service.curves.mu.Unlock()
	await(t, "end of the measuring", func() bool {
		service.curves.mu.Lock()
		defer service.curves.mu.Unlock()
		return len(service.curves.looked) == 0
	})
	// One that was under way may come late.
	await(t, "moment without a measurement, though nobody looks", func() bool {
		n := c.asked(metricsPath)
		time.Sleep(100 * time.Millisecond)
		return c.asked(metricsPath) == n
	})
}

// What was measured with one caller's rights is shown to no other who lacks them, nor to them once they
// have lost them; and then it isn't measured any more either.
func TestCurvesAskForRightsEachTime(t *testing.T) {
	c := measuredCluster(t)
	service, s := c.startService(t)
	service.curves = newCurves(service, training.NewSampler(training.SamplerOptions{Every: 20 * time.Millisecond}))
	if resp, text := call(t, s, "ann-token", "GET", onePath+"/metrics", ""); resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	_, there := call(t, s, "bob-token", "GET", onePath+"/metrics", "")
	resp, absent := call(t, s, "bob-token", "GET", strings.Replace(onePath, "first", "absent", 1)+"/metrics", "")
	strip := func(s string) string { before, _, _ := strings.Cut(s, `"instance"`); return before }
	if resp.StatusCode != http.StatusForbidden || strip(there) != strip(absent) {
		t.Errorf("another tenant: %s %s", there, absent)
	}
	c.revoke("ann-token")
	await(t, "end of the measuring", func() bool {
		service.curves.mu.Lock()
		defer service.curves.mu.Unlock()
		return len(service.curves.looked) == 0
	})
}

func TestCurvesWithoutMetrics(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	service, s := c.startService(t)
	if resp, text := call(t, s, "ann-token", "GET", onePath+"/metrics", ""); resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, `"NoMetrics"`) {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if len(service.curves.looked) != 0 {
		t.Error("it goes on trying")
	}
}

// One caller's looks push out their own, and nobody else's.
func TestCurvesAreBounded(t *testing.T) {
	s := &Service{now: time.Now}
	c := newCurves(s, training.NewSampler(training.SamplerOptions{}))
	for i := range 10 * maxLookedByOne {
		if _, begins, err := c.enter(jobName{training.TypeMPIJob, "a", fmt.Sprint(i)}, "ann", nil); err != nil || !begins {
			t.Fatalf("look %d: %v", i, err)
		}
	}
	if len(c.looked) != maxLookedByOne {
		t.Errorf("%d jobs are measured for one caller", len(c.looked))
	}
	refused := 0
	for i := range 10 * maxLooked {
		if _, _, err := c.enter(jobName{training.TypeMPIJob, "b", fmt.Sprint(i)}, fmt.Sprint("user", i), nil); err != nil {
			refused++
		}
	}
	if len(c.looked) != maxLooked || refused == 0 {
		t.Errorf("%d jobs are measured, %d looks were refused", len(c.looked), refused)
	}
}

package service

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// withLogs is a cluster with a job whose Launcher and Worker 0 have written.
func withLogs(t *testing.T, launcher, worker string) *fakeCluster {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	c.add("pods", pod("first", "launcher", "", true))
	c.add("pods", pod("first", "worker", "0", true))
	c.core.logs["/api/v1/namespaces/team-a/pods/first-launcher"] = launcher
	c.core.logs["/api/v1/namespaces/team-a/pods/first-worker0"] = worker
	return c
}

// second is a line written so many seconds after another.
func second(n int, text string) string {
	return time.Date(2026, 1, 1, 0, 0, n, 0, time.UTC).Format(time.RFC3339Nano) + " " + text + "\n"
}

func TestDownloadedLogIsText(t *testing.T) {
	c := withLogs(t, second(1, "[1,3]<stdout>:loss 3")+second(3, "\x1b[31mred \u202e"), second(2, "ready"))
	s := c.start(t, placed)
	resp, text := call(t, s, "ann-token", "GET", onePath+"/logs/content", "")
	if text != "loss 3\nred \n" && text != "rank 3   │ loss 3\nred \n" {
		t.Errorf("one log: %q", text)
	}
	if got := resp.Header.Get("Content-Type") + "|" + resp.Header.Get("Content-Disposition"); got != "text/plain; charset=utf-8|attachment; filename=first.log" {
		t.Errorf("it comes as %s", got)
	}
	if _, text = call(t, s, "ann-token", "GET", onePath+"/logs/content?launcher=true&allWorkers=true", ""); !strings.Contains(text, "\nWorker 0  │ ready\nLauncher  │ red") {
		t.Errorf("several logs: %q", text)
	}
	if _, text = call(t, s, "ann-token", "GET", onePath+"/logs/content?match=red", ""); text != "red \n" {
		t.Errorf("what matches: %q", text)
	}
	if _, text = call(t, s, "ann-token", "GET", onePath+"/logs/content?match=red&raw=true", ""); text != "\x1b[31mred \u202e\n" {
		t.Errorf("as the program wrote it: %q", text)
	}
}

// What one answer of JSON doesn't hold, the file does.
func TestDownloadedLogHasAll(t *testing.T) {
	var log strings.Builder
	for n := range 10_000 {
		log.WriteString(second(n, fmt.Sprint("step ", n)))
	}
	s := withLogs(t, log.String(), "").start(t, placed, func(o *Options) { o.Limits = Defaults(); o.Limits.Log = 1_000 })
	if _, text := call(t, s, "ann-token", "GET", onePath+"/logs", ""); !strings.Contains(text, "logs/content") || strings.Contains(text, "step 100") {
		t.Errorf("lines of JSON: %s", text)
	}
	if _, text := call(t, s, "ann-token", "GET", onePath+"/logs/content", ""); strings.Count(text, "\n") != 10_000 || !strings.HasSuffix(text, "step 9999\n") {
		t.Errorf("a file of %d lines: %.300s", strings.Count(text, "\n"), text)
	}
}

func TestDownloadedLogBreaksOff(t *testing.T) {
	c := withLogs(t, second(1, "one"), second(2, "two"))
	c.core.broken = map[string]bool{"/api/v1/namespaces/team-a/pods/first-launcher": true}
	s := c.start(t, placed)
	if err := fetch(t, s.Client(), s.URL+onePath+"/logs/content"); err == nil {
		t.Error("a log that can't be read to its end looks whole")
	}
	// Others than it can be read.
	if _, text := call(t, s, "ann-token", "GET", onePath+"/logs/content?launcher=true&allWorkers=true", ""); !strings.Contains(text, "two") || !strings.Contains(text, "note: the log of Launcher can't be read") {
		t.Errorf("two logs, of which one broke off: %q", text)
	}
}

func TestDownloadedLogIsTheCallersToRead(t *testing.T) {
	c := withLogs(t, second(1, "one"), "")
	s := c.start(t, placed)
	if resp, text := call(t, s, "ann-token", "GET", onePath+"/logs/content", "", "Sec-Fetch-Site", "cross-site"); resp.StatusCode != http.StatusForbidden || !strings.Contains(text, `"CrossOrigin"`) {
		t.Errorf("from another site's page: %d %s", resp.StatusCode, text)
	}
	if resp, text := call(t, s, "ann-token", "GET", onePath+"/logs/content?match=(", ""); resp.StatusCode != http.StatusBadRequest || !strings.Contains(text, `"field":"match"`) {
		t.Errorf("a bad expression: %d %s", resp.StatusCode, text)
	}
	c.deny("ann", "pods")
	if resp, text := call(t, s, "ann-token", "GET", onePath+"/logs/content", ""); resp.StatusCode != http.StatusForbidden || strings.Contains(text, "one") {
		t.Errorf("without the right: %d %s", resp.StatusCode, text)
	}
}

package service

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

const onePath = "/api/v1/namespaces/team-a/trainingjobs/first"

func TestLogsMatchAndPrevious(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	c.add("pods", pod("first", "launcher", "", true))
	at := func(s int) string { return time.Date(2026, 1, 1, 0, 0, s, 0, time.UTC).Format(time.RFC3339Nano) + " " }
	const where = "/api/v1/namespaces/team-a/pods/first-launcher"
	c.core.logs[where] = at(5) + "loss 3\n" + at(6) + "epoch 2\n" + at(7) + "loss 2\n"
	c.core.logs[where+"/previous"] = at(1) + "loss 9\n" + at(2) + "out of memory\n"
	s := c.start(t, placed)
	for query, want := range map[string]string{
		"":                                 "loss 3|epoch 2|loss 2",
		"?match=%5Eloss":                   "loss 3|loss 2",
		"?match=loss&previous=true":        "loss 9",
		"?previous=true":                   "loss 9|out of memory",
		"?previous=false&match=out+of+mem": "",
	} {
		resp, text := call(t, s, "ann-token", "GET", onePath+"/logs"+query, "")
		var got []string
		for line := range strings.Lines(text) {
			var l training.LogLine
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Errorf("%s: %q: %v", query, line, err)
			}
			got = append(got, l.Text)
		}
		if strings.Join(got, "|") != want || resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %q, want %q", query, resp.StatusCode, got, want)
		}
	}
	// What is over is sent to its end; resumed, without what came before.
	const stream = "/api/v1/streams/namespaces/team-a/trainingjobs/first/logs?previous=true"
	a := openStream(t, s, "ann-token", stream+"&match=o")
	_, data := a.until("line")
	id, _ := a.until("place")
	if _, second := a.until("line"); !strings.Contains(data, "loss 9") || !strings.Contains(second, "out of memory") {
		t.Errorf("the stream begins with %s, then %s", data, second)
	}
	a.until("end")
	b := openStream(t, s, "ann-token", stream+"&match=o", "Last-Event-ID", id)
	if _, data := b.until("line"); !strings.Contains(data, "out of memory") {
		t.Errorf("resumed with %s", data)
	}
}

func TestLogsBadMatch(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	s := c.start(t)
	for _, match := range []string{"(", "%28%3F%3Da%29", "a%7B9999%7D", strings.Repeat("x", 1001), strings.Repeat("%C3%A4", 600)} {
		for _, path := range []string{onePath + "/logs", strings.Replace(onePath, "v1/", "v1/streams/", 1) + "/logs"} {
			resp, text := call(t, s, "ann-token", "GET", path+"?match="+match, "")
			if resp.StatusCode != http.StatusBadRequest || !strings.Contains(text, `"field":"match"`) {
				t.Errorf("%s: %d %s", match, resp.StatusCode, text)
			}
		}
	}
}

func TestUsage(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	worker := pod("first", "worker", "0", false)
	c.add("pods", worker)
	s := c.start(t)
	resp, text := call(t, s, "ann-token", "GET", onePath+"/usage", "")
	if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, `"code":"NoMetrics"`) || !strings.Contains(text, "install metrics-server") || strings.Contains(text, c.URL) {
		t.Errorf("without metrics: %d %s", resp.StatusCode, text)
	}
	c.measure(worker, "1500m", "2Gi")
	resp, text = call(t, s, "ann-token", "GET", onePath+"/usage", "")
	var u training.Usage
	if err := json.Unmarshal([]byte(text), &u); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s %v", resp.StatusCode, text, err)
	}
	if len(u.Members) != 3 || u.Members[1].CPU != 1.5 || u.Members[1].Memory != 2<<30 || u.Members[2].At != nil {
		t.Errorf("got %+v", u)
	}
	c.deny("ann", "pods")
	if resp, text := call(t, s, "ann-token", "GET", onePath+"/usage", ""); resp.StatusCode != http.StatusForbidden {
		t.Errorf("without the right to pods: %d %s", resp.StatusCode, text)
	}
}

package service

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// jobSetPod is the running pod of a TrainJob's only node.
func jobSetPod(job string) *corev1.Pod {
	p := pod(job, "", "", false)
	p.Name = job + "-node-0-0-abcde"
	p.Labels = map[string]string{"jobset.sigs.k8s.io/jobset-name": job, "jobset.sigs.k8s.io/replicatedjob-name": "node", "batch.kubernetes.io/job-completion-index": "0"}
	return p
}

// What is asked of a TrainJob is the TrainJob's, though there is an MPIJob of its name; and the other way round.
func TestSubResourcesTellTypesApart(t *testing.T) {
	c := newCluster(t)
	c.trainJobs = []string{"first"}
	c.put(job("team-a", "first"))
	node, launcher := jobSetPod("first"), pod("first", "launcher", "", false)
	for p, text := range map[*corev1.Pod]string{node: "of the TrainJob", launcher: "of the MPIJob"} {
		c.add("pods", p)
		c.core.logs["/api/v1/namespaces/team-a/pods/"+p.Name] = "2026-01-02T12:00:00Z " + text + "\n"
	}
	c.measure(node, "1", "1Gi")
	s := c.start(t)
	const ofTrain = "?type=TrainJob"
	for _, x := range []struct{ path, has, hasNot string }{
		{"/logs", "of the MPIJob", "of the TrainJob"},
		{"/logs" + ofTrain, "of the TrainJob", "of the MPIJob"},
		{"/logs" + ofTrain + "&worker=0", `"where":"Node 0"`, "of the MPIJob"},
		{"/status" + ofTrain, `"where":"Node 0"`, "launcherPod"},
		{"/status", `"launcherPod"`, "Node 0"},
		{"/usage" + ofTrain, `"source":"Node 0"`, "Launcher"},
		{"/metrics" + ofTrain, `"source":"Node 0"`, "Launcher"},
		{"/progress" + ofTrain, `"job":"first"`, "Launcher"},
		{"/manifest" + ofTrain, "kind: TrainJob", "MPIJob"},
		{"/family" + ofTrain, `"type":"TrainJob"`, "MPIJob"},
	} {
		resp, text := call(t, s, "ann-token", http.MethodGet, onePath+x.path, "")
		if resp.StatusCode != http.StatusOK || !strings.Contains(text, x.has) || strings.Contains(text, x.hasNot) {
			t.Errorf("%s: %d %s", x.path, resp.StatusCode, text)
		}
	}
	resp, text := call(t, s, "ann-token", http.MethodGet, "/api/v1/streams/namespaces/team-a/trainingjobs/first/logs"+ofTrain+"&worker=0&previous=true", "")
	if !strings.Contains(text, "event: end") || !strings.Contains(text, "Node 0 has no log of an earlier run") {
		t.Errorf("stream: %d %s", resp.StatusCode, text)
	}
}

// What a TrainJob can't have is refused in so many words.
func TestWhatTrainJobsCannotHave(t *testing.T) {
	c := newCluster(t)
	c.trainJobs = []string{"first"}
	c.put(job("team-a", "first"))
	s := c.start(t)
	const ofTrain = "?type=TrainJob"
	for _, x := range []struct {
		method, path, body string
		status             int
		code, says         string
	}{
		{"GET", "/outputs" + ofTrain, "", 409, "Unsupported", "reading outputs is not for jobs of this type"},
		{"GET", "/outputs/content" + ofTrain, "", 409, "Unsupported", "reading outputs is not for jobs of this type"},
		{"POST", "/retry" + ofTrain, "", 409, "Unsupported", "retry is not for jobs of this type"},
		{"POST", "/clone" + ofTrain, "{}", 409, "Unsupported", "clone is not for jobs of this type"},
		{"GET", "/logs" + ofTrain + "&launcher=true", "", 422, "Invalid", "a TrainJob has none: ask for a node by its number"},
	} {
		resp, text := call(t, s, "ann-token", x.method, onePath+x.path, x.body)
		isProblem(t, resp, text, x.status, x.code)
		var p struct{ Detail string }
		if err := json.Unmarshal([]byte(text), &p); err != nil || !strings.Contains(p.Detail, x.says) {
			t.Errorf("%s: %s", x.path, text)
		}
	}
	resp, text := call(t, s, "ann-token", http.MethodGet, "/api/v1/streams/namespaces/team-a/trainingjobs/first/exec"+ofTrain+"&command=cat", "")
	isProblem(t, resp, text, 422, "Invalid")
}

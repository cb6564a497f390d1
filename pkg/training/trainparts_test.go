package training

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	metrics "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// jobSetPod is a pod as JobSet makes it for the job "tune"; it runs on n1.
func jobSetPod(group string, n int) *corev1.Pod {
	p := pod("", "", state(corev1.PodRunning, runs))
	p.TypeMeta = metav1.TypeMeta{Kind: "Pod", APIVersion: "v1"}
	p.Name = fmt.Sprintf("tune-%s-0-%d-abcde", group, n)
	p.UID = "uid-" + p.UID
	p.CreationTimestamp = metav1.NewTime(noon.Add(time.Second))
	p.Spec.NodeName = "n1"
	p.Labels = map[string]string{
		"jobset.sigs.k8s.io/jobset-name": "tune", "jobset.sigs.k8s.io/replicatedjob-name": group, "jobset.sigs.k8s.io/restart-attempt": "1",
		"batch.kubernetes.io/job-completion-index": fmt.Sprint(n),
	}
	return p
}

// twoTypes is a cluster with a TrainJob "tune" and an MPIJob of the same name; each pod's log is its own name. What is
// asked for of the MPIJob's fails the test where it isn't to be.
func twoTypes(t *testing.T, trainJob string, pods []*corev1.Pod, events ...*corev1.Event) *Client {
	mpi := pod("worker", "0", state(corev1.PodRunning, runs))
	mpi.Name, mpi.Labels["training.kubeflow.org/job-name"] = "tune-1-worker-0-0-zzzzz", "tune"
	mpi.CreationTimestamp = metav1.NewTime(noon.Add(time.Second))
	all := append(slices.Clone(pods), mpi)
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		selector, err := labels.Parse(r.URL.Query().Get("labelSelector"))
		if err != nil {
			t.Error(err)
		}
		path := r.URL.Path
		switch {
		case strings.Contains(path, "/mpijobs"):
			m := aJob(cond("Running", "", ""))
			m.Name = "tune"
			answer(w, 200, m)
		case strings.HasSuffix(path, "/trainjobs/tune"):
			answer(w, 200, json.RawMessage(trainJob))
		case strings.HasSuffix(path, "/log"):
			name := strings.Split(path, "/")[6]
			fmt.Fprintf(w, "2026-01-02T12:00:02Z %s\n", name)
		case strings.HasSuffix(path, "/events"):
			items := []any{}
			for _, e := range events {
				items = append(items, e)
			}
			answer(w, 200, map[string]any{"kind": "EventList", "apiVersion": "v1", "metadata": map[string]string{}, "items": items})
		case strings.Contains(path, "metrics.k8s.io"):
			list := metrics.PodMetricsList{TypeMeta: metav1.TypeMeta{Kind: "PodMetricsList", APIVersion: "metrics.k8s.io/v1beta1"}}
			for _, p := range all {
				if selector.Matches(labels.Set(p.Labels)) {
					m := measured(p, noon.Add(time.Minute), "1", "1Gi")
					list.Items = append(list.Items, m)
				}
			}
			answer(w, 200, list)
		case strings.HasSuffix(path, "/pods"):
			list := corev1.PodList{TypeMeta: metav1.TypeMeta{Kind: "PodList", APIVersion: "v1"}}
			for _, p := range all {
				if selector.Matches(labels.Set(p.Labels)) {
					list.Items = append(list.Items, *p)
				}
			}
			answer(w, 200, list)
		default:
			http.NotFound(w, r)
		}
	})
}

func wheres(list []Member) string {
	var out []string
	for _, m := range list {
		out = append(out, m.Where)
	}
	return strings.Join(out, ", ")
}

func TestPartsOfATrainJob(t *testing.T) {
	several := strings.Replace(aTrainJob, `"jobsStatus":[`, `"jobsStatus":[{"name":"model-initializer","active":0},{"name":"dataset-initializer","active":0},`, 1)
	runtimes := strings.Replace(aTrainJob, `"numNodes":4,`, "", 1)
	for _, c := range []struct {
		name, job string
		pods      []*corev1.Pod
		want      string
		workers   Workers
	}{
		{"its nodes, there or not", aTrainJob, []*corev1.Pod{jobSetPod("node", 1)}, "Node 0, Node 1, Node 2, Node 3", Workers{4, 4, 0}},
		{"what prepares", several, []*corev1.Pod{jobSetPod("model-initializer", 0), jobSetPod("dataset-initializer", 0), jobSetPod("node", 0)},
			"Node 0, Node 1, Node 2, Node 3, Dataset initializer 0, Model initializer 0", Workers{4, 4, 0}},
		{"as many as the runtime says", runtimes, []*corev1.Pod{jobSetPod("node", 2), jobSetPod("node", 0)}, "Node 0, Node 1, Node 2", Workers{2, 3, 0}},
		{"none yet, as many as the runtime says", runtimes, nil, "", Workers{}},
		{"of an own runtime", strings.Replace(aTrainJob, `"name":"node"`, `"name":"ps-worker"`, 1), []*corev1.Pod{jobSetPod("ps-worker", 3)},
			"Ps worker 0, Ps worker 1, Ps worker 2, Ps worker 3", Workers{4, 4, 0}},
		{"nobody knows of", aTrainJob, []*corev1.Pod{jobSetPod("stranger", 0)}, "Node 0, Node 1, Node 2, Node 3", Workers{4, 4, 0}},
	} {
		d, err := twoTypes(t, c.job, c.pods).Jobs("").Of(TypeTrainJob).Describe(t.Context(), "tune")
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := wheres(d.Members()); got != c.want || d.Workers != c.workers {
			t.Errorf("%s: got %s, %+v", c.name, got, d.Workers)
		}
		for _, p := range c.pods {
			index := slices.IndexFunc(d.WorkerPods, func(m Member) bool { return m.Pod == p.Name })
			if known := p.Labels["jobset.sigs.k8s.io/replicatedjob-name"] != "stranger"; known != (index >= 0) || known && d.WorkerPods[index].Node != "n1" {
				t.Errorf("%s: pod %s is %+v", c.name, p.Name, d.WorkerPods)
			}
		}
		if len(c.pods) > 0 && c.name != "nobody knows of" && d.Attempt != 2 {
			t.Errorf("%s: attempt %d", c.name, d.Attempt)
		}
		if text, err := json.Marshal(d); err != nil || strings.Contains(string(text), "launcherPod") {
			t.Errorf("%s: it has a Launcher: %s %v", c.name, text, err)
		}
	}
}

// Each type's logs are its own pods', though the two have one name.
func TestLogsOfTwoTypesOfOneName(t *testing.T) {
	several := strings.Replace(aTrainJob, `"jobsStatus":[`, `"jobsStatus":[{"name":"dataset-initializer","active":0},`, 1)
	jobs := twoTypes(t, several, []*corev1.Pod{jobSetPod("dataset-initializer", 0), jobSetPod("node", 0), jobSetPod("node", 1)}).Jobs("")
	for _, c := range []struct {
		of   Type
		o    LogOptions
		want string
	}{
		{TypeTrainJob, LogOptions{}, "Dataset initializer 0: tune-dataset-initializer-0-0-abcde, Node 0: tune-node-0-0-abcde, Node 1: tune-node-0-1-abcde"},
		{TypeTrainJob, LogOptions{Workers: []int{1}}, "Node 1: tune-node-0-1-abcde"},
		{TypeTrainJob, LogOptions{Workers: []int{groupsFrom}}, "Dataset initializer 0: tune-dataset-initializer-0-0-abcde"},
		{TypeTrainJob, LogOptions{Launcher: true, AllWorkers: true}, "Dataset initializer 0: tune-dataset-initializer-0-0-abcde, Node 0: tune-node-0-0-abcde, Node 1: tune-node-0-1-abcde"},
		{TypeTrainJob, LogOptions{Launcher: true}, "the Launcher is invalid: a TrainJob has none: ask for a node by its number"},
		{TypeTrainJob, LogOptions{Workers: []int{2}}, "Node 2 has no log yet: its pod isn't there yet"},
		{TypeTrainJob, LogOptions{Workers: []int{7}}, "Node 7 is invalid: the job has Node 0, Node 1, Node 2, Node 3, Dataset initializer 0"},
		{"", LogOptions{Workers: []int{0}}, "Worker 0: tune-1-worker-0-0-zzzzz"},
	} {
		var lines []string
		for l, err := range jobs.Of(c.of).Logs(t.Context(), "tune", c.o) {
			switch {
			case err != nil:
				lines = append(lines, err.Error())
			case !l.Note:
				lines = append(lines, l.Where+": "+l.Text)
			}
		}
		slices.Sort(lines)
		if got := strings.Join(lines, ", "); !strings.HasPrefix(got, c.want) {
			t.Errorf("%q %+v:\n got %s\nwant %s", c.of, c.o, got, c.want)
		}
	}
}

func TestEventsOfATrainJob(t *testing.T) {
	of := func(kind, name, uid, reason string, second int) *corev1.Event {
		e := event(reason, uid, reason, second, 1)
		e.InvolvedObject.Kind, e.InvolvedObject.Name = kind, name
		return e
	}
	c := twoTypes(t, aTrainJob, []*corev1.Pod{jobSetPod("node", 0)},
		of("TrainJob", "tune", "u2", "Made", 1),
		of("JobSet", "tune", "u4", "AllJobs", 2),
		of("Job", "tune-node-0", "u5", "SuccessfulCreate", 3),
		of("Pod", "tune-node-0-3-vwxyz", "u6", "Pulled", 4),
		// Nobody else's: an MPIJob's of the same name, another TrainJob's, an earlier one's.
		of("MPIJob", "tune", "uid-1", "MPIJobCreated", 5),
		of("Pod", "tune-1-worker-0-0-zzzzz", "u7", "Started", 6),
		of("JobSet", "tune-2", "u8", "Other", 7),
		of("Job", "tune-node-node-0", "u9", "OthersJob", 8),
		of("Pod", "tune-node-0-3-vwxyz", "u10", "Earlier", -5),
	)
	all, err := c.Jobs("").Of(TypeTrainJob).Events(t.Context(), "tune")
	var got []string
	for _, e := range all {
		got = append(got, e.About+" "+e.Reason)
	}
	if want := "TrainJob Made, JobSet AllJobs, Job tune-node-0 SuccessfulCreate, Node 3 Pulled"; err != nil || strings.Join(got, ", ") != want {
		t.Errorf("got %s %v", strings.Join(got, ", "), err)
	}
}

func TestUsageOfATrainJob(t *testing.T) {
	client := twoTypes(t, aTrainJob, []*corev1.Pod{jobSetPod("node", 1)})
	jobs := client.Jobs("").Of(TypeTrainJob)
	u, err := jobs.Usage(t.Context(), "tune", UsageOptions{})
	if err != nil || len(u.Members) != 4 || u.Members[1].Where != "Node 1" || u.Members[1].CPU != 1 || u.Members[1].At == nil || u.Members[0].At != nil {
		t.Errorf("got %+v %v", u, err)
	}
	s := NewSampler(SamplerOptions{})
	s.now = func() time.Time { return noon.Add(2 * time.Minute) }
	for _, of := range []Type{TypeTrainJob, TypeMPIJob} {
		if err := s.Sample(t.Context(), client.Jobs("").Of(of), "tune"); err != nil {
			t.Fatal(err)
		}
	}
	if c := s.Curve(TypeTrainJob, "team", "tune", noon); len(c.Members) != 1 || c.Members[0].Where != "Node 1" {
		t.Errorf("the TrainJob's: %+v", c)
	}
	if c := s.Curve("", "team", "tune", noon); len(c.Members) != 1 || c.Members[0].Where != "Worker 0" {
		t.Errorf("the MPIJob's: %+v", c)
	}
}

// What a TrainJob can't have is told so, and isn't the MPIJob's of the same name.
func TestTrainJobsHaveNot(t *testing.T) {
	jobs := twoTypes(t, aTrainJob, nil).Jobs("").Of(TypeTrainJob)
	_, outputs := jobs.Outputs(t.Context(), "tune", OutputOptions{})
	_, clone := jobs.Clone(t.Context(), "tune", Changes{}, CloneOptions{})
	_, retry := jobs.Retry(t.Context(), "tune", RetryOptions{})
	for what, err := range map[string]error{"reading outputs": outputs, "clone": clone, "retry": retry} {
		var unsupported *UnsupportedError
		if !errors.As(err, &unsupported) || !strings.HasPrefix(err.Error(), `TrainJob "tune": `+what+" is not for jobs of this type; ") {
			t.Errorf("%s: got %v", what, err)
		}
	}
	var invalid *InvalidError
	if _, err := jobs.ExecTarget(t.Context(), "tune", nil); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "a TrainJob has none") {
		t.Errorf("exec: got %v", err)
	}
}

// Old jobs are only read: nothing is run in their pods, and nothing is asked of the cluster for it.
func TestNothingRunsInOldJobs(t *testing.T) {
	client := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asks for %s", r.URL.Path) })
	for _, of := range []Type{TypePyTorchJob, TypeTFJob} {
		worker := 0
		_, err := client.Jobs("").Of(of).ExecTarget(t.Context(), "old", &worker)
		var unsupported *UnsupportedError
		if want := fmt.Sprintf("%s \"old\": exec is not for jobs of this type; this type is only read: use kubectl exec on one of its pods", of); !errors.As(err, &unsupported) || err.Error() != want {
			t.Errorf("got %v", err)
		}
	}
}

func TestPartsOfAnOldJob(t *testing.T) {
	o := &oldJob{}
	if err := json.Unmarshal([]byte(aPyTorchJob), o); err != nil {
		t.Fatal(err)
	}
	is := oldJobParts(o, TypePyTorchJob)
	if got := is.selector(); got != "training.kubeflow.org/job-name=old,training.kubeflow.org/operator-name=pytorchjob-controller" {
		t.Error(got)
	}
	d := newDetail(observed{kind: kindOf(TypePyTorchJob), job: o}, noon)
	if got := wheres(d.Members()); got != "Worker 0, Worker 1, Worker 2, Master 0" {
		t.Error(got)
	}
	master := pod("", "", func(p *corev1.Pod) {
		p.Labels = map[string]string{"training.kubeflow.org/replica-type": "master", "training.kubeflow.org/replica-index": "0"}
	})
	if index, ok := is.index(master); !ok || is.where(index) != "Master 0" {
		t.Errorf("got %d %v", index, ok)
	}
	e := event("x", "gone", "Pulled", -3000, 1)
	e.InvolvedObject.Kind, e.InvolvedObject.Name = "Pod", "old-worker-2"
	if who, ok := is.event(e); !ok || who != "Worker 2" {
		t.Errorf("got %q %v", who, ok)
	}
}

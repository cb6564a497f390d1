package training

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func boardJob(namespace, name, creator string, phase Phase, workers int32, gpus int64) *Job {
	return &Job{Namespace: namespace, Name: name, Type: TypeMPIJob, Creator: creator, Phase: phase, Workers: Workers{Total: workers}, Created: noon,
		TotalResources: Resources{CPU: resource.MustParse("4"), Memory: resource.MustParse("1Gi"), GPUs: gpus}}
}

func TestUsageBoard(t *testing.T) {
	late := boardJob("a", "late", "ann", Queued, 4, 8)
	late.Created, late.Message, late.Queue = noon.Add(time.Minute), "Waiting for 4 of 8 nvidia.com/gpu", "batch"
	part := boardJob("a", "part", "ann", Initializing, 200, 200) // one of its Workers has a node
	part.Workers.Ready, part.ResourcesPerWorker = 1, Resources{CPU: resource.MustParse("20m"), Memory: resource.MustParse("5Mi"), GPUs: 1}
	part.Created = noon.Add(2 * time.Minute)
	jobs := []*Job{
		late, part, boardJob("a", "first", "bob", Pending, 1, 1),
		boardJob("a", "r1", "ann", Running, 2, 2), boardJob("a", "r2", "ann", Running, 2, 2), boardJob("a", "r3", "bob", Terminating, 1, 6),
		boardJob("a", "done", "carol", Succeeded, 9, 9), boardJob("a", "held", "carol", Suspended, 9, 9), boardJob("b", "x", "", Running, 1, 0),
	}
	quotas := []corev1.ResourceQuota{
		{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "gpus"}, Status: corev1.ResourceQuotaStatus{
			Hard: corev1.ResourceList{"requests.nvidia.com/gpu": resource.MustParse("16"), "count/mpijobs.kubeflow.org": resource.MustParse("8"), "pods": resource.MustParse("0")},
			Used: corev1.ResourceList{"requests.nvidia.com/gpu": resource.MustParse("12"), "count/mpijobs.kubeflow.org": resource.MustParse("8")}}},
		{ObjectMeta: metav1.ObjectMeta{Namespace: "c", Name: "new"}, Status: corev1.ResourceQuotaStatus{Hard: corev1.ResourceList{"requests.cpu": resource.MustParse("10")}}},
	}
	b := NewUsageBoard(jobs, quotas, noon)
	if len(b.Items) != 3 || b.Items[0].Namespace != "a" || b.Items[2].Namespace != "c" {
		t.Fatalf("namespaces %+v", b.Items)
	}
	a := b.Items[0]
	if a.Jobs != 3 || a.Workers != 6 || a.Resources.GPUs != 11 || a.Resources.CPU.String() != "12020m" || a.Resources.Memory.String() != "3077Mi" || a.Unfinished != 7 || a.Phases[Succeeded] != 1 || a.WaitingJobs != 3 {
		t.Errorf("got %+v", a)
	}
	if d := cmp.Diff([]QuotaUsage{
		{"gpus", "count/mpijobs.kubeflow.org", "8", "8", 100}, {"gpus", "pods", "0", "0", 100}, {"gpus", "requests.nvidia.com/gpu", "12", "16", 75},
	}, a.Quotas); d != "" {
		t.Errorf("quotas (-want +got):\n%s", d)
	}
	if len(a.Creators) != 2 || a.Creators[0].Creator != "bob" || a.Creators[0].Resources.GPUs != 6 || a.Creators[1].Jobs != 2 || a.Creators[1].Waiting != 2 || a.Creators[1].Workers != 5 {
		t.Errorf("creators %+v", a.Creators)
	}
	if len(a.Waiting) != 3 || a.Waiting[2].Resources.GPUs != 200 || a.Waiting[0].Name != "first" || a.Waiting[1].Message != late.Message || a.Waiting[1].Queue != "batch" {
		t.Errorf("waiting %+v", a.Waiting)
	}
	if none := b.Of("d", noon); none.Namespace != "d" || none.Quotas == nil || none.Unfinished != 0 {
		t.Errorf("a namespace without any: %+v", none)
	}
}

func TestUsageBoardIsBounded(t *testing.T) {
	var jobs []*Job
	for range 3 * MaxWaiting {
		jobs = append(jobs, boardJob("a", "x", "ann", Pending, 1, 0))
	}
	if u := NewUsageBoard(jobs, nil, noon).Of("a", noon); len(u.Waiting) != MaxWaiting || u.WaitingJobs != 3*MaxWaiting {
		t.Errorf("%d of %d are named", len(u.Waiting), u.WaitingJobs)
	}
}

// Without the right to quotas the jobs are counted all the same.
func TestBoardWithoutQuotas(t *testing.T) {
	jobs := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/resourcequotas"):
			status(403, "Forbidden", `resourcequotas is forbidden: User "ann" cannot list resource "resourcequotas" in API group "" in the namespace "team"`, nil)(w, r)
		case strings.HasSuffix(r.URL.Path, "/mpijobs"):
			answer(w, 200, map[string]any{"kind": "MPIJobList", "apiVersion": "kubeflow.org/v2beta1", "items": []any{aJob(cond("Running", "", ""))}})
		default:
			http.NotFound(w, r)
		}
	}).Jobs("")
	b, err := jobs.Board(t.Context())
	if err != nil || len(b.Items) != 1 || b.Items[0].Unfinished != 1 || len(b.Notes) != 1 || !strings.Contains(b.Notes[0], "resourcequotas") {
		t.Errorf("got %+v, %v", b, err)
	}
}

package training

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// serve returns a Client of a server that answers as told.
func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := NewClient(&rest.Config{Host: s.URL}, "team")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}

func status(code int, reason, message string, details *metav1.StatusDetails) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		answer(w, code, metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure",
			Code: int32(code), Reason: metav1.StatusReason(reason), Message: message, Details: details})
	}
}

func TestErrorsHaveTypes(t *testing.T) {
	named := &metav1.StatusDetails{Name: "pi", Kind: "mpijobs"}
	for _, c := range []struct {
		name   string
		server http.HandlerFunc
		want   any
		text   string
	}{
		{"not found", status(404, "NotFound", `mpijobs.kubeflow.org "pi" not found`, named), new(*NotFoundError), `"pi" not found in namespace "team"`},
		{"no CRD", func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, new(*NotInstalledError), "does not know MPIJobs"},
		{"no namespace", status(404, "NotFound", "namespaces \"team\" not found", &metav1.StatusDetails{Kind: "namespaces", Name: "team"}), new(*NotFoundError), "namespace"},
		{"unauthorized", status(401, "Unauthorized", "Unauthorized", nil), new(*DeniedError), "does not accept your credentials"},
		{"forbidden", status(403, "Forbidden", `mpijobs.kubeflow.org "pi" is forbidden: User "ann" cannot get resource "mpijobs" in API group "kubeflow.org" in the namespace "team"`, named), new(*DeniedError), `ann may not get mpijobs in namespace "team"`},
		{"quota", status(403, "Forbidden", `mpijobs.kubeflow.org "pi" is forbidden: exceeded quota: jobs, requested: count/mpijobs.kubeflow.org=1, used: count/mpijobs.kubeflow.org=3, limited: count/mpijobs.kubeflow.org=3`, named), new(*QuotaExceededError), `quota "jobs" of namespace "team" is exceeded: requested count/mpijobs.kubeflow.org=1`},
		{"exists", status(409, "AlreadyExists", `mpijobs "pi" already exists`, named), new(*AlreadyExistsError), "already exists"},
		{"conflict", status(409, "Conflict", "the object has been modified", named), new(*ConflictError), "modified"},
		{"made anew", status(409, "Conflict", `Operation cannot be fulfilled on mpijobs.kubeflow.org "pi": Precondition failed: UID in precondition: u1, UID in object meta: u2`, named), new(*ReplacedError), `the MPIJob "pi" you saw is gone; another one of its name was made, and is left`},
		{"webhook", status(422, "Invalid", "admission webhook \"v\" denied the request: bad", &metav1.StatusDetails{Name: "pi", Causes: []metav1.StatusCause{
			{Field: "spec.a", Message: "is wrong"}, {Field: "spec.b", Message: "is wrong too"}}}), new(*InvalidError), "2 problems"},
		{"webhook's plain denial", status(403, "Forbidden", `admission webhook "v" denied the request: because`, nil), new(*InvalidError), "because"},
		{"policy", status(422, "Invalid", `mpijobs "pi" is forbidden: ValidatingAdmissionPolicy 'p' denied request: own jobs only`, nil), new(*InvalidError), "own jobs only"},
		{"policy, as a cause", status(422, "Invalid", "…", &metav1.StatusDetails{Name: "pi", Causes: []metav1.StatusCause{
			{Message: `ValidatingAdmissionPolicy 'p' with binding 'p' denied request: metadata.annotations[training.opendatahub.io/timeout]: is 5h, longer than 4h: ask for less`}}}),
			new(*InvalidError), ` is invalid: metadata.annotations[training.opendatahub.io/timeout]: is 5h, longer than 4h: ask for less`},
		{"server error", status(500, "InternalError", "etcd is away", nil), new(*ServerError), "error 500: etcd is away"},
		{"busy", status(429, "TooManyRequests", "slow down", nil), new(*ServerError), "too busy"},
	} {
		_, err := serve(t, c.server).Jobs("").Get(t.Context(), "pi")
		if !errors.As(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got %T %v", c.name, err, err)
		}
	}
}

// The field of a refusal is the one its cause names, or the one its message begins with where it names none.
func TestFieldOfARefusal(t *testing.T) {
	const policy = "ValidatingAdmissionPolicy 'p' with binding 'p' denied request: "
	for cause, want := range map[metav1.StatusCause]Problem{
		{Message: policy + "spec.mpiReplicaSpecs[Worker]: is bad"}: {Field: "spec.mpiReplicaSpecs[Worker]", Message: "is bad"},
		{Message: policy + "metadata.annotations[a/b]: is bad"}:    {Field: "metadata.annotations[a/b]", Message: "is bad"},
		{Message: policy + "specify: an image"}:                    {Message: "specify: an image"},
		{Message: "specs.x: an image"}:                             {Message: "specs.x: an image"},
		{Field: "spec", Message: policy + "spec.foo: is bad"}:      {Field: "spec", Message: "spec.foo: is bad"},
		{Field: "spec.a", Message: "is wrong"}:                     {Field: "spec.a", Message: "is wrong"},
	} {
		var invalid *InvalidError
		err := refused(metav1.Status{Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{cause}}}, subject{kind: "MPIJob"})
		if !errors.As(err, &invalid) || len(invalid.Problems) != 1 || invalid.Problems[0] != want {
			t.Errorf("%+v: %+v", cause, err)
		}
	}
}

func TestAnAnswerThatBreaksOffIsUnreachable(t *testing.T) {
	var down *UnreachableError
	err := (&Client{host: "h"}).typed(&url.Error{Op: "Get", URL: "https://h", Err: io.ErrUnexpectedEOF}, subject{})
	if !errors.As(err, &down) || !errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "Get") {
		t.Errorf("got %T %v", err, err)
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	c, err := NewClient(&rest.Config{Host: "http://" + address}, "team")
	if err != nil {
		t.Fatal(err)
	}
	var down *UnreachableError
	if _, err := c.Jobs("").List(t.Context(), ListOptions{}); !errors.As(err, &down) {
		t.Errorf("List: got %T %v", err, err)
	}
	for _, err := range c.Jobs("").Watch(t.Context(), ListOptions{}) {
		if !errors.As(err, &down) {
			t.Errorf("Watch: got %T %v", err, err)
		}
	}
}

func TestCreateSaysEverythingBeforeItAsksTheCluster(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Errorf("unexpected %s %s", r.Method, r.URL) })
	bad := aJob(func(m *MPIJob) { m.Spec.MPIReplicaSpecs["Worker"].Replicas = nil; m.Name = "A" })
	var invalid *InvalidError
	if _, err := c.Jobs("").Create(t.Context(), bad, CreateOptions{}); !errors.As(err, &invalid) || len(invalid.Problems) < 2 {
		t.Errorf("got %v", err)
	}
	if _, err := c.Jobs("other").Create(t.Context(), aJob(), CreateOptions{}); !errors.As(err, &invalid) {
		t.Errorf("another namespace: got %v", err)
	}
	if _, err := c.Jobs("").Create(t.Context(), aJob(), CreateOptions{DryRun: DryRunClient}); err != nil {
		t.Errorf("client dry run of a good job: %v", err)
	}
}

// A watch whose resource version has become too old lists again and tells what changed meanwhile;
// one that is denied while the API server starts is opened again.
func TestWatchResumes(t *testing.T) {
	var lists, watches atomic.Int32
	at := func(version int, change ...func(*MPIJob)) *MPIJob {
		m := aJob(change...)
		m.ResourceVersion = fmt.Sprint(version)
		return m
	}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		event := func(kind string, o any) {
			_ = json.NewEncoder(w).Encode(map[string]any{"type": kind, "object": o})
			w.(http.Flusher).Flush()
		}
		if !strings.HasSuffix(r.URL.Path, "/mpijobs") {
			http.NotFound(w, r)
			return
		}
		if r.URL.Query().Get("watch") == "" {
			list := []any{at(1)}
			if lists.Add(1) > 1 {
				list = []any{at(7, cond("Running", "", ""))}
			}
			answer(w, 200, map[string]any{"kind": "MPIJobList", "apiVersion": "kubeflow.org/v2beta1", "metadata": map[string]string{"resourceVersion": "1"}, "items": list})
			return
		}
		switch watches.Add(1) {
		case 1:
			status(403, "Forbidden", "RBAC is not ready", nil)(w, r)
		case 2:
			w.Header().Set("Content-Type", "application/json")
			event("MODIFIED", at(5, cond("Created", "MPIJobCreated", "Waiting for Worker 0: image")))
			event("ERROR", metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Code: 410, Reason: "Expired", Message: "too old"})
		case 3:
			w.Header().Set("Content-Type", "application/json")
			event("DELETED", at(9, cond("Running", "", "")))
		default:
			<-r.Context().Done()
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var seen []string
	for change, err := range c.Jobs("").Watch(ctx, ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if change.Deleted {
			seen = append(seen, "deleted")
			break
		}
		seen = append(seen, string(change.Job.Phase))
	}
	// States in between may be merged, the first and the last may not be missing.
	if len(seen) < 2 || seen[0] != "Pending" || seen[len(seen)-1] != "deleted" || lists.Load() != 2 {
		t.Errorf("saw %v in %d lists and %d watches", seen, lists.Load(), watches.Load())
	}
}

// list answers every list and watch of a server that holds one job and nothing else.
func oneJob(m *MPIJob, logs http.HandlerFunc, pods ...any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		list := func(kind, version string, items ...any) {
			answer(w, 200, map[string]any{"kind": kind, "apiVersion": version, "metadata": map[string]string{"resourceVersion": "1"}, "items": items})
		}
		switch {
		case r.URL.Query().Get("watch") != "":
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case strings.HasSuffix(r.URL.Path, "/log"):
			logs(w, r)
		case strings.HasSuffix(r.URL.Path, "/mpijobs/pi"):
			answer(w, 200, m)
		case strings.HasSuffix(r.URL.Path, "/mpijobs"):
			list("MPIJobList", "kubeflow.org/v2beta1", m)
		case strings.HasSuffix(r.URL.Path, "/pods"):
			list("PodList", "v1", pods...)
		case strings.HasSuffix(r.URL.Path, "/configmaps"):
			list("ConfigMapList", "v1")
		default:
			status(404, "NotFound", "not found", &metav1.StatusDetails{Name: "x"})(w, r)
		}
	}
}

func TestWaitEnds(t *testing.T) {
	m := aJob(cond("Failed", "RankExited", "Worker 1, rank 3: exited with code 3"))
	launcher := pod("launcher", "", state("Failed", runs))
	log := func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintln(w, "2026-01-02T12:00:00Z boom")
	}
	job, err := serve(t, oneJob(m, log, launcher)).Jobs("").Wait(t.Context(), "pi", WaitOptions{})
	var failed *JobFailedError
	if !errors.As(err, &failed) || job.Failure.Reason != "RankExited" || len(job.Failure.LogTail) != 1 || job.Failure.LogTail[0] != "boom" {
		t.Errorf("failed job: %v %+v", err, job)
	}
	if _, err := serve(t, oneJob(aJob(cond("Succeeded", "", "")), log)).Jobs("").Wait(t.Context(), "pi", WaitOptions{}); err != nil {
		t.Errorf("succeeded job: %v", err)
	}
	var timeout *TimeoutError
	if _, err := serve(t, oneJob(aJob(), log)).Jobs("").Wait(t.Context(), "pi", WaitOptions{Timeout: 2 * time.Second}); !errors.As(err, &timeout) || timeout.Job == nil {
		t.Errorf("waiting job: %v", err)
	}
}

func TestLogsOfSeveral(t *testing.T) {
	m := aJob(cond("Running", "", ""))
	log := func(w http.ResponseWriter, r *http.Request) {
		n := 2
		if strings.Contains(r.URL.Path, "worker0") {
			n = 1
		}
		_, _ = fmt.Fprintf(w, "2026-01-02T12:00:0%dZ from %s\n", n, r.URL.Path[strings.Index(r.URL.Path, "pods/")+5:])
	}
	pods := []any{pod("launcher", "", state("Running", runs)), pod("worker", "0", state("Running", runs))}
	var got []string
	for l, err := range serve(t, oneJob(m, log, pods...)).Jobs("").Logs(t.Context(), "pi", LogOptions{Launcher: true, AllWorkers: true}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, l.Where)
	}
	// Worker 1 has no pod: that is noted first; then the two logs by time.
	if strings.Join(got, ",") != "Worker 1,Worker 0,Launcher" {
		t.Errorf("got %v", got)
	}
}

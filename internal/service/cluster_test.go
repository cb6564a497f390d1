package service

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// fakeCluster is an API server that knows tokens, rights and MPIJobs: as much of one as the service needs.
// What real ones do is tested on a real one, in test/e2e.
type fakeCluster struct {
	*httptest.Server
	mu       sync.Mutex
	users    map[string]string   // token → user
	rights   map[string][]string // user → namespaces whose jobs they may do anything with
	jobs     map[string]*training.MPIJob
	version  int
	changed  chan struct{}
	log      []event
	requests map[string]int
	bearer   map[string]bool // tokens that came with requests on jobs
	down     bool
	hangs    string        // what is asked under this path isn't answered
	begin    chan struct{} // closed when the command `take` may begin to take input
	core     fakeCore
	// trainJobs are those of team-a; nil is a cluster without Trainer.
	trainJobs []string
}

type event struct {
	kind string
	job  *training.MPIJob
}

const serviceToken = "service-account"

func init() { klog.SetLogger(logr.Discard()) }

func newCluster(t testing.TB) *fakeCluster {
	c := &fakeCluster{
		users:  map[string]string{"ann-token": "ann", "bob-token": "bob"},
		rights: map[string][]string{"ann": {"team-a"}, "bob": {"team-b"}, "service": {"team-a", "team-b", ""}},
		jobs:   map[string]*training.MPIJob{}, changed: make(chan struct{}), requests: map[string]int{}, bearer: map[string]bool{}, version: 100,
		core: fakeCore{objects: map[string]map[string]any{}, logs: map[string]string{}, denies: map[string]bool{}},
	}
	c.users[serviceToken] = "service"
	c.Server = httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(func() { c.CloseClientConnections(); c.Close() })
	return c
}

func (c *fakeCluster) config() *rest.Config {
	cfg := &rest.Config{Host: c.URL, BearerToken: serviceToken}
	if cert := c.Certificate(); cert != nil {
		cfg.CAData = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
	}
	return cfg
}

// start runs a service on the cluster.
func (c *fakeCluster) start(t testing.TB, change ...func(*Options)) *httptest.Server {
	s, server := c.startService(t, change...)
	_ = s
	return server
}

func (c *fakeCluster) startService(t testing.TB, change ...func(*Options)) (*Service, *httptest.Server) {
	t.Helper()
	gate, err := NewReviewer(c.config(), nil)
	if err != nil {
		t.Fatal(err)
	}
	own, err := training.NewClient(c.config(), "")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Gate: gate, Indexes: NewOne(t.Context(), own), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	for _, f := range change {
		f(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	server.Config = newServer(s.Handler())
	server.Start()
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := o.Indexes.Of(t.Context(), nil, ""); err == nil || time.Now().After(deadline) {
			return s, server
		}
	}
}

func (c *fakeCluster) put(m *training.MPIJob) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version++
	m = m.DeepCopy()
	m.ResourceVersion = fmt.Sprint(c.version)
	if m.UID == "" {
		m.UID = "uid-" + "0" // jobs of a test differ by name
	}
	key := m.Namespace + "/" + m.Name
	kind := "MODIFIED"
	if c.jobs[key] == nil {
		kind = "ADDED"
	}
	c.jobs[key] = m
	c.tell(event{kind, m})
}

func (c *fakeCluster) remove(namespace, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version++
	m := c.jobs[namespace+"/"+name].DeepCopy()
	m.ResourceVersion = fmt.Sprint(c.version)
	delete(c.jobs, namespace+"/"+name)
	c.tell(event{"DELETED", m})
}

func (c *fakeCluster) tell(e event) {
	c.log = append(c.log, e)
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *fakeCluster) revoke(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.users, token)
}

func (c *fakeCluster) grant(user, resource string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.core.denies, user+" "+resource)
}

func (c *fakeCluster) forbid(user string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rights[user] = nil
}

func (c *fakeCluster) goDown(down bool) {
	c.mu.Lock()
	c.down = down
	c.mu.Unlock()
	if down {
		c.CloseClientConnections()
	}
}

// hang has the cluster not answer what is asked under a path.
func (c *fakeCluster) hang(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hangs = path
}

func (c *fakeCluster) allowed(user, namespace string) bool {
	for _, ns := range c.rights[user] {
		if ns == namespace || ns == "" {
			return true
		}
	}
	return false
}

func reply(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, code int, reason, message string) {
	reply(w, code, metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Code: int32(code), Reason: metav1.StatusReason(reason), Message: message,
		Details: &metav1.StatusDetails{Name: "x", Kind: "mpijobs"}})
}

func (c *fakeCluster) serve(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	down := c.down
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	user := c.users[token]
	c.requests[r.Method+" "+r.URL.Path]++
	hangs := c.hangs != "" && strings.HasPrefix(r.URL.Path, c.hangs)
	c.mu.Unlock()
	if hangs {
		<-r.Context().Done()
		return
	}
	switch path := r.URL.Path; {
	case down:
		panic(http.ErrAbortHandler)
	case user == "":
		refuse(w, 401, "Unauthorized", "Unauthorized")
	case strings.HasSuffix(path, "/tokenreviews"):
		var in authenticationv1.TokenReview
		_ = json.NewDecoder(r.Body).Decode(&in)
		c.mu.Lock()
		defer c.mu.Unlock()
		who := c.users[in.Spec.Token]
		in.Status = authenticationv1.TokenReviewStatus{Authenticated: who != "", User: authenticationv1.UserInfo{Username: who}}
		reply(w, 201, in)
	case strings.HasSuffix(path, "/selfsubjectreviews"):
		reply(w, 201, authenticationv1.SelfSubjectReview{Status: authenticationv1.SelfSubjectReviewStatus{UserInfo: authenticationv1.UserInfo{Username: user}}})
	case strings.HasSuffix(path, "/selfsubjectaccessreviews"):
		var in authorizationv1.SelfSubjectAccessReview
		_ = json.NewDecoder(r.Body).Decode(&in)
		c.mu.Lock()
		defer c.mu.Unlock()
		in.Status.Allowed = c.allowed(user, in.Spec.ResourceAttributes.Namespace)
		reply(w, 201, in)
	case strings.HasSuffix(path, "/subjectaccessreviews"):
		var in authorizationv1.SubjectAccessReview
		_ = json.NewDecoder(r.Body).Decode(&in)
		c.mu.Lock()
		defer c.mu.Unlock()
		a := in.Spec.ResourceAttributes
		in.Status.Allowed = c.allowed(in.Spec.User, a.Namespace) && !c.core.denies[in.Spec.User+" "+a.Resource] && !c.core.denies[in.Spec.User+" "+a.Resource+"/"+a.Subresource]
		reply(w, 201, in)
	case strings.HasPrefix(path, "/apis/trainer.kubeflow.org/v1alpha1/") && c.trainJobs != nil:
		c.serveTrainJobs(w, r, user)
	case strings.HasPrefix(path, "/apis/kubeflow.org/v2beta1/"):
		c.serveJobs(w, r, user, token)
	case strings.HasPrefix(path, "/api/v1/"), strings.HasPrefix(path, "/apis/metrics.k8s.io/"):
		c.serveCore(w, r, user)
	default:
		http.NotFound(w, r)
	}
}

func (c *fakeCluster) serveJobs(w http.ResponseWriter, r *http.Request, user, token string) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/apis/kubeflow.org/v2beta1/"), "/")
	namespace, name := "", ""
	if parts[0] == "namespaces" {
		namespace, parts = parts[1], parts[2:]
	}
	if len(parts) > 1 {
		name = parts[1]
	}
	c.mu.Lock()
	c.bearer[token] = true
	ok := c.allowed(user, namespace)
	c.mu.Unlock()
	if !ok {
		refuse(w, 403, "Forbidden", fmt.Sprintf(`mpijobs.kubeflow.org is forbidden: User %q cannot %s resource "mpijobs" in API group "kubeflow.org" in the namespace %q`, user, strings.ToLower(r.Method), namespace))
		return
	}
	switch {
	case r.URL.Query().Get("watch") != "":
		c.watch(w, r)
	case r.Method == http.MethodPost:
		m := &training.MPIJob{}
		_ = json.NewDecoder(r.Body).Decode(m)
		c.mu.Lock()
		taken := c.jobs[namespace+"/"+m.Name] != nil
		c.mu.Unlock()
		if taken {
			refuse(w, 409, "AlreadyExists", "already exists")
			return
		}
		if r.URL.Query().Get("dryRun") == "" {
			m.CreationTimestamp = metav1.Now()
			c.put(m)
		}
		reply(w, 201, m)
	case name == "":
		c.mu.Lock()
		defer c.mu.Unlock()
		items := []*training.MPIJob{}
		for _, m := range c.jobs {
			if namespace == "" || m.Namespace == namespace {
				items = append(items, m)
			}
		}
		reply(w, 200, map[string]any{"kind": "MPIJobList", "apiVersion": "kubeflow.org/v2beta1", "metadata": map[string]string{"resourceVersion": fmt.Sprint(c.version)}, "items": items})
	default:
		c.mu.Lock()
		m := c.jobs[namespace+"/"+name]
		c.mu.Unlock()
		if m == nil {
			refuse(w, 404, "NotFound", "not found")
			return
		}
		if r.Method == http.MethodDelete {
			c.remove(namespace, name)
		}
		reply(w, 200, m)
	}
}

// serveTrainJobs knows the ones there were at the start.
func (c *fakeCluster) serveTrainJobs(w http.ResponseWriter, r *http.Request, user string) {
	_, namespace, _ := strings.Cut(r.URL.Path, "/namespaces/")
	namespace, _, _ = strings.Cut(namespace, "/")
	c.mu.Lock()
	ok := c.allowed(user, namespace)
	c.mu.Unlock()
	if !ok {
		refuse(w, 403, "Forbidden", fmt.Sprintf(`trainjobs.trainer.kubeflow.org is forbidden: User %q cannot touch resource "trainjobs" in API group "trainer.kubeflow.org" in the namespace %q`, user, namespace))
		return
	}
	if r.URL.Query().Get("watch") != "" {
		c.watchNothing(w, r)
		return
	}
	items := []any{}
	for _, name := range c.trainJobs {
		items = append(items, map[string]any{"kind": "TrainJob", "apiVersion": "trainer.kubeflow.org/v1alpha1", "metadata": map[string]string{"namespace": "team-a", "name": name, "uid": name, "resourceVersion": "50"}})
	}
	reply(w, 200, map[string]any{"kind": "TrainJobList", "apiVersion": "trainer.kubeflow.org/v1alpha1", "metadata": map[string]string{"resourceVersion": "100"}, "items": items})
}

// watchNothing is a watch in which nothing happens.
func (c *fakeCluster) watchNothing(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("sendInitialEvents") != "" {
		refuse(w, 422, "Invalid", "sendInitialEvents is not served here")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

func (c *fakeCluster) watch(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("sendInitialEvents") != "" {
		refuse(w, 422, "Invalid", "sendInitialEvents is not served here")
		return
	}
	var from int
	_, _ = fmt.Sscan(r.URL.Query().Get("resourceVersion"), &from)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	for next := 0; ; {
		c.mu.Lock()
		batch, changed, down := c.log[next:], c.changed, c.down
		c.mu.Unlock()
		if down {
			return
		}
		for _, e := range batch {
			var at int
			if _, _ = fmt.Sscan(e.job.ResourceVersion, &at); at > from {
				_ = json.NewEncoder(w).Encode(map[string]any{"type": e.kind, "object": e.job})
			}
		}
		next += len(batch)
		w.(http.Flusher).Flush()
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

// job is a small job, with its kind, as the API server would give it.
func job(namespace, name string) *training.MPIJob {
	m := training.Spec{Namespace: namespace, Name: name, Image: "image", Workers: 2, Command: []string{"true"}}.MPIJob()
	m.CreationTimestamp = metav1.NewTime(time.Now().Add(-time.Second).Truncate(time.Second))
	return m
}

// answer is a response whose body has been read.
type answer struct {
	StatusCode int
	Header     http.Header
}

// call sends a request and returns status, header and body.
func call(t testing.TB, server *httptest.Server, token, method, path, body string, header ...string) (answer, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header[http.CanonicalHeaderKey(header[i])] = []string{header[i+1]}
	}
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header}, string(text)
}

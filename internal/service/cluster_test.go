package service

import (
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
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
	denial   string        // what a policy says of every new job
	hangs    string        // what is asked under this path isn't answered
	begin    chan struct{} // closed when the command `take` may begin to take input
	read     func()        // called when a job was read, before that is answered
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

// job is a small job, with its kind, as the API server would give it.
func job(namespace, name string) *training.MPIJob {
	m := training.Spec{Namespace: namespace, Name: name, Image: "image", Workers: 2, Command: []string{"true"}}.MPIJob()
	m.CreationTimestamp = metav1.NewTime(time.Now().Add(-time.Second).Truncate(time.Second))
	return m
}

package service

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// fakeCore is what a cluster has beside jobs: objects by their path, logs by their pod's, and what pods use.
type fakeCore struct {
	objects map[string]map[string]any
	logs    map[string]string // by the pod's path; "/previous" after it for the run before
	broken  map[string]bool   // logs whose reading breaks off at their end
	// measured are the PodMetrics by namespace; nil is a cluster without metrics.k8s.io.
	measured map[string][]any
	// denies are "user resource" that a user may not touch, though the namespace is theirs.
	denies map[string]bool
	claim  string // the folder that is on every claim
	number int
}

// add puts an object where the API server would have it.
func (c *fakeCluster) add(resource string, o metav1.Object) {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil {
		panic(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if o.GetNamespace() == "" {
		c.core.objects["/api/v1/"+resource+"/"+o.GetName()] = v
		return
	}
	c.core.objects["/api/v1/namespaces/"+o.GetNamespace()+"/"+resource+"/"+o.GetName()] = v
}

// deny takes from a user what a namespace's owner else has.
func (c *fakeCluster) deny(user, resource string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.core.denies[user+" "+resource] = true
}

// pod is a running one of a job's.
func pod(job, role, index string, restarted bool) *corev1.Pod {
	name := job + "-" + role + index
	p := &corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: name, CreationTimestamp: metav1.Now(), Labels: map[string]string{
			kubeflow.OperatorNameLabel: kubeflow.OperatorName, kubeflow.JobNameLabel: job, kubeflow.JobRoleLabel: role, kubeflow.ReplicaIndexLabel: index}},
		Spec:   corev1.PodSpec{Containers: []corev1.Container{{Name: "main"}}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning},
	}
	s := corev1.ContainerStatus{Name: "main", Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}}
	if restarted {
		s.RestartCount, s.LastTerminationState.Terminated = 1, &corev1.ContainerStateTerminated{ExitCode: 1}
	}
	p.Status.ContainerStatuses = []corev1.ContainerStatus{s}
	return p
}

// measure says what a pod uses.
func (c *fakeCluster) measure(p *corev1.Pod, cpu, memory string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.core.measured == nil {
		c.core.measured = map[string][]any{}
	}
	c.core.measured[p.Namespace] = append(c.core.measured[p.Namespace], map[string]any{
		"metadata": map[string]any{"name": p.Name, "namespace": p.Namespace, "labels": p.Labels}, "timestamp": time.Now().UTC().Format(time.RFC3339), "window": "15s",
		"containers": []any{map[string]any{"name": "main", "usage": map[string]string{"cpu": cpu, "memory": memory}}},
	})
}

// serveCore answers for everything but jobs and reviews.
func (c *fakeCluster) serveCore(w http.ResponseWriter, r *http.Request, user string) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	metrics := strings.HasPrefix(r.URL.Path, "/apis/metrics.k8s.io/v1beta1/")
	at := 2
	if metrics {
		at = 3
	}
	namespace := ""
	if len(parts) > at+2 && parts[at] == "namespaces" {
		namespace, parts = parts[at+1], parts[at+2:]
	} else {
		parts = parts[at:]
	}
	if len(parts) == 3 && parts[2] == "exec" {
		c.serveExec(w, r, user, namespace)
		return
	}
	if r.URL.Query().Get("watch") != "" { // that one may, is asked with the list before
		c.watchNothing(w, r)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.allowed(user, namespace) || c.core.denies[user+" "+parts[0]] {
		refuse(w, 403, "Forbidden", fmt.Sprintf(`%s is forbidden: User %q cannot %s resource %q in API group "" in the namespace %q`, parts[0], user, verbOf(r, parts), parts[0], namespace))
		return
	}
	switch {
	case metrics && c.core.measured == nil:
		http.NotFound(w, r)
	case metrics:
		reply(w, 200, map[string]any{"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "items": append([]any{}, c.core.measured[namespace]...)})
	case len(parts) == 3 && parts[2] == "log":
		where := strings.TrimSuffix(r.URL.Path, "/log")
		if r.URL.Query().Get("previous") == "true" {
			where += "/previous"
		}
		_, _ = io.WriteString(w, c.core.logs[where])
		if c.core.broken[where] {
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
	case len(parts) == 1:
		c.serveCollection(w, r, namespace)
	default:
		c.serveObject(w, r)
	}
}

func verbOf(r *http.Request, parts []string) string {
	if r.Method == http.MethodGet && len(parts) == 1 {
		return "list"
	}
	return map[string]string{http.MethodGet: "get", http.MethodPost: "create", http.MethodPut: "update", http.MethodDelete: "delete"}[r.Method]
}

func (c *fakeCluster) serveCollection(w http.ResponseWriter, r *http.Request, namespace string) {
	if r.Method == http.MethodPost {
		var o map[string]any
		_ = json.NewDecoder(r.Body).Decode(&o)
		meta := o["metadata"].(map[string]any)
		if meta["name"] == nil {
			c.core.number++
			meta["name"] = fmt.Sprintf("%v%d", meta["generateName"], c.core.number)
		}
		meta["namespace"], meta["creationTimestamp"] = namespace, time.Now().UTC().Format(time.RFC3339)
		where := r.URL.Path + "/" + meta["name"].(string)
		if path.Base(r.URL.Path) == "pods" {
			o["status"] = map[string]any{"phase": "Running"}
		}
		if c.core.objects[where] != nil {
			refuse(w, 409, "AlreadyExists", "already exists")
			return
		}
		if r.URL.Query().Get("dryRun") == "" {
			c.core.objects[where] = o
		}
		reply(w, 201, o)
		return
	}
	selector, _ := labels.Parse(r.URL.Query().Get("labelSelector"))
	items := []any{}
	for where, o := range c.core.objects {
		has := labels.Set{}
		given, _ := o["metadata"].(map[string]any)["labels"].(map[string]any)
		for k, v := range given {
			has[k] = v.(string)
		}
		if path.Dir(where) == r.URL.Path && selector.Matches(has) {
			items = append(items, o)
		}
	}
	kind := map[string]string{"pods": "Pod", "configmaps": "ConfigMap", "secrets": "Secret", "namespaces": "Namespace", "resourcequotas": "ResourceQuota"}[path.Base(r.URL.Path)]
	reply(w, 200, map[string]any{"kind": kind + "List", "apiVersion": "v1", "metadata": map[string]string{"resourceVersion": "1"}, "items": items})
}

func (c *fakeCluster) serveObject(w http.ResponseWriter, r *http.Request) {
	o := c.core.objects[r.URL.Path]
	if o == nil {
		refuse(w, 404, "NotFound", "not found")
		return
	}
	switch r.Method {
	case http.MethodDelete:
		delete(c.core.objects, r.URL.Path)
	case http.MethodPut:
		o = map[string]any{}
		_ = json.NewDecoder(r.Body).Decode(&o)
		c.core.objects[r.URL.Path] = o
	}
	reply(w, 200, o)
}

package service

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

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
		taken, denial := c.jobs[namespace+"/"+m.Name] != nil, c.denial
		c.mu.Unlock()
		if denial != "" {
			reply(w, 422, metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Code: 422, Reason: metav1.StatusReasonInvalid, Message: denial,
				Details: &metav1.StatusDetails{Name: m.Name, Kind: "mpijobs", Causes: []metav1.StatusCause{{Message: denial}}}})
			return
		}
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
		m, read := c.jobs[namespace+"/"+name], c.read
		c.mu.Unlock()
		if read != nil && r.Method == http.MethodGet {
			read()
		}
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
		one := map[string]any{"kind": "TrainJob", "apiVersion": "trainer.kubeflow.org/v1alpha1", "metadata": map[string]string{"namespace": "team-a", "name": name, "uid": name, "resourceVersion": "50"},
			"spec": map[string]any{"runtimeRef": map[string]string{"name": "torch"}, "trainer": map[string]int{"numNodes": 1}}}
		if strings.HasSuffix(r.URL.Path, "/trainjobs/"+name) {
			reply(w, 200, one)
			return
		}
		items = append(items, one)
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

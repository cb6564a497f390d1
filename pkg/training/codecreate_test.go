package training

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// shelf is an API server that keeps MPIJobs, ConfigMaps and Secrets by name, and notes what is asked.
type shelf struct {
	mu      sync.Mutex
	objects map[string]map[string]any
	asked   []string
	refuse  map[string]http.HandlerFunc // by "POST configmaps"
}

func newShelf() *shelf {
	return &shelf{objects: map[string]map[string]any{}, refuse: map[string]http.HandlerFunc{}}
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, rest, _ := strings.Cut(r.URL.Path, "/namespaces/team/")
	resource, name, _ := strings.Cut(rest, "/")
	dry := r.URL.Query().Get("dryRun") != ""
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body)
	if r.Method == http.MethodPost {
		meta, _ := body["metadata"].(map[string]any)
		name, _ = meta["name"].(string)
	}
	verb := r.Method + " " + resource
	if !dry {
		s.asked = append(s.asked, verb+"/"+name)
	}
	if h := s.refuse[verb]; h != nil {
		h(w, r)
		return
	}
	there, ok := s.objects[resource+"/"+name]
	details := &metav1.StatusDetails{Name: name, Kind: resource}
	switch {
	case r.Method == http.MethodPost && ok:
		status(409, "AlreadyExists", "already exists", details)(w, r)
	case r.Method == http.MethodPost:
		body["metadata"].(map[string]any)["uid"] = "uid-of-" + name
		if !dry {
			s.objects[resource+"/"+name] = body
		}
		answer(w, 201, body)
	case !ok:
		status(404, "NotFound", "not found", details)(w, r)
	case r.Method == http.MethodDelete:
		delete(s.objects, resource+"/"+name)
		answer(w, 200, metav1.Status{Status: "Success"})
	case r.Method == http.MethodPut:
		s.objects[resource+"/"+name] = body
		answer(w, 200, body)
	default:
		answer(w, 200, there)
	}
}

func (s *shelf) put(resource string, o metav1.Object) {
	var v map[string]any
	if err := json.Unmarshal(must(json.Marshal(o)), &v); err != nil {
		panic(err)
	}
	s.objects[resource+"/"+o.GetName()] = v
}

// names are the names of what is there of a kind.
func (s *shelf) names(resource string) (out []string) {
	for k := range s.objects {
		if name, ok := strings.CutPrefix(k, resource+"/"); ok {
			out = append(out, name)
		}
	}
	return out
}

func withCodeFolder(name string) (Spec, *Code) {
	s := Spec{Name: name, Image: "i", Workers: 1, Command: []string{"./p"}}
	s.Code = must(PackCode(fstest.MapFS{"p": {Data: []byte("#!/bin/sh"), Mode: 0o755}, "empty": {}}))
	return s, s.Code
}

func TestACodeFolderBelongsToItsJob(t *testing.T) {
	s := newShelf()
	jobs := serve(t, s.ServeHTTP).Jobs("")
	spec, code := withCodeFolder("pi")
	for _, dry := range []DryRun{DryRunClient, DryRunServer} {
		if _, err := jobs.Create(t.Context(), spec.MPIJob(), CreateOptions{Code: code, DryRun: dry}); err != nil || len(s.objects) != 0 {
			t.Fatalf("dry run %s: %v, left %v", dry, err, s.objects)
		}
	}
	if _, err := jobs.Create(t.Context(), spec.MPIJob(), CreateOptions{Code: code}); err != nil {
		t.Fatal(err)
	}
	read := func(name string) *corev1.ConfigMap {
		cm := &corev1.ConfigMap{}
		if err := json.Unmarshal(must(json.Marshal(s.objects["configmaps/"+name])), cm); err != nil {
			t.Fatal(err)
		}
		return cm
	}
	cm := read(codeName("pi", code.Digest, 0))
	if len(cm.OwnerReferences) != 1 || cm.OwnerReferences[0].UID != "uid-of-pi" || string(cm.BinaryData["f001"]) != "#!/bin/sh" || !*cm.Immutable {
		t.Errorf("%+v", cm)
	}
	// A copy has a folder of its own, so that the first job can be deleted.
	clone, err := jobs.Clone(t.Context(), "pi", Changes{}, CloneOptions{})
	if err != nil {
		t.Fatal(err)
	}
	copied := read(codeName("pi-2", code.Digest, 0))
	if copied.OwnerReferences[0].UID != "uid-of-pi-2" || string(copied.BinaryData["f001"]) != "#!/bin/sh" {
		t.Errorf("%+v", copied)
	}
	if again, ok := SpecOf(clone.Job); !ok || again.Code.Digest != code.Digest || paths(again.Code)[1] != "p" {
		t.Errorf("the copy is no simple job: %+v", clone.Job.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Volumes)
	}
	// What one job's folder can't give, no other job is created with.
	delete(s.objects, "configmaps/"+cm.Name)
	var missing *NotFoundError
	if _, err := jobs.Clone(t.Context(), "pi", Changes{}, CloneOptions{Name: "third"}); !errors.As(err, &missing) || s.objects["mpijobs/third"] != nil {
		t.Errorf("a copy without its folder: %v", err)
	}
}

// A request that broke off between the job and its folder is ended by the one that comes again.
func TestARequestThatComesAgainBringsTheFolder(t *testing.T) {
	s := newShelf()
	jobs := serve(t, s.ServeHTTP).Jobs("")
	spec, code := withCodeFolder("pi")
	for range 2 {
		if _, err := jobs.Create(t.Context(), spec.MPIJob(), CreateOptions{Code: code, Request: "a"}); err != nil {
			t.Fatal(err)
		}
		name := codeName("pi", code.Digest, 0)
		if s.objects["configmaps/"+name] == nil || len(s.names("mpijobs")) != 1 {
			t.Fatalf("there are %v and %v", s.names("mpijobs"), s.names("configmaps"))
		}
		delete(s.objects, "configmaps/"+name)
	}
}

func TestAJobWithoutItsCodeFolderIsNotLeft(t *testing.T) {
	spec, code := withCodeFolder("pi")
	forbidden := status(403, "Forbidden", `configmaps is forbidden: User "ann" cannot create resource "configmaps" in API group "" in the namespace "team"`, nil)

	s := newShelf()
	s.refuse["POST configmaps"] = forbidden
	var denied *DeniedError
	if _, err := serve(t, s.ServeHTTP).Jobs("").Create(t.Context(), spec.MPIJob(), CreateOptions{Code: code}); !errors.As(err, &denied) || len(s.names("mpijobs")) != 0 {
		t.Errorf("denied: %v, left %v", err, s.asked)
	}

	s = newShelf() // only the dry run passes
	s.refuse["POST configmaps"] = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("dryRun") == "" {
			forbidden(w, r)
			return
		}
		answer(w, 201, &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{Kind: "ConfigMap", APIVersion: "v1"}})
	}
	if _, err := serve(t, s.ServeHTTP).Jobs("").Create(t.Context(), spec.MPIJob(), CreateOptions{Code: code}); !errors.As(err, &denied) || len(s.names("mpijobs")) != 0 || !strings.Contains(err.Error(), "deleted again") {
		t.Errorf("denied late: %v, left %v", err, s.asked)
	}

	// One that is there already, of this very job, is what a second try finds.
	s = newShelf()
	job := spec.MPIJob()
	job.UID = "uid-of-pi"
	s.put("configmaps", code.configMaps(job)[0])
	if _, err := serve(t, s.ServeHTTP).Jobs("").Create(t.Context(), spec.MPIJob(), CreateOptions{Code: code}); err != nil {
		t.Errorf("a second try: %v", err)
	}
}

func TestConnectionsAreLookedAtBeforeAJobIsCreated(t *testing.T) {
	connection := func(name string, keys ...string) *corev1.Secret {
		s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{connectionTypeRef: "s3-v1"}}, Data: map[string][]byte{}}
		for _, k := range keys {
			s.Data[k] = []byte("x")
		}
		return s
	}
	s := newShelf()
	s.put("secrets", connection("models", keyAccessID, keyAccessSecret, keyEndpoint, keyBucket))
	s.put("secrets", connection("half", keyAccessID))
	s.put("secrets", &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "plain"}})
	jobs := serve(t, s.ServeHTTP).Jobs("")
	for names, want := range map[string]string{
		"models": "", "models,half": "both set AWS_ACCESS_KEY_ID", "missing": "there is no connection", "plain": "no connection", "half": "has no AWS_SECRET_ACCESS_KEY",
	} {
		_, err := jobs.Create(t.Context(), Spec{Name: "j", Image: "i", Workers: 1, Command: []string{"p"}, Connections: strings.Split(names, ","), Output: "s3:///x"}.MPIJob(), CreateOptions{DryRun: DryRunServer})
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", names, err)
		}
	}
	// Who may not read Secrets may still use them.
	s.refuse["GET secrets"] = status(403, "Forbidden", `secrets "models" is forbidden: User "ann" cannot get resource "secrets" in API group "" in the namespace "team"`, nil)
	if _, err := jobs.Create(t.Context(), Spec{Name: "j", Image: "i", Workers: 1, Command: []string{"p"}, Connections: []string{"models"}}.MPIJob(), CreateOptions{DryRun: DryRunServer}); err != nil {
		t.Errorf("without the right to read it: %v", err)
	}
}

// What was there before a request came again is its answer, whatever else the cluster would say, and stays.
func TestARequestThatComesAgainDeletesNothing(t *testing.T) {
	s := newShelf()
	jobs := serve(t, s.ServeHTTP).Jobs("")
	spec, code := withCodeFolder("pi")
	o := CreateOptions{Code: code, Request: "a"}
	if _, err := jobs.Create(t.Context(), spec.MPIJob(), o); err != nil {
		t.Fatal(err)
	}
	// The first job has filled the quota, which answers before the name does.
	s.refuse["POST mpijobs"] = status(403, "Forbidden", "exceeded quota: count/mpijobs", nil)
	if got, err := jobs.Create(t.Context(), spec.MPIJob(), o); err != nil || got.Name != "pi" {
		t.Errorf("with a full quota: %v", err)
	}
	delete(s.objects, "configmaps/"+codeName("pi", code.Digest, 0))
	s.refuse["POST configmaps"] = status(500, "InternalError", "no", nil)
	_, err := jobs.Create(t.Context(), spec.MPIJob(), o)
	if err == nil || !strings.Contains(err.Error(), "is there since this request came first") || len(s.names("mpijobs")) != 1 {
		t.Errorf("without its folder: %v, of %v", err, s.names("mpijobs"))
	}
}

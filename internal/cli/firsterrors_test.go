package cli

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
)

const kubeconfig = `apiVersion: v1
kind: Config
current-context: here
contexts:
- {name: here, context: {cluster: c, namespace: team}}
- {name: there, context: {cluster: c, namespace: other}}
clusters: [{name: c, cluster: {server: "URL"}}]
`

// command runs a command line against an API server; nil is one that is down.
func command(t *testing.T, server http.HandlerFunc, args ...string) (code int, out, errOut string) {
	t.Helper()
	s := httptest.NewServer(server)
	defer s.Close()
	if server == nil {
		s.Close()
	}
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(kubeconfig, "URL", s.URL)), 0o600); err != nil {
		t.Fatal(err)
	}
	var o, e bytes.Buffer
	code = Main(append([]string{"training", "--kubeconfig", file}, args...), iostreams.Test(strings.NewReader(""), &o, &e, false, 80))
	return code, o.String(), e.String()
}

func says(code int, reason, message, details string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, `{"apiVersion":"v1","kind":"Status","status":"Failure","code":%d,"reason":%q,"message":%q,"details":{%s}}`, code, reason, message, details)
	}
}

// What goes wrong first on a new machine or a new cluster is answered with what it is and what to do.
func TestFirstErrors(t *testing.T) {
	denied := says(403, "Forbidden", `mpijobs.kubeflow.org is forbidden: User "ann" cannot list resource "mpijobs" in API group "kubeflow.org" in the namespace "team"`, "")
	noNamespace := func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/namespaces/team") {
			says(404, "NotFound", `namespaces "team" not found`, `"name":"team","kind":"namespaces"`)(w, r)
			return
		}
		lists("")(w, r)
	}
	tooLong := says(422, "Invalid", "mpijobs is invalid", `"causes":[{"message":"ValidatingAdmissionPolicy 't' with binding 't' denied request: metadata.annotations[training.opendatahub.io/timeout]: is 5h, longer than 4h, the most a job may ask for in namespace team: ask for less"}]`)
	for _, c := range []struct {
		name   string
		server http.HandlerFunc
		args   string
		code   int
		says   []string
	}{
		{"the cluster is down", nil, "list", exit.Error, []string{"cannot reach the cluster at http", "connection refused", "--context and --kubeconfig choose another"}},
		{"the token has expired", says(401, "Unauthorized", "Unauthorized", ""), "list", exit.Denied, []string{"does not accept your credentials", "log in again (`oc login …`)"}},
		{"a right is missing", denied, "list", exit.Denied, []string{`ann may not list mpijobs in namespace "team"`, "ask an administrator of \"team\"", "kubectl auth can-i --list -n team"}},
		{"the namespace is missing", noNamespace, "list", exit.NotFound, []string{`namespace "team" not found`, "check the name after --namespace"}},
		{"the namespace is missing, on creation", says(404, "NotFound", `namespaces "team" not found`, `"name":"team","kind":"namespaces"`), "create a --image i -- p", exit.NotFound, []string{`namespace "team" not found`, "create the namespace first"}},
		{"the product isn't installed", http.NotFound, "list", exit.Error, []string{"does not know MPIJobs", "administrator to install MPIJob support"}},
		{"the context is missing", http.NotFound, "list --context nowhere", exit.Error, []string{`"nowhere"`, "kubectl config view", "here, there"}},
		{"more time than the namespace allows", tooLong, "create a --image i --time-limit 5h -- p", exit.Invalid, []string{`MPIJob "a" is invalid: --time-limit: is 5h, longer than 4h, the most a job may ask for in namespace team: ask for less`}},
		{"more time than the namespace allows, followed", tooLong, "run a --image i --time-limit 5h -- p", exit.Invalid, []string{"--time-limit: is 5h, longer than 4h"}},
		{"nothing can be looked at", nil, "preflight --workers 2", exit.Error, []string{"cannot reach the cluster"}},
		{"nobody may look", says(401, "Unauthorized", "Unauthorized", ""), "preflight --workers 2", exit.Denied, []string{"does not accept your credentials"}},
		{"the cluster is in trouble", says(500, "InternalError", "etcd is away", ""), "list", exit.Error, []string{"error 500: etcd is away", "try again in a moment"}},
	} {
		code, out, errOut := command(t, c.server, strings.Fields(c.args)...)
		if code != c.code || out != "" {
			t.Errorf("%s: exit code %d, want %d; stdout %q", c.name, code, c.code, out)
		}
		for _, s := range c.says {
			if !strings.Contains(errOut, s) {
				t.Errorf("%s: doesn't say %q:\n%s", c.name, s, errOut)
			}
		}
	}
}

// lists answers every list of MPIJobs with these names, with no objects of other types.
func lists(names string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/mpijobs") {
			http.NotFound(w, r)
			return
		}
		var items []string
		for _, n := range strings.Fields(names) {
			items = append(items, fmt.Sprintf(`{"metadata":{"name":%q,"namespace":"team","uid":"u","creationTimestamp":"2026-01-02T12:00:00Z"}}`, n))
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJobList","metadata":{},"items":[%s]}`, strings.Join(items, ","))
	}
}

// listsImages are jobs of these images, each a minute newer than the one before.
func listsImages(images string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/mpijobs") {
			http.NotFound(w, r)
			return
		}
		var items []string
		for i, image := range strings.Fields(images) {
			items = append(items, fmt.Sprintf(`{"metadata":{"name":"j%d","namespace":"team","uid":"u%d","creationTimestamp":"2026-01-02T12:%02d:00Z"},"spec":{"mpiReplicaSpecs":{"Worker":{"template":{"spec":{"containers":[{"name":"worker","image":%q}]}}}}}}`, i, i, i, image))
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJobList","metadata":{},"items":[%s]}`, strings.Join(items, ","))
	}
}

// Tab offers what is there; where the cluster doesn't answer, nothing, and it says nothing.
func TestCompletion(t *testing.T) {
	complete := func(server http.HandlerFunc, args ...string) string {
		s := httptest.NewServer(server)
		defer s.Close()
		file := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(kubeconfig, "URL", s.URL)), 0o600); err != nil {
			t.Fatal(err)
		}
		var o, e bytes.Buffer
		Main(append([]string{"__complete", "training", "--kubeconfig", file}, args...), iostreams.Test(strings.NewReader(""), &o, &e, false, 80))
		var words []string
		for line := range strings.Lines(o.String()) {
			if word, _, _ := strings.Cut(strings.TrimSpace(line), "\t"); !strings.HasPrefix(word, ":") {
				words = append(words, word)
			}
		}
		return strings.Join(words, " ")
	}
	for _, c := range []struct {
		name, args, want string
		server           http.HandlerFunc
	}{
		{"names", "describe ", "other train train-2", lists("train train-2 other")},
		{"names that begin so", "logs tr", "train train-2", lists("train train-2 other")},
		{"names not given yet", "delete train tr", "train-2", lists("train train-2 other")},
		{"no second name where one is taken", "describe train ", "", lists("train other")},
		{"names with their type", "describe mpijob/tr", "mpijob/train", lists("train other")},
		{"contexts", "list --context ", "here there", http.NotFound},
		{"namespaces, of the contexts where they can't be listed", "list --namespace ", "other team", says(403, "Forbidden", "no", "")},
		{"nothing from a cluster that denies", "describe ", "", says(403, "Forbidden", "no", "")},
		{"images that jobs use, newest first", "create --image ", "train:1 train:3 other:2", listsImages("other:2 train:1 train:3 train:1")},
		{"images that begin so", "run --image train", "train:3 train:1", listsImages("other:2 train:1 train:3")},
		{"images for a copy", "clone train --image ", "train:1", listsImages("train:1")},
		{"no image from a cluster that denies", "create --image ", "", says(403, "Forbidden", "no", "")},
	} {
		if got := complete(c.server, strings.Split(c.args, " ")...); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// Several jobs at once: each is reported, a failure keeps none of the others, and the exit code is its.
func TestPartialFailure(t *testing.T) {
	server := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/mpijobs/gone"):
			says(404, "NotFound", "not found", `"name":"gone","kind":"mpijobs"`)(w, r)
		default:
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprint(w, `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"x","namespace":"team","uid":"u"},"spec":{}}`)
		}
	}
	code, out, errOut := command(t, server, "delete", "a", "gone", "b", "a")
	if code != exit.NotFound || strings.Count(out, "deleted") != 2 || !strings.Contains(out, "mpijob/a deleted") || !strings.Contains(out, "mpijob/b deleted") {
		t.Errorf("code %d: %s", code, out)
	}
	if !strings.Contains(errOut, "2 of 3 deleted") || !strings.Contains(errOut, `MPIJob "gone" not found`) {
		t.Errorf("says %s", errOut)
	}
	for _, verb := range []string{"suspend", "resume", "retry", "delete"} {
		code, out, errOut := command(t, lists("a b"), verb, "--all")
		nobody := code == exit.Usage && strings.Contains(errOut, "add --yes")
		if none := verb == "resume" || verb == "retry"; none && (code != exit.OK || !strings.Contains(errOut, "nothing to "+verb)) || !none && !nobody || out != "" {
			t.Errorf("%s --all: code %d, %s%s", verb, code, out, errOut)
		}
	}
}

// Who may read nothing of what decides gets no verdict: neither its words nor its exit code say that all is well.
func TestPreflightOfWhoMayReadNothing(t *testing.T) {
	denied := says(403, "Forbidden", `it is forbidden: User "ann" cannot list resource "x" in API group "" in the namespace "team"`, "")
	code, out, _ := command(t, denied, "preflight", "--workers", "2")
	if code != exit.Denied || !strings.Contains(out, "unknown: nothing could be read") || !strings.Contains(out, "so whether it would start isn't known") || strings.Contains(out, "stands in the way") {
		t.Errorf("code %d\n%s", code, out)
	}
}

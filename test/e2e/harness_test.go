//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/testkit"
)

const (
	teamA = "team-a"

	imageOpenMPI = "mpijob.sandbox/openmpi:4.1"
	imageSSHD    = "mpijob.sandbox/openmpi-sshd:4.1"

	// patience is how long any one wait may take before the test gives up. Nothing is asserted
	// about how much of it is used; the benchmarks measure that.
	patience = 100 * time.Second
)

// env is what a test works with: the sandbox, and the users that act in it.
type env struct {
	t         *testing.T
	ctx       context.Context
	sandbox   *testkit.Sandbox
	admin     *testkit.User
	scientist *testkit.User
}

func setup(t *testing.T) *env {
	t.Helper()
	s := testkit.OpenSandbox(t)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	t.Cleanup(cancel)
	return &env{t: t, ctx: ctx, sandbox: s, admin: s.User(t, "admin"), scientist: s.User(t, "scientist")}
}

// in is the same env for a subtest.
func (e *env) in(t *testing.T) *env {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	t.Cleanup(cancel)
	return &env{t: t, ctx: ctx, sandbox: e.sandbox, admin: e.admin, scientist: e.scientist}
}

// put makes an object as the administrator, for the time of the test.
func (e *env) put(obj client.Object) {
	e.t.Helper()
	e.clear(obj)
	e.must(e.admin.Client.Create(e.ctx, obj), fmt.Sprintf("making %T %s", obj, obj.GetName()))
	e.t.Cleanup(func() { _ = e.admin.Client.Delete(context.Background(), obj) })
}

// clear deletes an object that a run which was cut off has left, and waits until it is gone.
func (e *env) clear(left client.Object) {
	e.t.Helper()
	if left.GetName() == "" {
		return // its name will be its own
	}
	err := e.admin.Client.Delete(e.ctx, left, client.PropagationPolicy(metav1.DeletePropagationBackground))
	if apierrors.IsNotFound(err) {
		return
	}
	e.must(err, fmt.Sprintf("deleting what is left of %T %s", left, left.GetName()))
	e.awaitGone(left)
}

// namespace makes a namespace of the test's own that enforces the restricted profile, as OpenShift
// does, and removes it at the end.
func (e *env) namespace(prefix string) string {
	e.t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "e2e-" + prefix + "-",
		Labels:       map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
	}}
	e.must(e.admin.Client.Create(e.ctx, ns), "creating a namespace")
	e.t.Cleanup(func() {
		_ = e.admin.Client.Delete(context.Background(), ns, client.PropagationPolicy(metav1.DeletePropagationBackground))
	})
	// Pods are refused until the namespace's default service account exists.
	e.await(e.admin.Client, &corev1.ServiceAccountList{}, "the default service account", func(sas []client.Object) bool {
		return find(sas, "default") != nil
	}, client.InNamespace(ns.Name))
	return ns.Name
}

func (e *env) must(err error, doing string) {
	e.t.Helper()
	if err != nil {
		e.t.Fatalf("%s: %v", doing, err)
	}
}

// repoRoot is the repository the tests run from.
func repoRoot(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		t.Fatalf("the tests must run in the repository's test/e2e folder: %v", err)
	}
	return dir
}

func ptr[T any](v T) *T { return &v }

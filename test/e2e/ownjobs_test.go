//go:build e2e

package e2e

import (
	"context"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/testkit"
)

// acting is a client that acts as a user with the given roles in a namespace.
func (e *env) acting(ns, user string, roles ...string) client.Client {
	e.t.Helper()
	for _, role := range roles {
		e.must(e.admin.Client.Create(e.ctx, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: user + "-" + role},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: user}},
		}), "binding "+role+" to "+user)
	}
	cfg := rest.CopyConfig(e.admin.Config)
	cfg.Impersonate = rest.ImpersonationConfig{UserName: user}
	c, err := client.New(cfg, client.Options{Scheme: testkit.Scheme()})
	e.must(err, "acting as "+user)
	return c
}

// Who holds training-own-jobs creates jobs, and changes and deletes those they created; nobody else's
// rights are touched by that.
func TestOwnJobs(t *testing.T) {
	t.Parallel()
	e := setup(t)
	ns := e.namespace("own")
	e.must(e.admin.Client.Create(e.ctx, &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: ns + "-gitops"},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{"kubeflow.org"}, Resources: []string{"mpijobs"}, Verbs: []string{"get", "list", "patch", "delete", "deletecollection"}}},
	}), "creating a role of someone else's making")
	t.Cleanup(func() {
		_ = e.admin.Client.Delete(context.Background(), &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: ns + "-gitops"}})
	})
	ann, bob := e.acting(ns, "ann", "training-own-jobs"), e.acting(ns, "bob", "training-own-jobs")
	carl := e.acting(ns, "carl", "training-scientist")
	dora := e.acting(ns, "dora", "training-own-jobs", "training-scientist") // more rights don't become less
	gitops := e.acting(ns, "gitops", ns+"-gitops")
	editor := e.acting(ns, "editor", "edit")

	jobs := map[string]*kubeflow.MPIJob{}
	for _, name := range []string{"one", "two", "three", "four", "five", "six"} {
		jobs[name] = newJob(ns, name, suspended, annotation(mpijob.AnnotationCreator, "bob"))
		e.must(ann.Create(e.ctx, jobs[name]), "creating a job as ann")
	}
	fresh := func(name string) *kubeflow.MPIJob {
		job := &kubeflow.MPIJob{}
		e.must(e.admin.Client.Get(e.ctx, client.ObjectKeyFromObject(jobs[name]), job), "reading the job")
		return job
	}
	label := func(c client.Client, name string) error {
		old := fresh(name)
		job := old.DeepCopy()
		job.Labels = map[string]string{"changed": "yes"}
		job.Annotations[mpijob.AnnotationCreator] = "bob" // as if that helped
		return c.Patch(e.ctx, job, client.MergeFrom(old))
	}
	for what, err := range map[string]error{
		"bob changes ann's job": label(bob, "one"),
		"bob deletes ann's job": bob.Delete(e.ctx, fresh("one")),
	} {
		if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "created by ann") {
			t.Errorf("%s: %v, want Forbidden with its creator's name", what, err)
		}
	}
	if err := bob.DeleteAllOf(e.ctx, &kubeflow.MPIJob{}, client.InNamespace(ns)); !apierrors.IsForbidden(err) {
		t.Errorf("bob deletes all jobs: %v, want Forbidden", err)
	}
	if err := bob.Create(e.ctx, newJob(ns, "bobs", suspended)); err != nil {
		t.Errorf("bob creates a job: %v", err)
	}
	for who, do := range map[string]struct {
		c    client.Client
		name string
	}{"ann, her own": {ann, "one"}, "a scientist": {carl, "two"}, "one who holds both roles": {dora, "three"},
		"a role that never heard of this": {gitops, "four"}, "an editor of the namespace": {editor, "five"}} {
		if err := label(do.c, do.name); err != nil {
			t.Errorf("%s changes a job: %v", who, err)
		}
		if err := do.c.Delete(e.ctx, fresh(do.name)); err != nil {
			t.Errorf("%s deletes a job: %v", who, err)
		}
	}
	// The garbage collector and the namespace's deletion aren't in anyone's way.
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}
	e.must(e.admin.Client.Delete(e.ctx, namespace), "deleting the namespace")
	e.await(e.admin.Client, &corev1.NamespaceList{}, "namespace "+ns+" to be gone", func(objs []client.Object) bool {
		return find(objs, ns) == nil
	})
}

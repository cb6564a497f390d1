//go:build e2e

package e2e

import (
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	authzv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Pods of a job get no access to the Kubernetes API unless their template asks for it; the one token
// there is opens only the feed, and only in the Launcher.
func TestPodsHaveNoAPIToken(t *testing.T) {
	t.Parallel()
	e := setup(t)
	job := e.submit(e.scientist, newJob(teamA, "e2e-no-token", ranks(busy)))
	e.awaitCondition(job, kubeflow.JobRunning)
	for _, p := range e.podsOf(job, "") {
		role := p.Labels[kubeflow.JobRoleLabel]
		for _, v := range p.Spec.Volumes {
			if v.Projected == nil {
				continue
			}
			for _, s := range v.Projected.Sources {
				if tok := s.ServiceAccountToken; tok != nil && (tok.Audience != wire.FeedAudience || role != "launcher") {
					t.Errorf("%s: volume %s holds a token for audience %q", p.Name, v.Name, tok.Audience)
				}
			}
		}
		for _, c := range append(p.Spec.InitContainers, p.Spec.Containers...) {
			for _, m := range c.VolumeMounts {
				if m.MountPath == "/var/run/secrets/kubernetes.io/serviceaccount" {
					t.Errorf("%s/%s mounts an API token", p.Name, c.Name)
				}
			}
		}
	}
	e.remove(e.scientist, job)
	e.await(e.admin.Client, &corev1.SecretList{}, "the job's key to be gone with it", func(objs []client.Object) bool {
		return find(objs, mpijob.SecretName(job)) == nil
	}, client.InNamespace(teamA))
}

// The controller can do what config/rbac says and no more.
func TestControllersRights(t *testing.T) {
	t.Parallel()
	e := setup(t)
	cfg := rest.CopyConfig(e.admin.Config)
	cfg.Impersonate = rest.ImpersonationConfig{
		UserName: "system:serviceaccount:mpijob-system:mpijob-controller",
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:mpijob-system", "system:authenticated"},
	}
	kube, err := kubernetes.NewForConfig(cfg)
	e.must(err, "impersonating the controller")
	tests := []struct {
		verb, group, resource, ns string
		want                      bool
	}{
		{"create", "trainer.kubeflow.org", "trainjobs", teamA, true},
		{"get", "", "secrets", teamA, true},
		{"list", "", "secrets", teamA, false},
		{"watch", "", "secrets", "", false},
		{"update", "", "secrets", teamA, false},
		{"update", "kubeflow.org", "mpijobs", teamA, false},
		{"create", "kubeflow.org", "mpijobs", teamA, false},
		{"delete", "kubeflow.org", "mpijobs", teamA, false},
		{"update", "trainer.kubeflow.org", "trainjobs", teamA, false},
		{"create", "", "pods", teamA, false},
		{"create", "", "pods/exec", teamA, false},
		{"create", "", "serviceaccounts/token", teamA, false},
		{"get", "", "nodes", "", false},
		{"create", "authorization.k8s.io", "subjectaccessreviews", "", true},
		{"create", "rbac.authorization.k8s.io", "clusterrolebindings", "", false},
		{"impersonate", "", "users", "", false},
		{"delete", "", "namespaces", "", false},
		{"*", "*", "*", "", false},
	}
	for _, tt := range tests {
		resource, sub := splitSub(tt.resource)
		r, err := kube.AuthorizationV1().SelfSubjectAccessReviews().Create(e.ctx, &authzv1.SelfSubjectAccessReview{
			Spec: authzv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authzv1.ResourceAttributes{
				Namespace: tt.ns, Verb: tt.verb, Group: tt.group, Resource: resource, Subresource: sub}}}, metav1.CreateOptions{})
		e.must(err, "reviewing the controller's rights")
		if r.Status.Allowed != tt.want {
			t.Errorf("%s %s.%s in %q: allowed is %v, want %v", tt.verb, tt.resource, tt.group, tt.ns, r.Status.Allowed, tt.want)
		}
	}
}

// Namespaces are closed to one another: another team's user sees and touches nothing.
func TestTeamsAreApart(t *testing.T) {
	t.Parallel()
	e := setup(t)
	job := e.submit(e.scientist, newJob(teamA, "e2e-apart", ranks(busy)))
	e.awaitCondition(job, kubeflow.JobRunning)
	other := e.sandbox.User(t, "other-scientist")
	pod := e.podsOf(job, "launcher")[0]
	_, logErr := other.Kube.CoreV1().Pods(teamA).GetLogs(pod.Name, &corev1.PodLogOptions{}).DoRaw(e.ctx)
	for doing, err := range map[string]error{
		"get":         other.Client.Get(e.ctx, client.ObjectKeyFromObject(job), &kubeflow.MPIJob{}),
		"list":        other.Client.List(e.ctx, &kubeflow.MPIJobList{}, client.InNamespace(teamA)),
		"list all":    other.Client.List(e.ctx, &kubeflow.MPIJobList{}),
		"create":      other.Client.Create(e.ctx, newJob(teamA, "e2e-intruder")),
		"delete":      other.Client.Delete(e.ctx, job.DeepCopy()),
		"read log":    logErr,
		"read secret": other.Client.Get(e.ctx, client.ObjectKey{Namespace: teamA, Name: mpijob.SecretName(job)}, &corev1.Secret{}),
	} {
		if !apierrors.IsForbidden(err) {
			t.Errorf("%s as another team's user: %v, want Forbidden", doing, err)
		}
	}
	if err := e.scientist.Client.Get(e.ctx, client.ObjectKey{Namespace: teamA, Name: mpijob.SecretName(job)}, &corev1.Secret{}); !apierrors.IsForbidden(err) {
		t.Errorf("not even the team's scientist reads a job's key: %v", err)
	}
	e.remove(e.scientist, job)
}

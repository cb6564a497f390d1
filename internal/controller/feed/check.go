package feed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	authv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Keys under which a TokenReview names the pod that a token is bound to.
const (
	extraPodName = "authentication.kubernetes.io/pod-name"
	extraPodUID  = "authentication.kubernetes.io/pod-uid"
)

// errRefused is all a caller is told: what exactly didn't fit would help only forgers.
var errRefused = errors.New("refused: the token is not that of the job's Launcher")

// PodChecker checks a Hello against the API server's word on its token and against the pod the token
// is bound to. Reader is the cache, Client creates TokenReviews.
type PodChecker struct {
	Client client.Client
}

// Check returns the caller's pod, if that is the Launcher of the job the caller names.
func (c PodChecker) Check(ctx context.Context, h wire.Hello) (types.UID, error) {
	review := &authv1.TokenReview{Spec: authv1.TokenReviewSpec{Token: h.Token, Audiences: []string{wire.FeedAudience}}}
	if err := c.Client.Create(ctx, review); err != nil {
		return "", fmt.Errorf("reviewing a token: %w", err)
	}
	if !review.Status.Authenticated || !slices.Contains(review.Status.Audiences, wire.FeedAudience) {
		return "", errRefused
	}
	name, uid := extra(review, extraPodName), extra(review, extraPodUID)
	if name == "" || uid == "" {
		return "", errRefused
	}
	var pod corev1.Pod
	if err := c.Client.Get(ctx, client.ObjectKey{Namespace: h.Namespace, Name: name}, &pod); err != nil {
		if client.IgnoreNotFound(err) == nil {
			return "", errRefused
		}
		return "", fmt.Errorf("reading the Launcher's pod: %w", err)
	}
	var job mpijob.Job
	if err := c.Client.Get(ctx, client.ObjectKey{Namespace: h.Namespace, Name: h.Job}, &job); err != nil {
		if client.IgnoreNotFound(err) == nil {
			return "", errRefused
		}
		return "", fmt.Errorf("reading the job: %w", err)
	}
	if string(pod.UID) != uid || string(job.UID) != h.UID || !isLauncher(&pod, &job, h.Attempt) {
		return "", errRefused
	}
	return pod.UID, nil
}

// isLauncher says whether a pod is the Launcher of that attempt: by the Kubernetes Job that controls
// it, whose name holds a hash of the job's UID; labels alone anyone can set.
func isLauncher(pod *corev1.Pod, job *mpijob.Job, attempt int) bool {
	owner := metav1.GetControllerOfNoCopy(pod)
	return owner != nil && owner.Kind == "Job" &&
		owner.Name == mpijob.JobName(mpijob.AttemptName(job, attempt), mpijob.RoleLauncher) &&
		pod.Labels[kubeflow.JobRoleLabel] == mpijob.RoleLauncher &&
		pod.Labels[mpijob.LabelAttempt] == strconv.Itoa(attempt)
}

func extra(r *authv1.TokenReview, key string) string {
	if v := r.Status.User.Extra[key]; len(v) == 1 {
		return v[0]
	}
	return ""
}

// publicText is what a refused caller is told; what went wrong inside stays in the log.
func publicText(err error) string {
	if errors.Is(err, errRefused) {
		return errRefused.Error()
	}
	return "the feed can't be opened now: " + err.Error()
}

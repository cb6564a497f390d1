package controller

import (
	"errors"
	"fmt"
	"os"
	"time"

	coordinationv1 "k8s.io/client-go/kubernetes/typed/coordination/v1"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// The lease's times, Kubernetes' own defaults: a leader that is lost without a word is followed after
// leaseFor at most, one that ends as it should at once.
const (
	leaseFor   = 15 * time.Second
	renewIn    = 10 * time.Second
	retryEvery = 2 * time.Second
	// stopIn is how long a replica that is told to stop may take to finish what it does before it gives
	// up its lease; the pod's grace period is longer.
	stopIn = 8 * time.Second
)

// Where the pod says who it is.
const (
	envPodName      = "POD_NAME"
	envPodNamespace = "POD_NAMESPACE"
)

// leaderLock is the lease of whoever leads. Its holder is named by the pod alone, not by the process: a
// controller that crashed and is started again in its pod leads on at once, where a new name would wait
// for its own old lease to run out. No two processes of one pod's container ever run at once.
func leaderLock(config *rest.Config) (resourcelock.Interface, error) {
	pod, namespace := os.Getenv(envPodName), os.Getenv(envPodNamespace)
	if pod == "" || namespace == "" {
		return nil, errors.New("--leader-elect: " + envPodName + " and " + envPodNamespace +
			" are not both set: take them from metadata.name and metadata.namespace, as config/manager does")
	}
	config = rest.AddUserAgent(rest.CopyConfig(config), "leader-election")
	// One request that hangs must not cost the lease.
	config.Timeout = renewIn / 2
	core, err := corev1.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("setting up leader election: %w", err)
	}
	coordination, err := coordinationv1.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("setting up leader election: %w", err)
	}
	return resourcelock.New(resourcelock.LeasesResourceLock, namespace, name, core, coordination,
		resourcelock.ResourceLockConfig{Identity: pod})
}

package controller

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
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
// When another took the lease, lost is called with the reason.
func leaderLock(config *rest.Config, lost func(error)) (resourcelock.Interface, error) {
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
	lease, err := resourcelock.New(resourcelock.LeasesResourceLock, namespace, name, core, coordination,
		resourcelock.ResourceLockConfig{Identity: pod})
	if err != nil {
		return nil, fmt.Errorf("setting up leader election: %w", err)
	}
	return &soleLock{Interface: lease, lost: lost}, nil
}

// soleLock is a lease whose holder learns at once that it holds it no longer. A leader that hung, or whose
// machine slept, would otherwise try to renew for renewIn beside the one that took over, with its feed
// open: agents that try one address after the other would end at the wrong one.
type soleLock struct {
	resourcelock.Interface
	held atomic.Bool
	lost func(error)
}

func (l *soleLock) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	record, raw, err := l.Interface.Get(ctx)
	if err == nil && record.HolderIdentity != "" && record.HolderIdentity != l.Identity() && l.held.CompareAndSwap(true, false) {
		l.lost(fmt.Errorf("%s leads now: the lease ran out before it was renewed", record.HolderIdentity))
	}
	return record, raw, err
}

func (l *soleLock) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return l.took(record, l.Interface.Create(ctx, record))
}

func (l *soleLock) Update(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return l.took(record, l.Interface.Update(ctx, record))
}

func (l *soleLock) took(record resourcelock.LeaderElectionRecord, err error) error {
	if err == nil {
		l.held.Store(record.HolderIdentity == l.Identity())
	}
	return err
}

// Package owner keeps MPIJobs to one controller: it finds others that look after them too, by what
// they leave in the cluster, and says how to hand over.
package owner

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	mpiOperator      = "the MPI operator"
	trainingOperator = "the training operator (v1)"
	// slack is how much the clocks of two machines may differ.
	slack = 15 * time.Second
)

// leases are the names of the leaders' leases, in whatever namespace, by product.
var leases = []struct{ name, product string }{
	{"mpi-operator", mpiOperator},
	{"1ca428e5.training-operator.kubeflow.org", trainingOperator},
}

// deployments likewise; the training operator need not elect a leader.
var deployments = []struct{ name, product string }{
	{"mpi-operator", mpiOperator},
	{"training-operator", trainingOperator},
	{"kubeflow-training-operator", trainingOperator},
}

// Other is another controller of MPIJobs, and what gave it away.
type Other struct {
	Product               string
	Kind, Namespace, Name string
	// Sign is why it counts as running.
	Sign string
}

// find looks for other controllers.
func (g *Guard) find(ctx context.Context) ([]Other, error) {
	var out []Other
	c, now := g.Reader, g.Clock.Now()
	for _, d := range deployments {
		var list appsv1.DeploymentList
		if err := c.List(ctx, &list, client.MatchingFields{"metadata.name": d.name}); err != nil {
			return nil, fmt.Errorf("looking for Deployments %s: %w", d.name, err)
		}
		for i := range list.Items {
			sign := ofDeployment(&list.Items[i])
			if sign == "" {
				continue
			}
			able, err := g.able(ctx, &list.Items[i])
			if err != nil {
				return nil, err
			}
			if able {
				out = append(out, Other{d.product, "Deployment", list.Items[i].Namespace, d.name, sign})
			}
		}
	}
	for _, l := range leases {
		var list coordinationv1.LeaseList
		if err := c.List(ctx, &list, client.MatchingFields{"metadata.name": l.name}); err != nil {
			return nil, fmt.Errorf("looking for Leases %s: %w", l.name, err)
		}
		for i := range list.Items {
			if sign := ofLease(&list.Items[i], now); sign != "" {
				out = append(out, Other{l.product, "Lease", list.Items[i].Namespace, l.name, sign})
			}
		}
	}
	return withoutEchoes(out), nil
}

// withoutEchoes drops the lease of a product whose Deployment is found in the same namespace.
func withoutEchoes(all []Other) []Other {
	return slices.DeleteFunc(all, func(o Other) bool {
		return o.Kind == "Lease" && slices.ContainsFunc(all, func(d Other) bool {
			return d.Kind == "Deployment" && d.Product == o.Product && d.Namespace == o.Namespace
		})
	})
}

// ofDeployment is why a Deployment is a controller of MPIJobs; empty where it isn't, or is switched off.
func ofDeployment(d *appsv1.Deployment) string {
	n := ptr.Deref(d.Spec.Replicas, 1)
	if n == 0 || !d.DeletionTimestamp.IsZero() {
		return ""
	}
	// The training operator looks after the kinds it is told to, or all.
	schemes, mpi := 0, false
	for _, c := range d.Spec.Template.Spec.Containers {
		for _, arg := range append(slices.Clone(c.Command), c.Args...) {
			if kind, ok := strings.CutPrefix(strings.TrimLeft(arg, "-"), "enable-scheme="); ok {
				schemes++
				mpi = mpi || strings.EqualFold(kind, "mpijob")
			}
		}
	}
	if schemes > 0 && !mpi {
		return ""
	}
	return fmt.Sprintf("%d replicas wanted", n)
}

// ofLease is why a lease means that someone leads; empty where it has run out or was given back.
func ofLease(l *coordinationv1.Lease, now time.Time) string {
	holder := ptr.Deref(l.Spec.HolderIdentity, "")
	if holder == "" || l.Spec.RenewTime == nil {
		return ""
	}
	valid := time.Duration(ptr.Deref(l.Spec.LeaseDurationSeconds, 15)) * time.Second
	if now.After(l.Spec.RenewTime.Add(valid + slack)) {
		return ""
	}
	return "held by " + holder + ", renewed at " + l.Spec.RenewTime.UTC().Format(time.TimeOnly) + " UTC"
}

// Refusal is the error of a controller that found others.
type Refusal struct{ Others []Other }

func (r *Refusal) Error() string {
	var b strings.Builder
	b.WriteString("another controller of MPIJobs runs in this cluster, and two would both run every job:\n")
	for _, o := range r.Others {
		fmt.Fprintf(&b, "  %s: %s %s in namespace %s (%s)\n", o.Product, o.Kind, o.Name, o.Namespace, o.Sign)
	}
	b.WriteString("Stop it, and start this controller again if it has ended; jobs the other has begun run on and are reported:\n")
	for _, o := range r.Others {
		fmt.Fprintf(&b, "  %s\n", o.handOver())
	}
	b.WriteString("If it works in other namespaces only, give this controller its own (--namespace, once for each) and\n" +
		"--beside-other-controllers. docs/migrate-from-mpi-operator.md has the steps.")
	return b.String()
}

// handOver is the command that stops the other.
func (o Other) handOver() string {
	switch {
	case o.Kind == "Deployment" && o.Product == trainingOperator:
		return fmt.Sprintf("kubectl -n %s edit deployment %s   # args: --enable-scheme=… for each kind but mpijob", o.Namespace, o.Name)
	case o.Kind == "Deployment":
		return fmt.Sprintf("kubectl -n %s scale deployment %s --replicas=0", o.Namespace, o.Name)
	default:
		return fmt.Sprintf("kubectl -n %s get deployments,pods   # the holder of lease %s is one of them; if none is: kubectl -n %s delete lease %s", o.Namespace, o.Name, o.Namespace, o.Name)
	}
}

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
	// elsewhere: it looks after other kinds only.
	elsewhere bool
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
			sign, elsewhere := ofDeployment(&list.Items[i])
			if sign == "" {
				continue
			}
			able, err := g.able(ctx, &list.Items[i])
			if err != nil {
				return nil, err
			}
			if able {
				out = append(out, Other{d.product, "Deployment", list.Items[i].Namespace, d.name, sign, elsewhere})
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
				out = append(out, Other{l.product, "Lease", list.Items[i].Namespace, l.name, sign, false})
			}
		}
	}
	return inTheWay(out), nil
}

// inTheWay drops those that look after other kinds, and the lease of a product whose Deployment is found
// in the same namespace: what is told to the Deployment holds for it too.
func inTheWay(all []Other) []Other {
	return slices.DeleteFunc(slices.Clone(all), func(o Other) bool {
		return o.elsewhere || o.Kind == "Lease" && slices.ContainsFunc(all, func(d Other) bool {
			return d.Kind == "Deployment" && d.Product == o.Product && d.Namespace == o.Namespace
		})
	})
}

// ofDeployment is why a Deployment is a controller, empty where it is switched off; elsewhere says that
// it looks after other kinds than MPIJobs.
func ofDeployment(d *appsv1.Deployment) (sign string, elsewhere bool) {
	n := ptr.Deref(d.Spec.Replicas, 1)
	if n == 0 || !d.DeletionTimestamp.IsZero() {
		return "", false
	}
	return fmt.Sprintf("%d replicas wanted", n), rolledOut(d, n) && otherKindsOnly(d)
}

// rolledOut says whether all pods of a Deployment are of its present template: until then one of an
// earlier one may lead.
func rolledOut(d *appsv1.Deployment, wanted int32) bool {
	s := d.Status
	return s.ObservedGeneration >= d.Generation && s.Replicas == wanted && s.UpdatedReplicas == wanted
}

// otherKindsOnly says whether a training operator is told to look after kinds, and MPIJobs aren't among
// them. Go's flags may have their value behind a `=` or in the next word.
func otherKindsOnly(d *appsv1.Deployment) bool {
	schemes, mpi := 0, false
	for _, c := range d.Spec.Template.Spec.Containers {
		words := append(slices.Clone(c.Command), c.Args...)
		for i, word := range words {
			name, kind, joined := strings.Cut(strings.TrimLeft(word, "-"), "=")
			if name != "enable-scheme" || !strings.HasPrefix(word, "-") {
				continue
			}
			if !joined && i+1 < len(words) {
				kind = words[i+1]
			}
			schemes++
			mpi = mpi || strings.EqualFold(kind, "mpijob")
		}
	}
	return schemes > 0 && !mpi
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

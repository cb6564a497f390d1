package training

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/preflight"
)

// Verdict is whether a job would start now, and what stands in its way; Check is one thing that was
// looked at, WaitEstimate how long a job waits and why that is believed.
type (
	Verdict        = preflight.Verdict
	Outcome        = preflight.Outcome
	PreflightCheck = preflight.Check
	WaitEstimate   = preflight.Wait
)

// CheckQuota is the kind of a check of a ResourceQuota; the others are in Check.Kind's documentation.
const CheckQuota = preflight.KindQuota

// The outcomes of Preflight, from good to bad.
const (
	Fits    = preflight.Fits    // nothing that was read stands in the way
	Unknown = preflight.Unknown // the same, but something couldn't be read
	Waits   = preflight.Waits   // it would be accepted, and be Pending until there is room
	Refused = preflight.Refused // the cluster would refuse it, or never admit a pod of it
)

// PreflightOptions change what Preflight does.
type PreflightOptions struct {
	// Timeout for reading the cluster; what isn't read by then is Unknown. 0 is 10 seconds.
	Timeout time.Duration
}

const preflightTimeout = 10 * time.Second

// Preflight says whether a job would start now: quotas, limit ranges, priority classes, nodes and
// queues, read as the caller. What the caller may not read makes the verdict Unknown, never an error, of which
// its NothingRead says whether it is one at all. It is an InvalidError if the job can't be as it is written, an
// UnreachableError or a DeniedError if the cluster doesn't answer, or not this caller. Nothing is created.
func (j *Jobs) Preflight(ctx context.Context, m *MPIJob, o PreflightOptions) (*Verdict, error) {
	m, err := j.ready(m)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, orDefault(o.Timeout, preflightTimeout))
	defer cancel()
	s, err := j.snapshot(ctx, m)
	if err != nil {
		return nil, err
	}
	v := preflight.Judge(m, s)
	if v.Outcome == Waits || v.Outcome == Refused {
		// Who holds what it waits for is read only then.
		j.readHolders(ctx, s)
		v = preflight.Judge(m, s)
	}
	v.Cost, v.Notes = j.c.priced(ctx, func(p *Prices) *Cost { return p.Of(asked(v.Requested), jobLimit(m)) })
	return v, nil
}

// asked is what a verdict says a job asks for, as quantities.
func asked(texts map[string]string) corev1.ResourceList {
	out := corev1.ResourceList{}
	for name, text := range texts {
		if q, err := resource.ParseQuantity(text); err == nil { // it was one
			out[corev1.ResourceName(name)] = q
		}
	}
	return out
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// Largest is the largest number of Workers with which the job would fit; ok is false where nothing
// that was read limits it.
func Largest(v *Verdict) (n int32, ok bool) {
	return ptr.Deref(v.LargestWorkers, 0), v.LargestWorkers != nil
}

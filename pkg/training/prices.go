package training

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/price"
)

// Prices are what an administrator says resources cost an hour; Cost is what a job costs by them.
type (
	Prices = price.Prices
	Cost   = price.Cost
)

// Where an administrator sets prices, for every face: a key of a ConfigMap that everyone signed in may read
// (config/rbac/prices.yaml).
const (
	PricesNamespace = "mpijob-system"
	PricesConfigMap = "training-prices"
	PricesKey       = "prices.yaml"
)

// PricesError is that an administrator's prices can't be used; Problem has all that is wrong with them, by line.
type PricesError struct{ Problem string }

func (e *PricesError) Error() string {
	return fmt.Sprintf("the administrator's prices can't be used: ConfigMap %s/%s, %s", PricesNamespace, PricesConfigMap, e.Problem)
}

// Prices reads the prices, as the caller; nil where there are none, or the caller may not read them. A
// PricesError is that they are wrong.
func (c *Client) Prices(ctx context.Context) (*Prices, error) {
	cm := &corev1.ConfigMap{}
	s := subject{kind: "ConfigMap", resource: "configmaps", verb: "get", namespace: PricesNamespace, name: PricesConfigMap}
	err := c.core.Get().Namespace(s.namespace).Resource(s.resource).Name(s.name).Do(ctx).Into(cm)
	var missing *NotFoundError
	var denied *DeniedError
	switch err = c.typed(err, s); {
	case errors.As(err, &missing), errors.As(err, &denied):
		return nil, nil
	case err != nil:
		return nil, err
	}
	text, ok := cm.Data[PricesKey]
	if !ok {
		return nil, &PricesError{"which has no key " + PricesKey}
	}
	p, err := price.Parse([]byte(text))
	if err != nil {
		return nil, &PricesError{fmt.Sprintf("key %s: %v", PricesKey, err)}
	}
	return p, nil
}

// jobLimit is how long a job may be active; 0 where nothing stops it.
func jobLimit(m *MPIJob) time.Duration {
	limit := mpijob.Timeout(m)
	if mpijob.OnlyNotifies(m) {
		limit = 0
	}
	if s := m.Spec.RunPolicy.ActiveDeadlineSeconds; s != nil && *s > 0 && *s <= int64(maxDeadline/time.Second) {
		if d := time.Duration(*s) * time.Second; limit == 0 || d < limit {
			limit = d
		}
	}
	return limit
}

// maxDeadline is the longest activeDeadlineSeconds that is a limit worth a sum: no job runs for a century.
const maxDeadline = 100 * 365 * 24 * time.Hour

// priced is the cost by the prices there are; nil where there are none, or they can't be read now, and a note
// where they are wrong. A cost is good to know, and nothing fails for it.
func (c *Client) priced(ctx context.Context, cost func(*Prices) *Cost) (*Cost, []string) {
	p, err := c.Prices(ctx)
	var wrong *PricesError
	switch {
	case errors.As(err, &wrong):
		return nil, []string{wrong.Error()}
	case err != nil || p == nil:
		return nil, nil
	}
	return cost(p), nil
}

// costSoFar adds to a job's page what it has cost; nothing where it never
// ran, or when isn't known.
func (j *Jobs) costSoFar(ctx context.Context, d *Detail, m *MPIJob) {
	took, ok := mpijob.Ran(&m.Status, j.c.now())
	if !ok {
		return
	}
	_, asked := mpijobRequests(m)
	cost, notes := j.c.priced(ctx, func(p *Prices) *Cost { return p.After(asked, took) })
	d.Cost, d.Notes = cost, append(d.Notes, notes...)
}

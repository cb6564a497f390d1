package service

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Where a caller may not list namespaces, those of the cluster are asked for one by one: so many at most, so
// many at once.
const (
	maxAsked    = 500
	askedAtOnce = 16
	// namesFor is how long the cluster's namespaces are remembered for that.
	namesFor = 10 * time.Second
)

// ListNamespaces are the namespaces whose jobs the caller may list.
func (s *operations) ListNamespaces(ctx context.Context, _ api.ListNamespacesRequestObject) (api.ListNamespacesResponseObject, error) {
	c := callerOf(ctx)
	all, err := s.gate.Allowed(ctx, c, rightOn(training.TypeMPIJob, "list", "", ""))
	if err != nil {
		return nil, err
	}
	names, err := c.Client.Namespaces(ctx)
	complete := true
	if isDenied(err) {
		names, complete, err = s.allowedNamespaces(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	if names == nil {
		names = []string{}
	}
	return api.ListNamespaces200JSONResponse{Items: names, All: all, Complete: complete}, nil
}

// allowedNamespaces asks for each namespace of the cluster whether the caller may list jobs there. Of the others
// they learn nothing.
func (s *Service) allowedNamespaces(ctx context.Context, c *Caller) (names []string, complete bool, err error) {
	if s.Namespaces == nil {
		return nil, false, nil
	}
	there, err := s.Namespaces(ctx)
	if err != nil {
		return nil, false, err
	}
	complete = len(there) <= maxAsked
	there = there[:min(len(there), maxAsked)]
	allowed := make([]bool, len(there))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(askedAtOnce)
	for i, name := range there {
		g.Go(func() (err error) {
			allowed[i], err = s.gate.Allowed(gctx, c, rightOn(training.TypeMPIJob, "list", name, ""))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, false, err
	}
	for i, name := range there {
		if allowed[i] {
			names = append(names, name)
		}
	}
	return names, complete, nil
}

// remembered asks for the cluster's namespaces anew only when the last answer is old.
func remembered(ask func(context.Context) ([]string, error)) func(context.Context) ([]string, error) {
	var mu sync.Mutex
	var names []string
	var at time.Time
	return func(ctx context.Context) ([]string, error) {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(at) < namesFor {
			return slices.Clone(names), nil
		}
		fresh, err := ask(ctx)
		if err != nil {
			return nil, err
		}
		names, at = fresh, time.Now()
		return slices.Clone(names), nil
	}
}

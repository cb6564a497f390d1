package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// rightOn is a right on jobs of a type.
func rightOn(t training.Type, verb, namespace, name string) Right {
	resource, group, _ := strings.Cut(t.Resource(), ".")
	return Right{Verb: verb, Group: group, Resource: resource, Namespace: namespace, Name: name}
}

// may is nil if the caller has a right, and a DeniedError if not. The error is the same whether what it
// is about exists or not.
func (s *Service) may(ctx context.Context, r Right) error {
	c := callerOf(ctx)
	ok, err := s.gate.Allowed(ctx, c, r)
	if err != nil || ok {
		return err
	}
	resource := r.Resource
	if r.Subresource != "" {
		resource += "/" + r.Subresource
	}
	return &training.DeniedError{User: c.User, Verb: r.Verb, Resource: resource, Namespace: r.Namespace}
}

// readable are the types of job of which the caller has a right in a namespace, of those asked for and
// there; notes say which ones they have no right to. It is a DeniedError if there are none.
func (s *Service) readable(ctx context.Context, verb, namespace string, asked, present []training.Type) (types []training.Type, notes []string, err error) {
	var first error
	for _, t := range present {
		if len(asked) > 0 && !slices.Contains(asked, t) {
			continue
		}
		switch err := s.may(ctx, rightOn(t, verb, namespace, "")); {
		case err == nil:
			types = append(types, t)
		case !isDenied(err):
			return nil, nil, err
		default:
			notes = append(notes, err.Error())
			if first == nil {
				first = err
			}
		}
	}
	if len(types) == 0 && first == nil {
		// None of what was asked for is there: that is no secret, but only for who may see jobs here.
		if err := s.may(ctx, rightOn(training.TypeMPIJob, verb, namespace, "")); err != nil {
			return nil, nil, err
		}
		notes = append(notes, fmt.Sprintf("the cluster has no jobs of type %v", asked))
	}
	if len(types) == 0 && first != nil {
		return nil, nil, first
	}
	return types, notes, nil
}

package service

import (
	"context"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// rightsHere are the rights that faces show or hide things by.
func rightsHere(namespace string) map[string]Right {
	on := func(verb string) Right { return rightOn(training.TypeMPIJob, verb, namespace, "") }
	core := func(verb, resource, sub string) Right {
		return Right{Verb: verb, Resource: resource, Subresource: sub, Namespace: namespace}
	}
	return map[string]Right{
		"list": on("list"), "create": on("create"), "change": on("patch"), "delete": on("delete"),
		"logs": core("get", "pods", "log"), "events": core("list", "events", ""), "exec": core("create", "pods", "exec"),
		// A connection is a Secret; what is in one is told to nobody.
		"connections": core("list", "secrets", ""),
		// A template is kept in a ConfigMap.
		"createTemplates": core("create", "configmaps", ""), "updateTemplates": core("update", "configmaps", ""), "deleteTemplates": core("delete", "configmaps", ""),
	}
}

// GetMe says who the caller is, and what they may.
func (s *operations) GetMe(ctx context.Context, r api.GetMeRequestObject) (api.GetMeResponseObject, error) {
	c := callerOf(ctx)
	me := api.GetMe200JSONResponse{User: c.User}
	if len(c.Groups) > 0 {
		me.Groups = &c.Groups
	}
	if !c.Expires.IsZero() {
		me.Expires = &c.Expires
	}
	if namespace := deref(r.Params.Namespace); namespace != "" {
		rights := map[string]bool{}
		for name, right := range rightsHere(namespace) {
			ok, err := s.gate.Allowed(ctx, c, right)
			if err != nil {
				return nil, err
			}
			rights[name] = ok
		}
		me.Namespace, me.Rights = &namespace, &rights
	}
	return me, nil
}

package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/opendatahub-io/mpijob/openapi"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// contract checks requests against the OpenAPI document.
type contract struct {
	doc    *openapi3.T
	routes map[string]*routers.Route // by "GET /api/v1/me"
}

func newContract() (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Training)
	if err != nil {
		return nil, fmt.Errorf("reading the contract: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("reading the contract: %w", err)
	}
	c := &contract{doc: doc, routes: map[string]*routers.Route{}}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			c.routes[method+" "+path] = &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: op}
		}
	}
	return c, nil
}

// operation is the name of the operation a request was routed to.
func (c *contract) operation(pattern string) string {
	if route := c.routes[pattern]; route != nil {
		return route.Operation.OperationID
	}
	return "none"
}

// readsItself are the operations whose body has a stricter reader than the contract: it names lines and
// misspelt fields.
var readsItself = map[string]bool{"createTrainingJob": true, "preflightTrainingJob": true, "saveTemplate": true}

// check returns what is wrong with a request, or nil.
func (c *contract) check(r *http.Request) error {
	route := c.routes[r.Pattern]
	if route == nil {
		return fmt.Errorf("no operation of the contract has the pattern %q", r.Pattern)
	}
	params := map[string]string{}
	for _, p := range []string{"namespace", "name"} {
		if v := r.PathValue(p); v != "" {
			params[p] = v
		}
	}
	for name := range r.URL.Query() {
		if !takes(route, name) {
			return badRequest(fmt.Sprintf("there is no parameter %q here", name))
		}
	}
	own := readsItself[route.Operation.OperationID]
	if own && !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") && !bringsCode(r) {
		return problem(http.StatusUnsupportedMediaType, "UnsupportedMediaType", "Not JSON", "the body must be application/json")
	}
	err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
			ExcludeRequestBody: own,
			MultiError:         false,
		},
	})
	return asBadRequest(err)
}

func takes(route *routers.Route, query string) bool {
	for _, list := range []openapi3.Parameters{route.PathItem.Parameters, route.Operation.Parameters} {
		if list.GetByInAndName(openapi3.ParameterInQuery, query) != nil {
			return true
		}
	}
	return false
}

func badRequest(detail string) *problemError {
	return problem(http.StatusBadRequest, "BadRequest", "Not a request of this service", short(detail, 1000), "see /docs for what there is")
}

// badParameter is a badRequest that names the parameter.
func badParameter(name, why string) *problemError {
	p := badRequest(fmt.Sprintf("parameter %q: %s", name, why))
	p.Fields = &[]training.Problem{{Field: name, Message: short(why, 500)}}
	return p
}

// asBadRequest says what is wrong in a sentence, without the schema and the value that the library adds.
func asBadRequest(err error) error {
	var request *openapi3filter.RequestError
	var invalid *training.InvalidError
	switch cut := cutShort(err); {
	case err == nil:
		return nil
	case errors.As(err, &invalid): // it names the fields
		return invalid
	case cut != nil:
		return cut
	case !errors.As(err, &request):
		return badRequest(firstLine(err.Error()))
	}
	why := request.Reason
	var schema *openapi3.SchemaError
	switch {
	case errors.As(request.Err, &schema):
		why = schema.Reason
	case request.Err != nil:
		why = firstLine(request.Err.Error())
	}
	switch {
	case request.Parameter != nil:
		return badParameter(request.Parameter.Name, why)
	case schema != nil:
		p := problem(http.StatusUnprocessableEntity, "Invalid", "Can't be as it is written", "the body doesn't fit: "+short(why, 500), "see /docs for what the body must be")
		p.Fields = &[]training.Problem{{Field: strings.Join(schema.JSONPointer(), "."), Message: short(why, 500)}}
		return p
	case strings.Contains(why, "Content-Type"):
		return problem(http.StatusUnsupportedMediaType, "UnsupportedMediaType", "Not JSON", "the body must be application/json")
	}
	return badRequest("the body can't be read: " + why)
}

// cutShort is why a body wasn't read to its end, where that was for its length or its slowness; else nil.
func cutShort(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return tooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problem(http.StatusRequestTimeout, "TooSlow", "Too slow", "the body didn't come in time", "try again where the network is faster")
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

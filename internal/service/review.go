package service

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/client-go/rest"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// How long the cluster's word on a caller is believed, and how many are kept. A token that is revoked
// works for so long at most.
const (
	callerFor  = 10 * time.Second
	refusedFor = 2 * time.Second
	allowedFor = 10 * time.Second
	deniedFor  = 3 * time.Second
	maxCallers = 8192
	// Tokens nobody has seen are reviewed at most so many at once: a flood of invented ones keeps nobody
	// out who was let in within the last hour.
	maxAsking  = 64
	knownFor   = time.Hour
	maxAllowed = 65536
	// maxAllowedEach is of one caller: more than the namespaces that a caller is asked for.
	maxAllowedEach = 2 * maxAsked
	// reviewLimit is longer than an API server may stall: a click doesn't fail for it. Who has less time waits no longer.
	reviewLimit = 15 * time.Second
)

// Reviewer is the Gate of the service in a cluster: TokenReviews and SubjectAccessReviews by its own
// account.
type Reviewer struct {
	base      *rest.Config // address and trust, without credentials
	transport http.RoundTripper
	authn     rest.Interface
	authz     rest.Interface
	audiences []string
	now       func() time.Time

	callers *cache.LRUExpireCache // id → *Caller
	refused *cache.LRUExpireCache // id → error
	known   *cache.LRUExpireCache // ids that were good lately
	asking  chan struct{}         // places for tokens that weren't
	allowed *shares[asked, bool]
	flight  singleflight.Group
}

// NewReviewer returns the Gate of an account that may create tokenreviews and subjectaccessreviews.
// Without audiences, tokens must be for the API server, which is what writing with them needs.
func NewReviewer(account *rest.Config, audiences []string) (*Reviewer, error) {
	base := rest.AnonymousClientConfig(account)
	base.QPS, base.Burst = 0, 0
	// One pool of connections for all callers: their tokens are added to each request.
	transport, err := rest.TransportFor(base)
	if err != nil {
		return nil, fmt.Errorf("reading the service's credentials: %w", err)
	}
	v := &Reviewer{
		base: base, transport: transport, audiences: audiences, now: time.Now,
		callers: cache.NewLRUExpireCache(maxCallers), refused: cache.NewLRUExpireCache(maxCallers), known: cache.NewLRUExpireCache(maxCallers),
		asking: make(chan struct{}, maxAsking), allowed: newShares[asked, bool](maxAllowed, maxAllowedEach, time.Now),
	}
	if v.authn, err = reviewClient(account, authenticationv1.SchemeGroupVersion); err != nil {
		return nil, err
	}
	v.authz, err = reviewClient(account, authorizationv1.SchemeGroupVersion)
	return v, err
}

func reviewClient(account *rest.Config, gv schema.GroupVersion) (rest.Interface, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{authenticationv1.AddToScheme, authorizationv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("building the client's scheme: %w", err)
		}
	}
	c := rest.CopyConfig(account)
	c.APIPath, c.GroupVersion = "/apis", &gv
	c.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	c.QPS, c.Burst = 500, 1000
	return rest.RESTClientFor(c)
}

// Authenticate asks the cluster who a token is. The cluster is asked once for many requests at once.
func (v *Reviewer) Authenticate(ctx context.Context, token string) (*Caller, error) {
	id := idOf(token)
	if c := v.lately(id); c != nil {
		return c, nil
	}
	if why, ok := v.refused.Get(id); ok {
		return nil, why.(error)
	}
	got, err := v.once(ctx, "who "+id, func(ctx context.Context) (any, error) {
		if c := v.lately(id); c != nil { // another flight has just come back
			return c, nil
		}
		if _, ok := v.known.Get(id); !ok {
			// One place for a token, however many come with it at once.
			select {
			case v.asking <- struct{}{}:
				defer func() { <-v.asking }()
			default:
				return nil, later(problem(http.StatusServiceUnavailable, "Busy", "The service is busy", "too many callers come for the first time", "try again in a moment"), 1)
			}
		}
		c, err := v.review(ctx, id, token)
		var denied *training.DeniedError
		switch {
		case err == nil:
			v.callers.Add(id, c, callerFor)
			v.known.Add(id, true, knownFor)
		case errors.As(err, &denied):
			v.known.Remove(id)
			v.refused.Add(id, err, refusedFor)
		}
		return c, err
	})
	if err != nil {
		return nil, err
	}
	return got.(*Caller), nil
}

// once asks for all who want to know the same just now, each of whom waits for as long as they may.
func (v *Reviewer) once(ctx context.Context, key string, ask func(context.Context) (any, error)) (any, error) {
	answer := v.flight.DoChan(key, func() (got any, err error) {
		// Others wait for the answer too: it doesn't end with this request.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reviewLimit)
		defer cancel()
		defer func() {
			// This isn't the request's goroutine, whose panics are caught.
			if p := recover(); p != nil {
				err = &training.PanicError{Value: p, Stack: debug.Stack()}
			}
		}()
		return ask(ctx)
	})
	select {
	case a := <-answer:
		return a.Val, a.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// lately is who a token was a moment ago; nil where that isn't known, or has ended.
func (v *Reviewer) lately(id string) *Caller {
	k, ok := v.callers.Get(id)
	if !ok {
		return nil
	}
	c := k.(*Caller)
	if !c.Expires.IsZero() && !v.now().Before(c.Expires) {
		return nil
	}
	return c
}

func (v *Reviewer) review(ctx context.Context, id, token string) (*Caller, error) {
	body := &authenticationv1.TokenReview{
		TypeMeta: metav1.TypeMeta{APIVersion: authenticationv1.SchemeGroupVersion.String(), Kind: "TokenReview"},
		Spec:     authenticationv1.TokenReviewSpec{Token: token, Audiences: v.audiences},
	}
	out := &authenticationv1.TokenReview{}
	if err := v.authn.Post().Resource("tokenreviews").Body(body).Do(ctx).Into(out); err != nil {
		return nil, v.trouble("asking who sent a token", err)
	}
	if !out.Status.Authenticated || out.Status.User.Username == "" {
		return nil, unauthenticated("the token may have expired, be another cluster's or for another audience, or not be whole")
	}
	c := &Caller{
		User: out.Status.User.Username, UID: out.Status.User.UID, Groups: out.Status.User.Groups, Extra: map[string][]string{},
		Expires: expiry(token), id: id, token: token,
	}
	for k, values := range out.Status.User.Extra {
		c.Extra[k] = values
	}
	c.who = whoOf(c)
	if !c.Expires.IsZero() && !v.now().Before(c.Expires) {
		return nil, unauthenticated("the token has expired")
	}
	cfg := &rest.Config{Host: v.base.Host, APIPath: v.base.APIPath, BearerToken: token, Transport: v.transport, UserAgent: "training-service", Timeout: 0, WarningHandler: rest.NoWarnings{}}
	client, err := training.NewClient(cfg, "default")
	if err != nil {
		return nil, err
	}
	client.StreamWith(&rest.Config{Host: v.base.Host, APIPath: v.base.APIPath, BearerToken: token, TLSClientConfig: v.base.TLSClientConfig, UserAgent: "training-service"})
	c.Client = client
	return c, nil
}

// asked is a right of somebody.
type asked struct {
	who string
	r   Right
}

// Allowed asks the cluster whether the caller has a right. A right on one object is first asked for on all of
// them, which is what nearly everybody has: who reads a thousand jobs costs one review then, and not a thousand.
func (v *Reviewer) Allowed(ctx context.Context, c *Caller, r Right) (bool, error) {
	if r.Name != "" {
		all := r
		all.Name = ""
		if ok, err := v.ask(ctx, c, all); ok || err != nil {
			return ok, err
		}
	}
	return v.ask(ctx, c, r)
}

func (v *Reviewer) ask(ctx context.Context, c *Caller, r Right) (bool, error) {
	key := asked{c.who, r}
	if known, ok := v.allowed.get(key); ok {
		return known, nil
	}
	got, err := v.once(ctx, fmt.Sprintf("may %s %q", c.who, r), func(ctx context.Context) (any, error) {
		ok, err := v.reviewAccess(ctx, c, r)
		if err == nil {
			v.allowed.add(c.who, key, ok, map[bool]time.Duration{true: allowedFor, false: deniedFor}[ok])
		}
		return ok, err
	})
	return got == true, err
}

func (v *Reviewer) reviewAccess(ctx context.Context, c *Caller, r Right) (bool, error) {
	body := &authorizationv1.SubjectAccessReview{
		TypeMeta: metav1.TypeMeta{APIVersion: authorizationv1.SchemeGroupVersion.String(), Kind: "SubjectAccessReview"},
		Spec: authorizationv1.SubjectAccessReviewSpec{
			User: c.User, UID: c.UID, Groups: c.Groups, Extra: map[string]authorizationv1.ExtraValue{},
			ResourceAttributes: attributes(r),
		},
	}
	for k, values := range c.Extra {
		body.Spec.Extra[k] = values
	}
	out := &authorizationv1.SubjectAccessReview{}
	if err := v.authz.Post().Resource("subjectaccessreviews").Body(body).Do(ctx).Into(out); err != nil {
		return false, v.trouble("asking what a caller may do", err)
	}
	return out.Status.Allowed && !out.Status.Denied, nil
}

func attributes(r Right) *authorizationv1.ResourceAttributes {
	return &authorizationv1.ResourceAttributes{
		Verb: r.Verb, Group: r.Group, Resource: r.Resource, Subresource: r.Subresource, Namespace: r.Namespace, Name: r.Name,
	}
}

// trouble is an error that is the service's or the cluster's, not the caller's.
func (v *Reviewer) trouble(what string, err error) error { return asTrouble(v.base.Host, what, err) }

func asTrouble(host, what string, err error) error {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return &training.ServerError{Code: int(status.Status().Code), Message: what + ": " + status.Status().Message}
	}
	return &training.UnreachableError{Host: host, Err: err}
}

// expiry is when a token says it ends. The cluster has checked the token before; this only reads it.
func expiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}
	}
	var claims struct {
		Exp float64 `json:"exp"`
	}
	if json.Unmarshal(raw, &claims) != nil || claims.Exp <= 0 || claims.Exp > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(claims.Exp), 0)
}

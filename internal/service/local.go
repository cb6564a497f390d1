package service

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/client-go/rest"

	"github.com/opendatahub-io/mpijob/internal/service/index"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Local is the Gate of a service that somebody runs for themselves: everyone who has the run's token is
// them, with the credentials of their kubeconfig.
type Local struct {
	token   string
	self    *Caller
	authz   rest.Interface
	host    string
	allowed *cache.LRUExpireCache
}

func newLocal(ctx context.Context, cfg *rest.Config, client *training.Client) (*Local, error) {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails
	l := &Local{token: hex.EncodeToString(b[:]), host: cfg.Host, allowed: cache.NewLRUExpireCache(4096)}
	authn, err := reviewClient(cfg, authenticationv1.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	if l.authz, err = reviewClient(cfg, authorizationv1.SchemeGroupVersion); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, reviewLimit)
	defer cancel()
	me := &authenticationv1.SelfSubjectReview{TypeMeta: metav1.TypeMeta{APIVersion: authenticationv1.SchemeGroupVersion.String(), Kind: "SelfSubjectReview"}}
	out := &authenticationv1.SelfSubjectReview{}
	if err := authn.Post().Resource("selfsubjectreviews").Body(me).Do(ctx).Into(out); err != nil {
		return nil, asTrouble(cfg.Host, "asking the cluster who you are", err)
	}
	l.self = &Caller{User: out.Status.UserInfo.Username, UID: out.Status.UserInfo.UID, Groups: out.Status.UserInfo.Groups, Client: client, id: "self", token: l.token}
	return l, nil
}

// Authenticate knows one token.
func (l *Local) Authenticate(_ context.Context, token string) (*Caller, error) {
	if subtle.ConstantTimeCompare([]byte(token), []byte(l.token)) != 1 {
		return nil, unauthenticated("the token is not the one that this run of `odh training serve` printed")
	}
	return l.self, nil
}

// Allowed asks as the user.
func (l *Local) Allowed(ctx context.Context, _ *Caller, r Right) (bool, error) {
	if known, ok := l.allowed.Get(r); ok {
		return known == true, nil
	}
	body := &authorizationv1.SelfSubjectAccessReview{
		TypeMeta: metav1.TypeMeta{APIVersion: authorizationv1.SchemeGroupVersion.String(), Kind: "SelfSubjectAccessReview"},
		Spec:     authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: attributes(r)},
	}
	ctx, cancel := context.WithTimeout(ctx, reviewLimit)
	defer cancel()
	out := &authorizationv1.SelfSubjectAccessReview{}
	if err := l.authz.Post().Resource("selfsubjectaccessreviews").Body(body).Do(ctx).Into(out); err != nil {
		return false, asTrouble(l.host, "asking what you may do", err)
	}
	ok := out.Status.Allowed && !out.Status.Denied
	l.allowed.Add(r, ok, map[bool]time.Duration{true: allowedFor, false: deniedFor}[ok])
	return ok, nil
}

// maxNamespaces is how many namespaces a local service watches at once.
const maxNamespaces = 32

// perNamespace watches a namespace from when it is first asked for: most users may not watch all of them.
type perNamespace struct {
	ctx    context.Context
	client *training.Client
	mu     sync.Mutex
	of     map[string]*index.Index
}

// Of is the namespace's index; it is waited for a little where it has just begun.
func (p *perNamespace) Of(ctx context.Context, _ *Caller, namespace string) (*index.Index, error) {
	p.mu.Lock()
	x := p.of[namespace]
	if x == nil {
		if len(p.of) == maxNamespaces {
			p.mu.Unlock()
			return nil, problem(503, "Busy", "Too many namespaces", fmt.Sprintf("this service watches %d namespaces already", maxNamespaces), "start it again")
		}
		jobs := p.client.AllJobs()
		if namespace != "" {
			jobs = p.client.Jobs(namespace)
		}
		x = index.New(training.Types(), ringSize, time.Now)
		x.Feed(p.ctx, jobs.Sources())
		p.of[namespace] = x
	}
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := x.Ready()
		if err == nil {
			return x, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// Serving is what a local service tells its user.
type Serving struct {
	Address, Token, User string
	// Dashboard is the address that signs a browser in, once, within a few minutes.
	Dashboard string
}

// ServeLocal serves on this machine's loopback, with the user's own credentials, until the context ends.
// Requests need the run's token, and must name this machine: a web page that has its name point here gets
// nothing. Port 0 is any that is free.
func ServeLocal(ctx context.Context, k training.Kubeconfig, port int, tell func(Serving)) error {
	cfg, namespace, err := k.Config()
	if err != nil {
		return err
	}
	client, err := training.NewClient(cfg, namespace)
	if err != nil {
		return err
	}
	gate, err := newLocal(ctx, cfg, client)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("listening on this machine's loopback: %w", err)
	}
	at := listener.Addr().(*net.TCPAddr).Port
	own := newOwnSession(gate.token)
	s, err := New(Options{
		own:  own,
		Gate: gate, Indexes: &perNamespace{ctx: ctx, client: client, of: map[string]*index.Index{}},
		Namespaces: func(context.Context) ([]string, error) { return []string{client.Namespace()}, nil },
		Hosts:      []string{fmt.Sprintf("127.0.0.1:%d", at), fmt.Sprintf("localhost:%d", at)},
		Log:        slog.New(slog.NewTextHandler(io.Discard, nil)),
		// It reaches what its user reaches from here.
		Stores: storesTransport((&net.Dialer{Timeout: storeWithin}).DialContext),
	})
	if err != nil {
		return err
	}
	address := "http://" + s.Hosts[0]
	tell(Serving{Address: address, Token: gate.token, User: gate.self.User, Dashboard: address + "/sign-in?code=" + own.renew()})
	return s.serve(ctx, listener, nil)
}

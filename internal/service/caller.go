package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Caller is who sent a request, as the cluster knows them.
type Caller struct {
	User   string
	UID    string
	Groups []string
	Extra  map[string][]string
	// Expires is when their credentials end; zero where those don't say.
	Expires time.Time
	// Client works with their credentials.
	Client *training.Client

	// id stands for the credentials in caches, who for the user with all their groups as the cluster has
	// them now; neither says anything about the token.
	id, who string
	token   string
}

// idOf is a digest: what is kept in tables is no token.
func idOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:16])
}

// whoOf is a digest of all that rights may depend on.
func whoOf(c *Caller) string {
	sum := sha256.New()
	add := func(texts ...string) {
		for _, t := range texts {
			fmt.Fprintf(sum, "%d:%s", len(t), t)
		}
		fmt.Fprint(sum, ";")
	}
	add(c.User, c.UID)
	add(slices.Sorted(slices.Values(c.Groups))...)
	for _, k := range slices.Sorted(maps.Keys(c.Extra)) {
		add(append([]string{k}, c.Extra[k]...)...)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

type callerKey struct{}

func withCaller(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// callerOf is the caller of a request that has passed authentication, as all operations' have.
func callerOf(ctx context.Context) *Caller {
	c, ok := ctx.Value(callerKey{}).(*Caller)
	if !ok {
		panic("an operation was reached without authentication")
	}
	return c
}

// Right is what a caller may or may not do.
type Right struct {
	Verb, Group, Resource, Subresource string
	Namespace, Name                    string
}

// Gate is how the service learns who calls, and what they may.
type Gate interface {
	// Authenticate finds the caller of a token.
	// Its errors are DeniedError, UnreachableError and the like.
	Authenticate(ctx context.Context, token string) (*Caller, error)
	// Allowed says whether the caller has a right.
	Allowed(ctx context.Context, c *Caller, r Right) (bool, error)
}

package service

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/websocket"
	"k8s.io/apimachinery/pkg/util/remotecommand"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// ExecTrainingJob runs a command as the caller, over a WebSocket. All that can be said before is the answer, also to
// those who ask without a WebSocket: a browser doesn't tell its page why one was refused.
func (s *operations) ExecTrainingJob(ctx context.Context, r api.ExecTrainingJobRequestObject) (api.ExecTrainingJobResponseObject, error) {
	e := entryIn(ctx)
	if err := s.ownOrigin(e.request); err != nil {
		return nil, err
	}
	return &shell{
		s: s.Service, ctx: ctx, entry: e, namespace: r.Namespace, job: r.Name, of: deref(r.Params.Type), worker: r.Params.Worker,
		options: training.ExecOptions{Command: r.Params.Command, TTY: deref(r.Params.Tty)}, stdin: deref(r.Params.Stdin),
	}, nil
}

// find finds where the command is to run, and whether the caller may run it there, in the time that a request has. It
// asks the cluster: whoever comes here has one of the shells' places.
func (sh *shell) find() error {
	ctx, cancel := context.WithTimeout(sh.ctx, sh.s.Limits.Time)
	defer cancel()
	target, err := sh.s.jobs(ctx, sh.namespace, sh.of).ExecTarget(ctx, sh.job, sh.worker)
	var idle *training.NotRunningError
	var invalid *training.InvalidError
	if err != nil && !errors.As(err, &idle) && !errors.As(err, &invalid) {
		return err
	}
	sh.target, sh.right = target, Right{Verb: "create", Resource: "pods", Subresource: "exec", Namespace: sh.namespace}
	if target != nil {
		sh.right.Name = target.Pod
	}
	// Who may not is told so, whether it runs or not.
	if denied := sh.s.may(ctx, sh.right); denied != nil {
		return denied
	}
	return err
}

// ownOrigin refuses pages of other sites: browsers let every page open a WebSocket anywhere, with the user's cookies.
func (s *Service) ownOrigin(r *http.Request) error {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return nil // no browser
	}
	u, err := url.Parse(origins[0])
	switch {
	case err != nil || len(origins) > 1 || !strings.EqualFold(u.Host, r.Host):
	case u.Scheme == "https", u.Scheme == "http" && !s.secure(r):
		return nil
	}
	return problem(http.StatusForbidden, "CrossOrigin", "From another site", "a page of another site may run nothing here")
}

// fromOwnPage says whether a page of this service opens a WebSocket. Not every browser sends Sec-Fetch-Site with it, all
// send Origin.
func (s *Service) fromOwnPage(r *http.Request) bool {
	return websocket.IsWebSocketUpgrade(r) && r.Header.Get("Origin") != "" && s.ownOrigin(r) == nil
}

// upgradable says what is wrong with a request that should become a WebSocket.
func upgradable(r *http.Request) error {
	if r.ProtoMajor != 1 || !websocket.IsWebSocketUpgrade(r) {
		return problem(http.StatusUpgradeRequired, "UpgradeRequired", "A WebSocket is needed", "this address runs commands over a WebSocket, which it wasn't asked for; nothing was run",
			"open it as a WebSocket, over HTTP/1.1, with the protocol "+remotecommand.StreamProtocolV5Name)
	}
	if !slices.Contains(websocket.Subprotocols(r), remotecommand.StreamProtocolV5Name) {
		return badRequest("the WebSocket must have the protocol " + remotecommand.StreamProtocolV5Name + ": name it in Sec-WebSocket-Protocol")
	}
	return nil
}

package training

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// subject is what a request was about, for the error it may end with.
type subject struct {
	kind      string // "MPIJob", "pod"
	resource  string // "mpijobs", "pods/log"
	verb      string // "create", "list", …
	namespace string
	name      string
}

// typed turns whatever client-go returned into one of this package's errors; nil, cancellation and
// its own errors pass unchanged.
func (c *Client) typed(err error, s subject) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return c.fromStatus(status.Status(), s)
	}
	if outOfTurn(err) {
		err = context.DeadlineExceeded
	}
	if unreachable(err) {
		return &UnreachableError{Host: c.host, Err: rootCause(err)}
	}
	return err
}

// outOfTurn says whether a request wasn't sent since its turn, of so many in a second, would have come after its time:
// that error has no type.
func outOfTurn(err error) bool {
	return strings.Contains(err.Error(), "rate limiter Wait") && strings.Contains(err.Error(), "would exceed context deadline")
}

func (c *Client) fromStatus(st metav1.Status, s subject) error {
	switch {
	case st.Code == http.StatusUnauthorized:
		return &DeniedError{Unauthenticated: true, Message: orElse(st.Message, "Unauthorized")}
	case strings.HasPrefix(st.Message, "admission webhook ") || isPolicyDenial(st.Message):
		return refused(st, s)
	case st.Code == http.StatusForbidden && strings.Contains(st.Message, "exceeded quota"):
		return quotaExceeded(st.Message, s)
	case st.Code == http.StatusForbidden:
		return denied(st.Message, s)
	case st.Code == http.StatusNotFound && isMissingKind(st):
		if t, ok := ParseType(s.resource); ok {
			return &NotInstalledError{Host: c.host, Type: t}
		}
		return &ServerError{Code: int(st.Code), Message: st.Message}
	case st.Code == http.StatusNotFound && st.Details != nil && st.Details.Kind == "namespaces":
		return &NotFoundError{Kind: "namespace", Namespace: s.namespace, Name: st.Details.Name}
	case st.Code == http.StatusNotFound:
		return &NotFoundError{Kind: s.kind, Namespace: s.namespace, Name: s.name}
	case st.Reason == metav1.StatusReasonAlreadyExists:
		return &AlreadyExistsError{Kind: s.kind, Namespace: s.namespace, Name: s.name}
	case st.Code == http.StatusConflict && strings.Contains(st.Message, "Precondition failed: UID in precondition"):
		t, _ := ParseType(s.resource)
		return &ReplacedError{Type: t, Namespace: s.namespace, Name: s.name}
	case st.Code == http.StatusConflict:
		return &ConflictError{Message: st.Message}
	case st.Code == http.StatusUnprocessableEntity || s.verb == "create" && st.Code == http.StatusBadRequest:
		return refused(st, s)
	}
	return &ServerError{Code: int(st.Code), Message: orElse(st.Message, string(st.Reason))}
}

// isMissingKind tells "no such resource type", which is answered with plain text or without a name,
// from "no such object".
func isMissingKind(st metav1.Status) bool {
	if st.Details == nil || st.Details.Name == "" {
		return true
	}
	for _, c := range st.Details.Causes {
		if c.Type == metav1.CauseTypeUnexpectedServerResponse {
			return true
		}
	}
	return false
}

func isPolicyDenial(message string) bool {
	return strings.Contains(message, "ValidatingAdmissionPolicy")
}

var quotaMessage = regexp.MustCompile(`exceeded quota: (\S+), requested: (.+?), used: (.+?), limited: (.+)$`)

func quotaExceeded(message string, s subject) error {
	e := &QuotaExceededError{Namespace: s.namespace, Message: message}
	if m := quotaMessage.FindStringSubmatch(message); m != nil {
		e.Quota, e.Requested, e.Used, e.Limited = m[1], m[2], m[3], m[4]
	}
	return e
}

var forbiddenMessage = regexp.MustCompile(`User "([^"]*)" cannot (\S+) resource "([^"]*)"`)

func denied(message string, s subject) error {
	e := &DeniedError{Namespace: s.namespace, Message: message}
	if m := forbiddenMessage.FindStringSubmatch(message); m != nil {
		e.User, e.Verb, e.Resource = m[1], m[2], m[3]
	}
	return e
}

func unreachable(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	var u *url.Error
	return errors.As(err, &op) || errors.As(err, &dns) || errors.As(err, &u) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded)
}

// rootCause drops the `Get "https://…": ` a url.Error puts before what matters.
func rootCause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

package service

import (
	"context"
	"errors"
	"net/http"
	"testing"
)

// Who may not list namespaces is told of those whose jobs they may, and of no other.
func TestNamespaces(t *testing.T) {
	c := newCluster(t)
	there := func(context.Context) ([]string, error) { return []string{"kube-system", "team-a", "team-b"}, nil }
	s := c.start(t, func(o *Options) { o.Namespaces = there })
	for token, want := range map[string]string{
		"ann-token": `{"all":false,"complete":true,"items":["team-a"]}`,
		"bob-token": `{"all":false,"complete":true,"items":["team-b"]}`,
	} {
		if resp, text := call(t, s, token, "GET", "/api/v1/namespaces", ""); resp.StatusCode != http.StatusOK || text != want+"\n" {
			t.Errorf("%s: %d %s", token, resp.StatusCode, text)
		}
	}
	if resp, _ := call(t, s, "", "GET", "/api/v1/namespaces", ""); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody: %d", resp.StatusCode)
	}
}

// Without anybody who can tell, none is named, and it is said that there may be more.
func TestNamespacesUnknown(t *testing.T) {
	s := newCluster(t).start(t)
	if resp, text := call(t, s, "ann-token", "GET", "/api/v1/namespaces", ""); resp.StatusCode != http.StatusOK || text != `{"all":false,"complete":false,"items":[]}`+"\n" {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}

func TestRemembered(t *testing.T) {
	asked := 0
	names := remembered(func(context.Context) ([]string, error) {
		if asked++; asked == 1 {
			return nil, errors.New("no answer")
		}
		return []string{"a"}, nil
	})
	if _, err := names(t.Context()); err == nil {
		t.Error("an error is no answer")
	}
	for range 3 {
		if got, err := names(t.Context()); err != nil || len(got) != 1 {
			t.Errorf("%v, %v", got, err)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times, want 2", asked)
	}
}

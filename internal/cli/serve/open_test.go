package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"

	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/internal/testkit/screen"
)

// onPath puts a command on the PATH, alone, that writes its arguments to a file and ends with a code.
func onPath(t *testing.T, name string, code int) (said string) {
	t.Helper()
	dir := t.TempDir()
	said = filepath.Join(dir, "said")
	script := fmt.Sprintf("#!/bin/sh\nfor a; do echo \"$a\"; done > '%s.new'\n/bin/mv '%[1]s.new' '%[1]s'\nexit %d\n", said, code)
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	return said
}

func TestOpenBrowser(t *testing.T) {
	const address = "http://127.0.0.1:1/sign-in?code=a&b=$(c);d'"
	for goos, want := range map[string][]string{
		"linux": {"xdg-open", address}, "freebsd": {"xdg-open", address}, "darwin": {"open", address},
		"windows": {"rundll32", "url.dll,FileProtocolHandler\n" + address},
	} {
		said := onPath(t, want[0], 0)
		if err := openBrowser(goos, address); err != nil {
			t.Errorf("%s: %v", goos, err)
		}
		if got, err := os.ReadFile(said); err != nil || string(got) != want[1]+"\n" {
			t.Errorf("%s: %s was told %q, %v", goos, want[0], got, err)
		}
	}
	onPath(t, "xdg-open", 3)
	if err := openBrowser("linux", address); err == nil || !strings.Contains(err.Error(), "xdg-open: exit status 3") {
		t.Errorf("an opener that fails: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if err := openBrowser("linux", address); err == nil || !strings.Contains(err.Error(), "xdg-open") {
		t.Errorf("no opener: %v", err)
	}
}

// The browser gets the address that is printed, and it signs in; without a browser the service goes on.
func TestServeOpens(t *testing.T) {
	cluster := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(authenticationv1.SelfSubjectReview{Status: authenticationv1.SelfSubjectReviewStatus{UserInfo: authenticationv1.UserInfo{Username: "ann"}}})
	}))
	t.Cleanup(cluster.Close)
	config := filepath.Join(t.TempDir(), "config")
	kubeconfig := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"c","contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],
"clusters":[{"name":"c","cluster":{"server":%q,"insecure-skip-tls-verify":true}}],"users":[{"name":"u","user":{"token":"x"}}]}`, cluster.URL)
	if err := os.WriteFile(config, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	name, _ := opener(runtime.GOOS)
	for _, code := range []int{0, 1} {
		said := onPath(t, name, code)
		out, complaints := &screen.Text{}, &screen.Text{}
		f := factory.New(iostreams.Test(strings.NewReader(""), out, complaints, false, 80), "test")
		f.Kubeconfig = config
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- run(ctx, &Options{Factory: f, Open: true}) }()
		var address string
		await(t, "an address to open", func() bool {
			got, err := os.ReadFile(said)
			address = strings.TrimSpace(string(got))
			return err == nil
		})
		if !strings.Contains(out.String(), "\n\n  "+address+"\n\n") {
			t.Errorf("%q was opened, another address was printed", address)
		}
		if code != 0 {
			await(t, "a word about the browser", func() bool {
				return strings.Contains(complaints.String(), "no browser could be opened: "+name+": exit status 1")
			})
		}
		noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := noFollow.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusSeeOther || len(resp.Cookies()) != 1 {
			t.Errorf("the address signs nobody in: %d", resp.StatusCode)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %s after 20 seconds", what)
		}
	}
}

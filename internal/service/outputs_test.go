package service

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/testkit/fakes3"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// onClaim is a cluster with a job whose output is on a claim with these files.
func onClaim(t *testing.T, files map[string]string) *fakeCluster {
	c := newCluster(t)
	m := training.Spec{Namespace: "team-a", Name: "first", Image: "i", Workers: 2, Command: []string{"true"},
		Claims: []training.ClaimInput{{Name: "data", MountPath: "/data"}}, Output: "pvc:data:/out"}.MPIJob()
	c.put(m)
	c.add("configmaps", &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: mpijob.ConfigName(m), Annotations: map[string]string{mpijob.AnnotationAgentImage: "agent"}}})
	c.core.claim = t.TempDir()
	for name, text := range files {
		file := filepath.Join(c.core.claim, "out", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// untar are the files in a tar file.
func untar(t *testing.T, text string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for r := tar.NewReader(strings.NewReader(text)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[h.Name] = string(content)
	}
}

func TestOutputsOnAClaim(t *testing.T) {
	c := onClaim(t, map[string]string{"model.bin": "weights", "logs/a": "one", "logs/b": strings.Repeat("b", 300_000)})
	if err := os.Symlink("/etc/passwd", filepath.Join(c.core.claim, "out", "link")); err != nil {
		t.Fatal(err)
	}
	s := c.secure(t).start(t) // exec makes a connection of its own, which must trust the cluster too
	resp, text := call(t, s, "ann-token", "GET", onePath+"/outputs", "")
	var list training.OutputList
	if err := json.Unmarshal([]byte(text), &list); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s %v", resp.StatusCode, text, err)
	}
	if len(list.Files) != 3 || list.Bytes() != 300_010 || len(list.Skipped) != 1 || list.Place != "pvc:data:/out" {
		t.Errorf("got %+v", list)
	}
	resp, text = call(t, s, "ann-token", "GET", onePath+"/outputs/content?path=model.bin", "")
	if text != "weights" || resp.Header.Get("Content-Type") != "application/octet-stream" || resp.Header.Get("Content-Disposition") != `attachment; filename=model.bin` || resp.Header.Get("Content-Length") != "7" {
		t.Errorf("one file: %v %q", resp.Header, text)
	}
	resp, text = call(t, s, "ann-token", "GET", onePath+"/outputs/content", "")
	if got := untar(t, text); len(got) != 3 || got["first/logs/a"] != "one" || len(got["first/logs/b"]) != 300_000 || resp.Header.Get("Content-Type") != "application/x-tar" {
		t.Errorf("everything: %v", resp.Header)
	}
	_, text = call(t, s, "ann-token", "GET", onePath+"/outputs/content?path=logs/&path=model.bin", "")
	if got := untar(t, text); len(got) != 3 {
		t.Errorf("a folder and a file: %v", got)
	}
	if resp, text = call(t, s, "ann-token", "GET", onePath+"/outputs/content?path=link", ""); resp.StatusCode != http.StatusNotFound || !strings.Contains(text, "can't be fetched") {
		t.Errorf("a link: %d %s", resp.StatusCode, text)
	}
	if _, text = call(t, s, "ann-token", "GET", onePath+"/outputs?path=logs", ""); !strings.Contains(text, "logs/b") || strings.Contains(text, "model.bin") {
		t.Errorf("the list of a folder: %s", text)
	}
	await(t, "end of the pods", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return !slices.ContainsFunc(slices.Collect(maps.Keys(c.core.objects)), func(p string) bool { return strings.Contains(p, "-outputs-") })
	})
}

func TestOutputsThatCantBeRead(t *testing.T) {
	c := onClaim(t, map[string]string{"model.bin": "weights"})
	c.put(job("team-a", "plain"))
	s := c.start(t)
	for _, x := range []struct {
		path   string
		status int
		says   string
	}{
		{onePath + "/outputs?path=..%2F..%2Fetc", 400, `"field":"path"`},
		{onePath + "/outputs/content?path=a%2F..%2F..%2Fb", 400, `"field":"path"`},
		{onePath + "/outputs/content?path=%2Fetc%2Fpasswd", 400, `"field":"path"`},
		{onePath + "/outputs/content?path=a%00b", 400, `"field":"path"`},
		{onePath + "/outputs/content?path=a%5Cb", 400, `"field":"path"`},
		{onePath + "/outputs/content?path=none", 404, "list the outputs"},
		{onePath + "/outputs?path=model", 404, `"code":"NotFound"`},
		{"/api/v1/namespaces/team-a/trainingjobs/plain/outputs", 404, `"code":"NoOutput"`},
		{"/api/v1/namespaces/team-a/trainingjobs/plain/outputs/content", 404, `"code":"NoOutput"`},
	} {
		if resp, text := call(t, s, "ann-token", "GET", x.path, ""); resp.StatusCode != x.status || !strings.Contains(text, x.says) {
			t.Errorf("%s: %d %s", x.path, resp.StatusCode, text)
		}
	}
	if resp, text := call(t, s, "ann-token", "GET", onePath+"/outputs", "", "Sec-Fetch-Site", "cross-site"); resp.StatusCode != http.StatusForbidden || !strings.Contains(text, `"CrossOrigin"`) {
		t.Errorf("from another site's page: %d %s", resp.StatusCode, text)
	}
	c.deny("ann", "pods/exec")
	if resp, text := call(t, s, "ann-token", "GET", onePath+"/outputs", ""); resp.StatusCode != http.StatusForbidden || !strings.Contains(text, "pods/exec") {
		t.Errorf("without the right to exec: %d %s", resp.StatusCode, text)
	}
}

func TestDownloadsAreBounded(t *testing.T) {
	c := onClaim(t, map[string]string{"model.bin": "weights"})
	service, s := c.startService(t)
	var ends []func()
	for range service.Limits.DownloadsPerCaller {
		done, err := service.downloads.open("ann")
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, done)
	}
	for _, path := range []string{"/outputs", "/outputs/content", "/logs/content"} {
		if resp, text := call(t, s, "ann-token", "GET", onePath+path, ""); resp.StatusCode != http.StatusTooManyRequests || !strings.Contains(text, `"TooManyDownloads"`) {
			t.Errorf("%d %s", resp.StatusCode, text)
		}
	}
	for _, end := range ends {
		end()
	}
	for range 2 * service.Limits.DownloadsPerCaller {
		call(t, s, "ann-token", "GET", onePath+"/outputs/content?path=none", "")
		if resp, _ := call(t, s, "ann-token", "GET", onePath+"/outputs/content", ""); resp.StatusCode != http.StatusOK {
			t.Fatalf("a place is lost: %d", resp.StatusCode)
		}
	}
}

// What breaks off doesn't look whole.
func TestADownloadBreaksOff(t *testing.T) {
	part := func(w http.ResponseWriter, text string) {
		_, _ = io.WriteString(w, text[:len(text)/2])
		panic(http.ErrAbortHandler)
	}
	c := inStore(t, fakes3.New(t, map[string]string{"run/a": strings.Repeat("x", 100_000), "run/b": "y"}, part))
	s := c.start(t, allowLoopback)
	second := new(http.Protocols)
	second.SetUnencryptedHTTP2(true)
	for name, client := range map[string]*http.Client{"HTTP/1.1": s.Client(), "HTTP/2": {Transport: &http.Transport{Protocols: second}}} {
		for _, query := range []string{"", "?path=a"} {
			if err := fetch(t, client, s.URL+onePath+"/outputs/content"+query); err == nil {
				t.Errorf("%q over %s: it looks whole", query, name)
			}
		}
	}
}

// A download ends when the right does.
func TestADownloadEndsWithTheRight(t *testing.T) {
	begun, never := make(chan struct{}, 8), make(chan struct{})
	slow := func(w http.ResponseWriter, text string) {
		_, _ = io.WriteString(w, text[:len(text)/2])
		w.(http.Flusher).Flush()
		begun <- struct{}{}
		<-never
	}
	c := inStore(t, fakes3.New(t, map[string]string{"run/a": strings.Repeat("x", 100_000)}, slow))
	t.Cleanup(func() { close(never) }) // before the store is closed, which waits for its answers
	s := c.start(t, allowLoopback, func(o *Options) { o.Recheck = 50 * time.Millisecond })
	ended := make(chan error, 1)
	go func() { ended <- fetch(t, s.Client(), s.URL+onePath+"/outputs/content?path=a") }()
	<-begun
	c.revoke("ann-token")
	if err := <-ended; err == nil {
		t.Error("it looks whole")
	}
}

func TestADownloadThatHardlyMovesEnds(t *testing.T) {
	c := newCluster(t)
	service, _ := c.startService(t)
	ends := func(patient bool, taking, within time.Duration) error {
		ctx, cancel := context.WithTimeoutCause(withCaller(t.Context(), &Caller{User: "ann"}), within, errWaited)
		defer cancel()
		d := &transfer{s: service, patient: patient}
		d.taking.Store(int64(taking))
		d.ctx, d.cancel = context.WithCancelCause(ctx)
		d.watch(10 * time.Millisecond)
		return context.Cause(d.ctx)
	}
	for _, x := range []struct {
		patient bool
		taking  time.Duration
		within  time.Duration // or it is waited for no more
		want    error
	}{
		{false, 0, 30 * time.Second, errSlow},
		{true, time.Second, 30 * time.Second, errSlow}, // it was the taker
		{true, 0, 200 * time.Millisecond, errWaited},   // a log of which few lines match
	} {
		if err := ends(x.patient, x.taking, x.within); !errors.Is(err, x.want) {
			t.Errorf("patient %v, taking %s: it ends with %v, want %v", x.patient, x.taking, err, x.want)
		}
	}
}

var errWaited = errors.New("it was waited for")

// fetch reads all of an answer.
func fetch(t *testing.T, client *http.Client, url string) error {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer ann-token")
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%s: %d", url, resp.StatusCode)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

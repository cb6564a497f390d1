package service

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// formOf is a body with these parts, and its type.
func formOf(t *testing.T, parts ...string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(parts); i += 2 {
		part, err := w.CreateFormFile(parts[i], parts[i])
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, parts[i+1])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

// folder is a tar file of files, compressed.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	w := tar.NewWriter(zipped)
	for i := 0; i+1 < len(files); i += 2 {
		_ = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: files[i], Size: int64(len(files[i+1])), Mode: 0o644})
		_, _ = io.WriteString(w, files[i+1])
	}
	if err := errors.Join(w.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCodeComesAlong(t *testing.T) {
	c := newCluster(t)
	s := c.start(t)
	const jobs = "/api/v1/namespaces/team-a/trainingjobs"
	code := folder(t, "train.py", "print(1)", "lib/x.py", "x = 2")
	body, kind := formOf(t, "job", simple, "code", code)
	if resp, text := call(t, s, "ann-token", "POST", jobs+"?dryRun=client", body, "Content-Type", kind); resp.StatusCode != http.StatusOK || !strings.Contains(text, `"/code"`) {
		t.Errorf("trying: %d %s", resp.StatusCode, text)
	}
	for range 2 { // the second time it is answered as the first time
		if resp, text := call(t, s, "ann-token", "POST", jobs, body, "Content-Type", kind, "Idempotency-Key", "one"); resp.StatusCode != http.StatusCreated {
			t.Fatalf("%d %s", resp.StatusCode, text)
		}
	}
	other, kind := formOf(t, "job", simple, "code", folder(t, "train.py", "print(2)"))
	if resp, text := call(t, s, "ann-token", "POST", jobs, other, "Content-Type", kind, "Idempotency-Key", "one"); resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "IdempotencyKeyReused") {
		t.Errorf("other code: %d %s", resp.StatusCode, text)
	}
	codeOf := func(job string) (n int) {
		c.mu.Lock()
		defer c.mu.Unlock()
		for path, o := range c.core.objects {
			if strings.Contains(path, "/configmaps/"+job+"-code-") {
				n += len(o["binaryData"].(map[string]any))
			}
		}
		return n
	}
	if n := codeOf("new"); n != 2 {
		t.Errorf("%d files are in the job's ConfigMaps", n)
	}
	// A copy has its own.
	if resp, text := call(t, s, "ann-token", "POST", jobs+"/new/clone", `{"name":"copy"}`); resp.StatusCode != http.StatusCreated || codeOf("copy") != 2 {
		t.Errorf("a copy: %d %s", resp.StatusCode, text)
	}
	// A template leaves it out.
	if resp, text := call(t, s, "ann-token", "POST", "/api/v1/namespaces/team-a/templates", `{"name":"mine","from":"new"}`); resp.StatusCode != http.StatusCreated || strings.Contains(text, "train.py") {
		t.Errorf("a template: %d %s", resp.StatusCode, text)
	}
}

func TestCodeThatCantCome(t *testing.T) {
	c := newCluster(t)
	s := c.start(t)
	const jobs = "/api/v1/namespaces/team-a/trainingjobs"
	noise := make([]byte, 6<<20)
	rand.New(rand.NewSource(1)).Read(noise) //nolint:gosec // any noise does
	code := folder(t, "a", "b")
	manifest := `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"x"},"spec":{}}`
	for name, x := range map[string]struct {
		parts  []string
		status int
		says   string
	}{
		"out of the folder":        {[]string{"job", simple, "code", folder(t, "../x", "b")}, 422, `"field":"code/../x"`},
		"no tar file":              {[]string{"job", simple, "code", "print(1)"}, 422, `"field":"code"`},
		"a large file":             {[]string{"job", simple, "code", folder(t, "a", strings.Repeat("x", training.MaxCodeFile+1))}, 422, `"field":"code/a"`},
		"more than any folder":     {[]string{"job", simple, "code", folder(t, "a", string(noise))}, 413, "TooLarge"},
		"noise":                    {[]string{"code", string(noise), "job", simple}, 413, "TooLarge"},
		"a job that is too large":  {[]string{"job", strings.Repeat("x", 2<<20), "code", code}, 413, "TooLarge"},
		"a body that is too large": {[]string{"job", `{}`, "rest", string(noise)}, 413, "TooLarge"},
		"no job":                   {[]string{"code", code}, 400, "no part `job`"},
		"code twice":               {[]string{"job", simple, "code", code, "code", code}, 400, "each once"},
		"an unknown part":          {[]string{"job", simple, "kode", code}, 400, "no others"},
		"with a whole MPIJob":      {[]string{"job", manifest, "code", code}, 422, "simple form"},
		"a misspelt field":         {[]string{"job", `{"nam":"x"}`, "code", code}, 422, `nam`},
	} {
		body, kind := formOf(t, x.parts...)
		if resp, text := call(t, s, "ann-token", "POST", jobs, body, "Content-Type", kind); resp.StatusCode != x.status || !strings.Contains(text, x.says) {
			t.Errorf("%s: %d %s", name, resp.StatusCode, short(text, 2000))
		}
	}
	body, kind := formOf(t, "job", simple, "code", code)
	if resp, text := call(t, s, "bob-token", "POST", jobs, body, "Content-Type", kind); resp.StatusCode != http.StatusForbidden {
		t.Errorf("without the right: %d %s", resp.StatusCode, text)
	}
	for path, kind := range map[string]string{jobs: "multipart/form-data", jobs + "?dryRun=client": "text/plain", "/api/v1/namespaces/team-a/preflight": kind} {
		if resp, text := call(t, s, "ann-token", "POST", path, body, "Content-Type", kind); resp.StatusCode != http.StatusUnsupportedMediaType && resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s as %s: %d %s", path, kind, resp.StatusCode, text)
		}
	}
}

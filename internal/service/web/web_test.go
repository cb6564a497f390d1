package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func built() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"index.html":           file("<html>page</html>"),
		"index.html.gz":        file("gzipped page"),
		"icon.svg":             file("<svg/>"),
		"assets/main-1.js":     file("plain"),
		"remoteEntry.js":       file("container"),
		"assets/main-1.js.br":  file("brotli"),
		"assets/main-1.js.gz":  file("gzip"),
		"assets/style-1.css":   file("a{}"),
		".gitkeep":             file(""),
		"assets/.hidden.js":    file("secret"),
		"assets/sub/deep-1.js": file("deep"),
	}
}

func TestDashboard(t *testing.T) {
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	const page = "text/html,application/xhtml+xml"
	for _, x := range []struct {
		name, method, path, accept, encodings string
		status                                int
		body, kind, encoding, cache           string
	}{
		{"the page", "GET", "/", page, "", 200, "<html>page</html>", "text/html", "", "no-cache"},
		{"the page, compressed", "GET", "/", page, "gzip, deflate", 200, "gzipped page", "text/html", "gzip", "no-cache"},
		{"an address of the dashboard", "GET", "/projects/team-a/jobs/pi", page, "", 200, "<html>page</html>", "text/html", "", "no-cache"},
		{"a job with dots in its name", "GET", "/projects/team-a/jobs/bert.v1.5", page, "", 200, "<html>page</html>", "text/html", "", "no-cache"},
		{"by its name", "GET", "/index.html", page, "", 418, "", "", "", ""},
		{"a script", "GET", "/assets/main-1.js", "*/*", "", 200, "plain", "javascript", "", "immutable"},
		{"the smallest first", "GET", "/assets/main-1.js", "*/*", "gzip, br", 200, "brotli", "javascript", "br", "immutable"},
		{"an encoding that is refused", "GET", "/assets/main-1.js", "*/*", "br;q=0, gzip;q=1.0", 200, "gzip", "javascript", "gzip", "immutable"},
		{"never compressed", "GET", "/assets/style-1.css", "*/*", "br", 200, "a{}", "text/css", "", "immutable"},
		{"what another dashboard loads", "GET", "/remoteEntry.js", "*/*", "", 200, "container", "javascript", "", "no-cache"},
		{"the icon", "GET", "/icon.svg", "*/*", "", 200, "<svg/>", "image/svg", "", "max-age=3600"},
		{"a script that isn't there", "GET", "/assets/main-0.js", page, "", 418, "", "", "", ""},
		{"what no browser asks for", "GET", "/nothing", "*/*", "", 418, "", "", "", ""},
		{"hidden", "GET", "/.gitkeep", "*/*", "", 418, "", "", "", ""},
		{"hidden, deeper", "GET", "/assets/.hidden.js", "*/*", "", 418, "", "", "", ""},
		{"out of the folder", "GET", "/assets/../../etc/passwd", "*/*", "", 418, "", "", "", ""},
		{"a folder", "GET", "/assets/", "*/*", "", 418, "", "", "", ""},
		{"a write", "POST", "/", page, "", 418, "", "", "", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := httptest.NewRequest(x.method, x.path, http.NoBody)
			r.Header.Set("Accept", x.accept)
			r.Header.Set("Accept-Encoding", x.encodings)
			w := httptest.NewRecorder()
			New(built(), "").Before(next).ServeHTTP(w, r)
			h := w.Header()
			if w.Code != x.status || w.Body.String() != x.body || !strings.Contains(h.Get("Content-Type"), x.kind) ||
				h.Get("Content-Encoding") != x.encoding || !strings.Contains(h.Get("Cache-Control"), x.cache) {
				t.Errorf("%d %q %v", w.Code, w.Body, h)
			}
			if policy := h.Get("Content-Security-Policy"); w.Code == http.StatusOK && !strings.Contains(policy, "frame-ancestors 'none'") {
				t.Errorf("policy %q", policy)
			}
		})
	}
}

func TestUnchangedPageIsNotSentAgain(t *testing.T) {
	d := New(built(), "")
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	d.Before(http.NotFoundHandler()).ServeHTTP(w, r)
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	w = httptest.NewRecorder()
	d.Before(http.NotFoundHandler()).ServeHTTP(w, r)
	if w.Code != http.StatusNotModified {
		t.Errorf("status %d, want 304", w.Code)
	}
}

func TestMayBeFramedByWhoIsNamed(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	New(built(), "https://hub.example").Before(http.NotFoundHandler()).ServeHTTP(w, r)
	if policy := w.Header().Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors https://hub.example") {
		t.Errorf("policy %q", policy)
	}
}

func TestNotBuilt(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	New(fstest.MapFS{".gitkeep": {}}, "").Before(http.NotFoundHandler()).ServeHTTP(w, r)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "make dashboard") {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

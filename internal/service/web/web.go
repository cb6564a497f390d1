// Package web serves the dashboard's files to browsers.
package web

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// notBuilt is what to say where the program holds no dashboard.
const notBuilt = `This program was built without the dashboard: "make dashboard" builds it, "make build" with it.
The API is there: see /docs.
`

// encodings are what files have been compressed to when they were built, the smallest first.
var encodings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// Dashboard serves a built dashboard.
type Dashboard struct {
	files  fs.FS
	policy string
	framed bool
	// index is index.html's ETag; empty where there is no dashboard.
	index string
}

// New returns a Dashboard of the files that were built. ancestors are the pages that may frame it, as
// Content-Security-Policy writes them; empty: none.
func New(files fs.FS, ancestors string) *Dashboard {
	framed := ancestors != ""
	if !framed {
		ancestors = "'none'"
	}
	d := &Dashboard{files: files, framed: framed, policy: strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "worker-src 'self'", "connect-src 'self'",
		// Components place what floats by style attributes; no style sheet comes from anywhere else.
		"style-src 'self'", "style-src-attr 'unsafe-inline'",
		"img-src 'self' data:", "font-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors " + ancestors,
	}, "; ")}
	if text, err := fs.ReadFile(files, "index.html"); err == nil {
		sum := sha256.Sum256(text)
		d.index = `W/"` + hex.EncodeToString(sum[:12]) + `"`
	}
	return d
}

// Before answers with a file, with index.html for what is a page of the dashboard, and leaves the rest to next.
func (d *Dashboard) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		name := strings.TrimPrefix(r.URL.Path, "/")
		switch {
		case name != "index.html" && d.has(name):
			d.serve(w, r, name)
		case !isPage(r):
			next.ServeHTTP(w, r)
		case d.index == "":
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = io.WriteString(w, notBuilt)
		default:
			d.serve(w, r, "index.html")
		}
	})
}

// isPage says whether a browser asks for a page: the dashboard's addresses are its own business. A job's name may have
// dots, a file's always has one.
func isPage(r *http.Request) bool {
	file := path.Ext(r.URL.Path) != "" && !strings.HasPrefix(r.URL.Path, "/projects/")
	return strings.Contains(r.Header.Get("Accept"), "text/html") && !file
}

func (d *Dashboard) has(name string) bool {
	if !fs.ValidPath(name) || strings.HasPrefix(path.Base(name), ".") {
		return false
	}
	info, err := fs.Stat(d.files, name)
	return err == nil && info.Mode().IsRegular()
}

func (d *Dashboard) serve(w http.ResponseWriter, r *http.Request, name string) {
	h := w.Header()
	h.Set("Content-Security-Policy", d.policy)
	if d.framed { // the older header knows no names
		h.Del("X-Frame-Options")
	}
	h.Set("Vary", "Accept-Encoding")
	h.Set("Content-Type", typeOf(name))
	switch {
	case strings.HasPrefix(name, "assets/"): // their names change with what is in them
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	case name == "index.html":
		h.Set("ETag", d.index)
		h.Set("Cache-Control", "no-cache")
	case name == "remoteEntry.js": // names a file of this release, for another dashboard
		h.Set("Cache-Control", "no-cache")
	default:
		h.Set("Cache-Control", "public, max-age=3600")
	}
	for _, e := range encodings {
		if accepts(r, e.name) && d.has(name+e.suffix) {
			h.Set("Content-Encoding", e.name)
			name += e.suffix
			break
		}
	}
	f, err := d.files.Open(name)
	if err != nil {
		http.Error(w, "the file can't be read", http.StatusInternalServerError)
		return
	}
	defer f.Close()
	content, ok := f.(io.ReadSeeker)
	if !ok {
		http.Error(w, "the file can't be read", http.StatusInternalServerError)
		return
	}
	http.ServeContent(w, r, name, time.Time{}, content)
}

func typeOf(name string) string {
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// accepts says whether the caller takes an encoding; q=0 is a refusal.
func accepts(r *http.Request, encoding string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q := strings.ReplaceAll(strings.TrimSpace(parameters), " ", "")
			return q != "q=0" && !strings.HasPrefix(q, "q=0.000")
		}
	}
	return false
}

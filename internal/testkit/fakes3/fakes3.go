// Package fakes3 is an S3 store for tests, of as much as listing and reading one bucket needs. A real one is in
// `make test-s3`.
package fakes3

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Bucket is the store's only one, AccessID whose requests it takes.
const (
	Bucket   = "models"
	AccessID = "id"
)

// Modified is when each object was written.
var Modified = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Send writes an object's content; nil writes it as it is.
type Send func(w http.ResponseWriter, text string)

// New starts a store with these objects, by key, and returns its address. It ends with the test.
func New(t testing.TB, objects map[string]string, send Send) string {
	t.Helper()
	if send == nil {
		send = func(w http.ResponseWriter, text string) { _, _ = io.WriteString(w, text) }
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="+AccessID+"/") {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `<Error><Code>AccessDenied</Code><Message>no</Message></Error>`)
			return
		}
		w.Header().Set("Last-Modified", Modified.Format(http.TimeFormat))
		if key := strings.TrimPrefix(r.URL.Path, "/"+Bucket+"/"); key != "" {
			w.Header().Set("ETag", `"e"`)
			w.Header().Set("Content-Length", strconv.Itoa(len(objects[key])))
			send(w, objects[key])
			return
		}
		_ = xml.NewEncoder(w).Encode(list(objects, r.URL.Query().Get("prefix")))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

type content struct {
	Key          string
	Size         int
	LastModified time.Time
}

type result struct {
	XMLName  xml.Name `xml:"ListBucketResult"`
	Contents []content
}

func list(objects map[string]string, prefix string) (out result) {
	for key, text := range objects {
		if strings.HasPrefix(key, prefix) {
			out.Contents = append(out.Contents, content{key, len(text), Modified})
		}
	}
	return out
}

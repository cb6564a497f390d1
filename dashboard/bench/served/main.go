// Command served serves the dashboard that was built as the training service does, by HTTP/2 and with its policy, over
// answers that were recorded: what a browser measures then is the dashboard's. It ends with its input.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"

	"github.com/opendatahub-io/mpijob/dashboard"
	"github.com/opendatahub-io/mpijob/internal/service/web"
)

// answer is what the service said; visual/answers.ts has the same.
type answer struct {
	Status int    `json:"status"`
	Type   string `json:"type"`
	Body   string `json:"body"`
}

type answers map[string]answer

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "served:", err)
		os.Exit(1)
	}
}

func run(args []string, until io.Reader, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("want the file of answers, got %d arguments", len(args))
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("reading answers: %w", err)
	}
	var known answers
	if err := json.Unmarshal(text, &known); err != nil {
		return fmt.Errorf("reading answers of %s: %w", args[0], err)
	}
	s := httptest.NewUnstartedServer(web.New(dashboard.Files(), "").Before(known))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // a browser that is ended leaves connections half made
	s.StartTLS()
	// Streams are open as long as a page is: they are cut, not waited for.
	defer func() { _ = s.Config.Close() }()
	fmt.Fprintln(out, s.URL)
	_, err = io.Copy(io.Discard, until)
	return err
}

// ServeHTTP answers as recorded. Of jobs' streams nothing is recorded: they stay open, and tell nothing.
func (a answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "private, no-cache")
	k, ok := a[key(r.Method, *r.URL)]
	switch {
	case ok:
		w.Header().Set("Content-Type", k.Type)
		w.WriteHeader(k.Status)
		_, _ = io.WriteString(w, k.Body)
	case strings.Contains(r.URL.Path, "/streams/"):
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	default:
		http.Error(w, "nothing is recorded for "+r.Method+" "+r.URL.String(), http.StatusNotFound)
	}
}

// key is what an answer is found by, as keyOf of visual/answers.ts has it: of a stream, whatever it begins from, and for whom.
func key(method string, u url.URL) string {
	var kept []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		if name, _, _ := strings.Cut(part, "="); part != "" && name != "from" && name != "callerIs" {
			kept = append(kept, part)
		}
	}
	if len(kept) == 0 {
		return method + " " + u.Path
	}
	return method + " " + u.Path + "?" + strings.Join(kept, "&")
}

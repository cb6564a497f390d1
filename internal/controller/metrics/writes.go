package metrics

import (
	"net/http"
	"strings"
)

// verbs of the API, by the method they arrive as.
var verbs = map[string]string{
	http.MethodPost:   "create",
	http.MethodPut:    "update",
	http.MethodPatch:  "patch",
	http.MethodDelete: "delete",
}

// Transport counts the writes that go through another transport: all of them, whichever client made
// them, so that the figure is the API server's too.
func (m *Metrics) Transport(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		answer, err := next.RoundTrip(req)
		if verb := verbs[req.Method]; verb != "" && !dryRun(req) {
			result := refused
			if err == nil && answer.StatusCode < 300 {
				result = accepted
			}
			m.writes.WithLabelValues(verb, resource(req.URL.Path), result).Inc()
		}
		return answer, err
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func dryRun(req *http.Request) bool { return req.URL.Query().Has("dryRun") }

// resource takes "pods" or "mpijobs/status" out of a path of the API:
// /api/v1/namespaces/<namespace>/pods/<name>, /apis/<group>/<version>/<resource>.
func resource(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch parts[0] {
	case "api":
		parts = parts[min(2, len(parts)):]
	case "apis":
		parts = parts[min(3, len(parts)):]
	default:
		return "other"
	}
	if len(parts) > 2 && parts[0] == "namespaces" {
		parts = parts[2:]
	}
	switch {
	case len(parts) == 0 || parts[0] == "":
		return "other"
	case len(parts) > 2:
		return parts[0] + "/" + parts[2]
	default:
		return parts[0]
	}
}

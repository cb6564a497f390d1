package service

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's template
	"encoding/base64"
	"html/template"
	"net/http"
	"sort"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/opendatahub-io/mpijob/internal/service/web"
	"github.com/opendatahub-io/mpijob/openapi"
)

//go:embed docs.html
var docsTemplate string

//go:embed docs.css
var docsStyle string

// addPages adds what needs no token: the documentation, which says nothing about the cluster.
func (s *Service) addPages(mux *http.ServeMux) {
	page := docsPage(s.contract.doc)
	style := sha256.Sum256([]byte(docsStyle))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(style[:]) + "'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
	static := func(kind string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Content-Security-Policy", policy)
			_, _ = w.Write(body)
		}
	}
	mux.HandleFunc("GET /docs", static("text/html; charset=utf-8", page))
	mux.HandleFunc("GET /openapi.yaml", static("application/yaml", openapi.Training))
	// Browsers get the dashboard, where nothing else is; whatever else asks is shown what can be asked.
	mux.Handle("/", web.New(s.Dashboard, s.FrameAncestors).Before(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" && r.Method == http.MethodGet {
			http.Redirect(w, r, "/docs", http.StatusFound)
			return
		}
		s.fail(w, r, s.noRoute(w, r))
	})))
}

type docOperation struct {
	Method, Path, ID, Summary, Description, Tag string
	Parameters                                  []docParameter
}

type docParameter struct {
	Name, In, Description string
	Required              bool
}

// docsPage is the contract as one page without anything from elsewhere.
func docsPage(doc *openapi3.T) []byte {
	var ops []docOperation
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			o := docOperation{Method: method, Path: path, ID: op.OperationID, Summary: op.Summary, Description: op.Description, Tag: strings.Join(op.Tags, " ")}
			for _, p := range append(append(openapi3.Parameters{}, item.Parameters...), op.Parameters...) {
				o.Parameters = append(o.Parameters, docParameter{p.Value.Name, p.Value.In, p.Value.Description, p.Value.Required})
			}
			ops = append(ops, o)
		}
	}
	sort.Slice(ops, func(a, b int) bool {
		if ops[a].Path != ops[b].Path {
			return ops[a].Path < ops[b].Path
		}
		return ops[a].Method < ops[b].Method
	})
	var b bytes.Buffer
	t := template.Must(template.New("docs").Parse(docsTemplate))
	err := t.Execute(&b, map[string]any{
		"Title": doc.Info.Title, "Intro": strings.Split(strings.TrimSpace(doc.Info.Description), "\n\n"),
		"Style": template.CSS(docsStyle), "Operations": ops, "Codes": codes,
	})
	if err != nil {
		panic(err) // the template is part of the program
	}
	return b.Bytes()
}

// codes are the codes of problems, and what they mean.
var codes = []struct{ Code, Meaning string }{
	{"BadRequest", "A parameter, or the form of the body, is not as the contract says."},
	{"Unauthenticated", "No token was sent, or the cluster doesn't accept it (any more)."},
	{"Forbidden", "You lack the right; whether what you asked for exists is not said."},
	{"NotSecure", "A browser may sign in over TLS only."},
	{"CrossOrigin", "A browser sent this from a page of another site."},
	{"QuotaExceeded", "A ResourceQuota of the namespace refused it."},
	{"NotFound", "There is no such job, or no such thing of the namespace."},
	{"NoLog", "The Launcher or Worker has no log: not yet, or no more."},
	{"NoMetrics", "The cluster doesn't measure what Launchers and Workers use, or not at the moment."},
	{"NoOutput", "The job doesn't say where its results are."},
	{"OutputUnreadable", "The claim or bucket with the job's results can't be read; the detail says why."},
	{"NoSuchAddress", "The service has no such address."},
	{"MethodNotAllowed", "The address is there, but not with this method."},
	{"AlreadyExists", "There is a job, or a template, of that name."},
	{"OtherCaller", "A stream was asked for as somebody else than its caller is."},
	{"Conflict", "Somebody else changed it at the same moment."},
	{"Replaced", "The job that was meant is gone, and another has its name, which was left as it is."},
	{"Unsupported", "This can't be done to jobs of that type."},
	{"TooLarge", "The body is larger than a job can be."},
	{"TooSlow", "The body didn't come in time."},
	{"UnsupportedMediaType", "The body must be application/json."},
	{"WrongHost", "The request names another host than this service's."},
	{"Invalid", "The job can't be as it is written; `fields` has every problem."},
	{"IdempotencyKeyReused", "The Idempotency-Key came with another request before."},
	{"TooManyRequests", "More requests than one caller may send."},
	{"TooManyStreams", "More open streams than one caller may have."},
	{"NotRunning", "The Launcher or Worker doesn't run: not yet, or no more."},
	{"UpgradeRequired", "A command is run over a WebSocket; this request was none, or over HTTP/2."},
	{"Idle", "A command's connection was ended because nothing came or went for too long; what heeds neither its input's end nor its terminal's runs on."},
	{codeNoInput, "A command's connection was ended because the command took no input while more and more came; it may run on, as above."},
	{"TooManyShells", "More commands than one caller may run at once."},
	{"TooManyDownloads", "More listings of outputs, and downloads of outputs and logs, than one caller may have at once."},
	{"TooManyUploads", "More folders of code than one caller may send at once."},
	{"Busy", "The service does as much as it can."},
	{"NotReady", "The service hasn't read the jobs of the cluster yet."},
	{"NotInstalled", "The cluster doesn't know MPIJobs, or the type of job that was asked for."},
	{"Draining", "This replica ends; another one goes on."},
	{"ClusterUnreachable", "The API server doesn't answer."},
	{"ClusterBusy", "The API server is too busy to answer."},
	{"ClusterError", "The API server answered with an error of its own."},
	{"Timeout", "The cluster didn't answer in time."},
	{"Internal", "A mistake in the service; its log says more under the problem's instance."},
}

package service

import (
	"context"
	"iter"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// How long a listing of outputs may take, most of it waiting for a pod, and a download.
const (
	outputsWithin  = training.DefaultOutputPatience + time.Minute
	downloadWithin = time.Hour
)

// unhurriedPaths are of requests that may wait for a pod, or send much; their number is bounded by itself.
var unhurriedPaths = []string{
	"/api/v1/namespaces/{namespace}/trainingjobs/{name}/outputs",
	"/api/v1/namespaces/{namespace}/trainingjobs/{name}/outputs/content",
	"/api/v1/namespaces/{namespace}/trainingjobs/{name}/logs/content",
}

func forDownload(r *http.Request) bool {
	return r.Method == http.MethodGet && slices.ContainsFunc(unhurriedPaths, func(p string) bool { return matches(p, r.URL.Path) })
}

// unhurried gives a request more time than others have. What a download writes has its own.
func unhurried(w http.ResponseWriter, r *http.Request, next http.Handler) {
	control := http.NewResponseController(w)
	// The server's limit is on reading a request, and this one has no body.
	_ = control.SetReadDeadline(time.Time{})
	within := downloadWithin
	if strings.HasSuffix(r.URL.Path, "/outputs") {
		within = outputsWithin
		_ = control.SetWriteDeadline(time.Now().Add(within + time.Minute))
	}
	ctx, cancel := context.WithTimeout(r.Context(), within)
	defer cancel()
	next.ServeHTTP(w, r.WithContext(ctx))
}

// outputOptions are those of a caller's request. A path that leads elsewhere is refused, though nothing
// would follow it.
func (s *Service) outputOptions(paths *[]string) (training.OutputOptions, error) {
	o := training.OutputOptions{Transport: s.Stores}
	for _, p := range deref(paths) {
		name := strings.TrimSuffix(p, "/")
		if name == "" || path.IsAbs(name) || path.Clean(name) != name || name == "." || name == ".." || strings.HasPrefix(name, "../") || strings.ContainsAny(name, "\x00\\\r\n") {
			return o, badParameter("path", "must be that of a file or folder below the output's place, as models/best.pt")
		}
		o.Paths = append(o.Paths, name)
	}
	return o, nil
}

// ListTrainingJobOutputs reads the place as the caller.
func (s *operations) ListTrainingJobOutputs(ctx context.Context, r api.ListTrainingJobOutputsRequestObject) (api.ListTrainingJobOutputsResponseObject, error) {
	o, err := s.outputOptions(r.Params.Path)
	if err != nil {
		return nil, err
	}
	done, err := s.downloads.open(callerOf(ctx).User)
	if err != nil {
		return nil, err
	}
	defer done()
	list, err := s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Outputs(ctx, r.Name, o)
	if err != nil {
		return nil, err
	}
	return api.ListTrainingJobOutputs200JSONResponse(*list), nil
}

// DownloadTrainingJobOutputs reads the files as the caller. An error that comes before the first one is the
// answer; one that comes later breaks the stream off.
func (s *operations) DownloadTrainingJobOutputs(ctx context.Context, r api.DownloadTrainingJobOutputsRequestObject) (_ api.DownloadTrainingJobOutputsResponseObject, err error) {
	o, err := s.outputOptions(r.Params.Path)
	if err != nil {
		return nil, err
	}
	done, err := s.downloads.open(callerOf(ctx).User)
	if err != nil {
		return nil, err
	}
	d := &download{
		transfer: transfer{s: s.Service, job: r.Name, right: rightOn(orMPIJob(deref(r.Params.Type)), "get", r.Namespace, r.Name)},
		paths:    o.Paths, wanted: map[string]bool{},
	}
	d.ctx, d.cancel = context.WithCancelCause(ctx)
	o.Listed = d.listed
	stop := func() {}
	d.end = func() { stop(); d.cancel(nil); done() }
	begun := false
	defer func() {
		if !begun {
			d.end()
		}
	}()
	d.next, stop = iter.Pull2(s.jobs(ctx, r.Namespace, deref(r.Params.Type)).ReadOutputs(d.ctx, r.Name, o))
	// Until there is something to send, it is no longer waited than for a list.
	patience := time.AfterFunc(outputsWithin, func() { d.cancel(context.DeadlineExceeded) })
	first, err, some := d.next()
	patience.Stop()
	switch {
	case err != nil:
		return nil, err
	case !some:
		return nil, d.nothing()
	}
	d.first, begun = first, true
	go d.watch(slowFor)
	return d, nil
}

// nothing is why there is nothing to send.
func (d *download) nothing() error {
	why := "the job has left no files yet"
	if d.skipped > 0 {
		why = "what is there can't be fetched"
	}
	return problem(http.StatusNotFound, "NotFound", "Not found", why, "list the outputs of the job: it says what there is, and why something can't be fetched")
}

// listed notes what is to come. Part of it, with nothing to tell so, would look like all.
func (d *download) listed(l *training.OutputList) error {
	if l.Truncated {
		return problem(http.StatusUnprocessableEntity, "Invalid", "Too many files", "these are more than 10,000 files", "name folders with `path`, and fetch them one by one")
	}
	d.skipped = len(l.Skipped)
	for _, f := range l.Files {
		d.wanted[f.Path] = true
	}
	return nil
}

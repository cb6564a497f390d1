package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/internal/service/index"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// operations are the operations of the contract.
type operations struct{ *Service }

var _ api.StrictServerInterface = (*operations)(nil)

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// selection are the options of a list, from its query.
func selection(p api.ListTrainingJobsParams) training.ListOptions {
	o := training.ListOptions{
		Types: deref(p.Type), Phases: deref(p.Phase), Creator: deref(p.Creator), LabelSelector: deref(p.LabelSelector),
		Search: deref(p.Search), SortBy: deref(p.SortBy), Reverse: deref(p.Reverse), Limit: deref(p.Limit), Offset: deref(p.Offset), Continue: deref(p.Continue),
	}
	if o.Limit == 0 {
		o.Limit = defaultPage
	}
	return o
}

// defaultPage is how many jobs a list has where the caller doesn't say.
const defaultPage = 200

// ListTrainingJobs reads from the index what the caller may list.
func (s *operations) ListTrainingJobs(ctx context.Context, r api.ListTrainingJobsRequestObject) (api.ListTrainingJobsResponseObject, error) {
	list, tag, err := s.list(ctx, r.Namespace, selection(r.Params), deref(r.Params.IfNoneMatch))
	if err != nil {
		return nil, err
	}
	if list == nil {
		return api.ListTrainingJobs304Response{}, nil
	}
	return api.ListTrainingJobs200JSONResponse{JobsJSONResponse: api.JobsJSONResponse{Body: *list, Headers: api.JobsResponseHeaders{ETag: tag}}}, nil
}

// ListAllTrainingJobs is ListTrainingJobs of all namespaces.
func (s *operations) ListAllTrainingJobs(ctx context.Context, r api.ListAllTrainingJobsRequestObject) (api.ListAllTrainingJobsResponseObject, error) {
	list, tag, err := s.list(ctx, "", selection(api.ListTrainingJobsParams(r.Params)), deref(r.Params.IfNoneMatch))
	if err != nil {
		return nil, err
	}
	if list == nil {
		return api.ListAllTrainingJobs304Response{}, nil
	}
	return api.ListAllTrainingJobs200JSONResponse{JobsJSONResponse: api.JobsJSONResponse{Body: *list, Headers: api.JobsResponseHeaders{ETag: tag}}}, nil
}

// list returns nil where the caller has the newest state already.
func (s *operations) list(ctx context.Context, namespace string, o training.ListOptions, has string) (*api.JobList, string, error) {
	x, types, notes, err := s.reads(ctx, "list", namespace, o.Types)
	if err != nil {
		return nil, "", err
	}
	tag := listTag(x.Digest(namespace), types)
	if has == tag {
		return nil, tag, nil
	}
	jobs, at, digest := x.List(namespace)
	// What the caller may see is left, whatever they ask for.
	jobs = slices.DeleteFunc(jobs, func(j *training.Job) bool { return !slices.Contains(types, j.Type) })
	page, err := training.Select(jobs, o)
	if err != nil {
		return nil, "", err
	}
	list := &api.JobList{Items: make([]api.Job, len(page.Items)), Total: page.Total, Position: placeOf(at.String(), typesMark(x, types))}
	for i, j := range page.Items {
		list.Items[i] = *j
	}
	if page.Continue != "" {
		list.Continue = &page.Continue
	}
	if len(notes) > 0 {
		list.Notes = &notes
	}
	return list, listTag(digest, types), nil
}

// listTag changes with the jobs of the namespace, and with what the caller may see of them.
func listTag(digest uint64, types []training.Type) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = string(t)
	}
	return fmt.Sprintf(`W/"%x-%s"`, digest, strings.Join(names, "."))
}

// reads is the index to read a namespace's jobs from, and the types the caller may read there.
func (s *Service) reads(ctx context.Context, verb, namespace string, asked []training.Type) (x *index.Index, types []training.Type, notes []string, err error) {
	// Rights come first: what isn't ready is nothing for those who may not look, and nobody watches it for
	// them.
	if _, _, err = s.readable(ctx, verb, namespace, asked, training.Types()); err != nil {
		return nil, nil, nil, err
	}
	if x, err = s.Indexes.Of(ctx, callerOf(ctx), namespace); err == nil {
		err = s.Reachable()
	}
	if err != nil {
		return nil, nil, nil, notReadyYet(err)
	}
	types, notes, err = s.readable(ctx, verb, namespace, asked, x.Present())
	return x, types, notes, err
}

func notReadyYet(err error) error {
	var down *training.UnreachableError
	var absent *training.NotInstalledError
	var said *problemError
	if errors.As(err, &down) || errors.As(err, &absent) || errors.As(err, &said) {
		return err
	}
	return later(problem(http.StatusServiceUnavailable, "NotReady", "Not ready yet", "the service hasn't read the jobs of the cluster yet", "try again in a moment"), 2)
}

// GetTrainingJob reads from the index; what it doesn't hold, or knows too little of, is asked for with the
// caller's own token.
func (s *operations) GetTrainingJob(ctx context.Context, r api.GetTrainingJobRequestObject) (api.GetTrainingJobResponseObject, error) {
	j, err := s.get(ctx, r.Namespace, r.Name, deref(r.Params.Type))
	if err != nil {
		return nil, err
	}
	tag := jobTag(j)
	if deref(r.Params.IfNoneMatch) == tag {
		return api.GetTrainingJob304Response{}, nil
	}
	return api.GetTrainingJob200JSONResponse{JobJSONResponse: jobAnswer(j)}, nil
}

func (s *operations) get(ctx context.Context, namespace, name string, t training.Type) (*training.Job, error) {
	t = orMPIJob(t)
	if err := s.may(ctx, rightOn(t, "get", namespace, name)); err != nil {
		return nil, err
	}
	x, err := s.Indexes.Of(ctx, callerOf(ctx), namespace)
	if err == nil && s.Reachable() == nil {
		// Why a job failed is in its report, which only the caller may read.
		if j := x.Get(index.Key{Type: t, Namespace: namespace, Name: name}); j != nil && j.Phase != training.Failed {
			return j, nil
		}
	}
	return s.jobs(ctx, namespace, t).Get(ctx, name)
}

// jobs are a namespace's jobs, as the caller.
func (s *Service) jobs(ctx context.Context, namespace string, t training.Type) *training.Jobs {
	return callerOf(ctx).Client.Jobs(namespace).Of(orMPIJob(t))
}

func orMPIJob(t training.Type) training.Type {
	if t == "" {
		return training.TypeMPIJob
	}
	return t
}

func jobTag(j *training.Job) string {
	return fmt.Sprintf(`W/"%s-%s-%s"`, j.UID, j.ResourceVersion, j.Reason)
}

func jobAnswer(j *training.Job) api.JobJSONResponse {
	return api.JobJSONResponse{Body: *j, Headers: api.JobResponseHeaders{ETag: jobTag(j)}}
}

// DescribeTrainingJob reads all of it as the caller, after the position: what changes meanwhile is told by a stream
// from there.
func (s *operations) DescribeTrainingJob(ctx context.Context, r api.DescribeTrainingJobRequestObject) (api.DescribeTrainingJobResponseObject, error) {
	at := s.position(ctx, r.Namespace, orMPIJob(deref(r.Params.Type)))
	d, err := s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Describe(ctx, r.Name)
	if err != nil {
		return nil, err
	}
	return api.DescribeTrainingJob200JSONResponse{Body: *d, Headers: api.DescribeTrainingJob200ResponseHeaders{Position: at}}, nil
}

// ListTrainingJobEvents reads them as the caller.
func (s *operations) ListTrainingJobEvents(ctx context.Context, r api.ListTrainingJobEventsRequestObject) (api.ListTrainingJobEventsResponseObject, error) {
	events, err := s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Events(ctx, r.Name)
	if err != nil {
		return nil, err
	}
	return api.ListTrainingJobEvents200JSONResponse(append([]training.Event{}, events...)), nil
}

// GetTrainingJobManifest is the export, as the caller.
func (s *operations) GetTrainingJobManifest(ctx context.Context, r api.GetTrainingJobManifestRequestObject) (api.GetTrainingJobManifestResponseObject, error) {
	text, err := s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Export(ctx, r.Name, training.ReadOptions{UID: deref(r.Params.UID)})
	if err != nil {
		return nil, err
	}
	return api.GetTrainingJobManifest200ApplicationYamlResponse{Body: strings.NewReader(string(text)), ContentLength: int64(len(text))}, nil
}

// ListTrainingJobFamily reads them as the caller.
func (s *operations) ListTrainingJobFamily(ctx context.Context, r api.ListTrainingJobFamilyRequestObject) (api.ListTrainingJobFamilyResponseObject, error) {
	family, err := s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Family(ctx, r.Name)
	if err != nil {
		return nil, err
	}
	out := api.ListTrainingJobFamily200JSONResponse{}
	for _, j := range family {
		out = append(out, *j)
	}
	return out, nil
}

// CompareTrainingJobs reads them as the caller.
func (s *operations) CompareTrainingJobs(ctx context.Context, r api.CompareTrainingJobsRequestObject) (api.CompareTrainingJobsResponseObject, error) {
	c, err := s.jobs(ctx, r.Namespace, "").Compare(ctx, r.Params.Job, training.CompareOptions{All: deref(r.Params.All)})
	if err != nil {
		return nil, err
	}
	return api.CompareTrainingJobs200JSONResponse(*c), nil
}

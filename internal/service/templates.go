package service

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/internal/yamltext"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// ListTemplates reads them as the caller.
func (s *operations) ListTemplates(ctx context.Context, r api.ListTemplatesRequestObject) (api.ListTemplatesResponseObject, error) {
	list, err := s.jobs(ctx, r.Namespace, "").Templates(ctx)
	if err != nil {
		return nil, err
	}
	out := make(api.ListTemplates200JSONResponse, len(list))
	for i, t := range list {
		out[i] = *t
	}
	return out, nil
}

// GetTemplate reads one as the caller.
func (s *operations) GetTemplate(ctx context.Context, r api.GetTemplateRequestObject) (api.GetTemplateResponseObject, error) {
	t, err := s.jobs(ctx, r.Namespace, "").Template(ctx, r.Name)
	if err != nil {
		return nil, err
	}
	return api.GetTemplate200JSONResponse(*t), nil
}

// DeleteTemplate deletes with the caller's token.
func (s *operations) DeleteTemplate(ctx context.Context, r api.DeleteTemplateRequestObject) (api.DeleteTemplateResponseObject, error) {
	if err := s.jobs(ctx, r.Namespace, "").DeleteTemplate(ctx, r.Name); err != nil {
		return nil, err
	}
	return api.DeleteTemplate204Response{}, nil
}

// SaveTemplate saves with the caller's token.
func (s *operations) SaveTemplate(ctx context.Context, r api.SaveTemplateRequestObject) (api.SaveTemplateResponseObject, error) {
	jobs := s.jobs(ctx, r.Namespace, "")
	t, err := readTemplate(ctx, jobs, *r.Body)
	if err != nil {
		return nil, err
	}
	saved, err := jobs.SaveTemplate(ctx, t, training.SaveTemplateOptions{Replace: deref(r.Params.Replace)})
	if err != nil {
		return nil, err
	}
	return api.SaveTemplate201JSONResponse{Body: *saved, Headers: api.SaveTemplate201ResponseHeaders{
		Location: "/api/v1/namespaces/" + r.Namespace + "/templates/" + saved.Name,
	}}, nil
}

// newTemplate is the body of a template to save. One that was read may come back as it was.
type newTemplate struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	From        string          `json:"from"`
	Spec        json.RawMessage `json:"spec"`
	MPIJob      json.RawMessage `json:"mpijob"`
	BuiltIn     bool            `json:"builtIn"`
	Created     any             `json:"created"`
}

func readTemplate(ctx context.Context, jobs *training.Jobs, body []byte) (*training.Template, error) {
	var in newTemplate
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return nil, &training.InvalidError{What: "the template", Problems: []training.Problem{specProblem(err)}}
	}
	given := 0
	for _, there := range []bool{in.From != "", in.Spec != nil, in.MPIJob != nil} {
		if there {
			given++
		}
	}
	if given != 1 {
		return nil, problem(http.StatusUnprocessableEntity, "Invalid", "Can't be as it is written", "say what the template is of: one of `from`, `spec` and `mpijob`")
	}
	if in.From != "" {
		if wrong := validation.IsDNS1123Subdomain(in.From); len(wrong) > 0 {
			return nil, &training.InvalidError{What: "the template", Problems: []training.Problem{{Field: "from", Message: "is no name of a job: " + wrong[0]}}}
		}
		m, err := jobs.MPIJob(ctx, in.From)
		if err != nil {
			return nil, err
		}
		t := training.TemplateOf(in.Name, m)
		t.Description = in.Description
		return t, nil
	}
	// The reader of templates names each field that is wrong.
	text, err := json.Marshal(struct {
		APIVersion  string          `json:"apiVersion"`
		Kind        string          `json:"kind"`
		Name        string          `json:"name"`
		Description string          `json:"description,omitempty"`
		Spec        json.RawMessage `json:"spec,omitempty"`
		MPIJob      json.RawMessage `json:"mpijob,omitempty"`
	}{"training.opendatahub.io/v1", "TrainingTemplate", in.Name, in.Description, in.Spec, in.MPIJob})
	if err != nil {
		return nil, fmt.Errorf("reading the template: %w", err)
	}
	return training.ReadTemplate(bytes.NewReader(yamltext.JSON(text)), fmt.Sprintf("template %q", short(in.Name, 63)))
}

// CreateFromTemplate creates a job of a template with the caller's token; once for each Idempotency-Key.
func (s *operations) CreateFromTemplate(ctx context.Context, r api.CreateFromTemplateRequestObject) (api.CreateFromTemplateResponseObject, error) {
	o := training.CreateOptions{DryRun: training.DryRun(deref(r.Params.DryRun))}
	req, err := requestOn(r.Namespace, r.Name, deref(r.Params.IdempotencyKey), "createFromTemplate", r.Body)
	if err != nil {
		return nil, err
	}
	out, err := doOnce(ctx, s.Service, req, o.DryRun, func(ctx context.Context, remember string) (created, error) {
		o.Request = remember
		t, err := s.jobs(ctx, r.Namespace, "").Template(ctx, r.Name)
		if err != nil {
			return created{}, err
		}
		m, err := t.Job(r.Body.Name, deref(r.Body.Changes))
		if err != nil {
			return created{}, err
		}
		return s.createJob(ctx, r.Namespace, m, t.Spec != nil, o)
	})
	if err != nil {
		return nil, err
	}
	if o.DryRun != training.DryRunNone {
		return api.CreateFromTemplate200JSONResponse(out.Created), nil
	}
	return api.CreateFromTemplate201JSONResponse{Body: out.Created, Headers: api.CreateFromTemplate201ResponseHeaders{Location: out.at}}, nil
}

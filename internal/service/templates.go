package service

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"unicode/utf8"

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

// readTemplate reads the body of a template to save. One that was read may come back as it was.
func readTemplate(ctx context.Context, jobs *training.Jobs, body []byte) (*training.Template, error) {
	var in map[string]json.RawMessage
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, badRequest("the body is not a JSON object: " + firstLine(err.Error()))
	}
	delete(in, "builtIn")
	delete(in, "created")
	given, misspelt := 0, false
	for what, raw := range in {
		switch {
		case what == "name" || what == "description":
		case what != "from" && what != "spec" && what != "mpijob":
			misspelt = true
		case string(raw) == `""` || string(raw) == "null":
			delete(in, what)
		default:
			given++
		}
	}
	if given > 1 || given == 0 && !misspelt {
		return nil, problem(http.StatusUnprocessableEntity, "Invalid", "Can't be as it is written", "say what the template is of: one of `from`, `spec` and `mpijob`")
	}
	if in["from"] != nil {
		return templateOfJob(ctx, jobs, in)
	}
	// The reader of templates names each field that is wrong.
	in["apiVersion"], in["kind"] = json.RawMessage(`"training.opendatahub.io/v1"`), json.RawMessage(`"TrainingTemplate"`)
	text, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("reading the template: %w", err)
	}
	var name string
	_ = json.Unmarshal(in["name"], &name) // another type is the reader's to tell
	t, err := training.ReadTemplate(bytes.NewReader(yamltext.JSON(text)), fmt.Sprintf("template %q", short(name, 63)))
	return t, ofBody(text, err)
}

// templateOfJob is a template of a job there is, of which the body says the name, and its UID where another may have that by now.
func templateOfJob(ctx context.Context, jobs *training.Jobs, in map[string]json.RawMessage) (*training.Template, error) {
	invalid := &training.InvalidError{What: "the template"}
	var name, description, from, uid string
	texts := map[string]*string{"name": &name, "description": &description, "from": &from, "uid": &uid}
	for _, field := range slices.Sorted(maps.Keys(in)) {
		to, known := texts[field]
		switch {
		case !known:
			invalid.Problems = append(invalid.Problems, training.Problem{Field: field, Message: "there is no such field: remove it"})
		case json.Unmarshal(in[field], to) != nil:
			invalid.Problems = append(invalid.Problems, training.Problem{Field: field, Message: "should be text: put it in quotes"})
		case field == "from":
			if wrong := validation.IsDNS1123Subdomain(from); len(wrong) > 0 {
				invalid.Problems = append(invalid.Problems, training.Problem{Field: "from", Message: fmt.Sprintf("%q is no name of a job: it has lower-case letters, digits, '-' and '.'", short(from, 63))})
			}
		case field == "uid" && (uid == "" || utf8.RuneCountInString(uid) > 64):
			invalid.Problems = append(invalid.Problems, training.Problem{Field: "uid", Message: "has 1 to 64 characters: write that of the job in `from`, or leave it out"})
		}
	}
	if len(invalid.Problems) > 0 {
		return nil, invalid
	}
	m, err := jobs.MPIJob(ctx, from, training.ReadOptions{UID: uid})
	if err != nil {
		return nil, err
	}
	t := training.TemplateOf(name, m)
	t.Description = description
	return t, nil
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

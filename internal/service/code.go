package service

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// maxCodeBody is how much longer than others a body may be that brings a folder of code: what it holds at
// most, incompressible, with the headers between.
const maxCodeBody = training.MaxCodeBytes + 1<<20

// How many folders are read at once, which are held in memory, and how many of one caller.
const (
	maxUploads          = 8
	maxUploadsPerCaller = 2
)

// bringsCode says whether a request may bring a folder of code.
func bringsCode(r *http.Request) bool {
	return r.Method == http.MethodPost && isMultipart(r) && matches("/api/v1/namespaces/{namespace}/trainingjobs", r.URL.Path)
}

func isMultipart(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// mayUpload takes a place for a folder. Nothing is read of who may create no jobs.
func (s *Service) mayUpload(ctx context.Context, namespace string) (done func(), err error) {
	if err := s.may(ctx, rightOn(training.TypeMPIJob, "create", namespace, "")); err != nil {
		return nil, err
	}
	return s.uploads.open(callerOf(ctx).User)
}

// readWithCode reads a job and its folder of code.
func (s *Service) readWithCode(form *multipart.Reader) (job []byte, code *training.Code, err error) {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, unreadableForm(err)
		}
		switch name := part.FormName(); {
		case name == "job" && job == nil:
			if job, err = s.readPart(part); err != nil {
				return nil, nil, err
			}
		case name == "code" && code == nil:
			if code, err = training.ReadCode(part); err != nil {
				return nil, nil, codeProblems(err)
			}
		default:
			return nil, nil, badRequest("the body has the parts `job` and `code`, each once, and no others")
		}
	}
	if job == nil {
		return nil, nil, badRequest("the body has no part `job`")
	}
	return job, code, nil
}

// readPart reads the job, which is no larger here than alone.
func (s *Service) readPart(part io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(part, s.Limits.Body+1))
	if err != nil {
		return nil, unreadableForm(err)
	}
	if int64(len(text)) > s.Limits.Body {
		return nil, &http.MaxBytesError{Limit: s.Limits.Body}
	}
	return text, nil
}

func unreadableForm(err error) error {
	if cut := cutShort(err); cut != nil {
		return cut
	}
	return badRequest("the body can't be read as multipart/form-data: " + firstLine(err.Error()))
}

// codeProblems names the files as fields of the job.
func codeProblems(err error) error {
	var invalid *training.InvalidError
	switch cut := cutShort(err); {
	case errors.As(err, &invalid):
		for i := range invalid.Problems {
			p := &invalid.Problems[i]
			if p.Field != "" {
				p.Field = "/" + p.Field
			}
			p.Field = "code" + p.Field
		}
		return invalid
	case cut != nil:
		return cut
	}
	return badRequest("the part `code` broke off")
}

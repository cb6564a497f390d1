package training

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// bucketSource reads a prefix in a bucket, with the credentials of a connection.
type bucketSource struct {
	client *minio.Client
	place  string
	bucket string
	prefix string // with a slash at its end, or empty
}

func (j *Jobs) openBucket(ctx context.Context, m *MPIJob, place Output, o OutputOptions) (outputSource, error) {
	name := outputConnection(m)
	text := m.Annotations[mpijob.AnnotationOutput]
	if name == "" {
		return nil, &OutputError{Place: text, Err: errors.New("the job names no connection for it"), Hint: "give the job a connection (--connection) or the annotation " + mpijob.AnnotationOutputConnection}
	}
	secret, err := j.secret(ctx, name)
	if err != nil {
		return nil, err
	}
	if problems := s3Problems(secret, text); len(problems) > 0 {
		return nil, &OutputError{Place: text, Err: errors.New(strings.Join(problems, "; "))}
	}
	return newBucketSource(secret, place, o.Transport)
}

func newBucketSource(secret *corev1.Secret, place Output, transport http.RoundTripper) (*bucketSource, error) {
	s := &bucketSource{bucket: place.Bucket}
	if s.bucket == "" {
		s.bucket = string(secret.Data[keyBucket])
	}
	s.place = "s3://" + s.bucket + "/" + place.Prefix
	if place.Prefix != "" {
		s.prefix = place.Prefix + "/"
	}
	host, secure, err := s3Endpoint(string(secret.Data[keyEndpoint]))
	if err != nil {
		return nil, &OutputError{Place: s.place, Err: fmt.Errorf("connection %q: %s %w", secret.Name, keyEndpoint, err)}
	}
	if transport == nil {
		t, err := minio.DefaultTransport(secure)
		if err != nil {
			return nil, &OutputError{Place: s.place, Err: err}
		}
		t.ResponseHeaderTimeout = 30 * time.Second
		transport = t
	}
	trimmed := func(key string) string { return strings.TrimSpace(string(secret.Data[key])) }
	s.client, err = minio.New(host, &minio.Options{
		Creds:  credentials.NewStaticV4(trimmed(keyAccessID), trimmed(keyAccessSecret), ""),
		Secure: secure, Region: trimmed(keyRegion), Transport: transport, MaxRetries: 3,
	})
	if err != nil {
		return nil, &OutputError{Place: s.place, Err: fmt.Errorf("connection %q: %w", secret.Name, err)}
	}
	return s, nil
}

// s3Endpoint reads an address as people write it: with or without https:// in front.
func s3Endpoint(text string) (host string, secure bool, err error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "", false, errors.New("is no address: write it as https://s3.example.com")
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "", u.User != nil, strings.Trim(u.Path, "/") != "":
		return "", false, errors.New("is no address of a server: write it as https://s3.example.com")
	}
	return u.Host, u.Scheme == "https", nil
}

func (s *bucketSource) list(ctx context.Context, below []string) (*OutputList, error) {
	out := &OutputList{Place: s.place, Files: []OutputFile{}}
	if len(below) == 0 {
		return out, s.add(ctx, out, s.prefix)
	}
	for _, p := range below {
		if err := s.add(ctx, out, s.prefix+p); err != nil || out.Truncated {
			return out, err
		}
	}
	return out, nil
}

// add puts the objects whose keys begin so on the list.
func (s *bucketSource) add(ctx context.Context, out *OutputList, prefix string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for object := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		switch {
		case object.Err != nil:
			return s.failed(object.Err)
		case len(out.Files)+len(out.Skipped) >= MaxOutputFiles:
			out.Truncated = true
			return nil
		case strings.HasSuffix(object.Key, "/"): // a folder, for those who think in folders
		default:
			out.add(OutputFile{Path: strings.TrimPrefix(object.Key, s.prefix), Size: object.Size, Modified: object.LastModified.UTC()})
		}
	}
	return nil
}

func (s *bucketSource) read(ctx context.Context, files []OutputFile) iter.Seq2[*OutputContent, error] {
	return func(yield func(*OutputContent, error) bool) {
		for _, f := range files {
			object, err := s.client.GetObject(ctx, s.bucket, s.prefix+f.Path, minio.GetObjectOptions{})
			if err != nil {
				yield(nil, s.failed(err))
				return
			}
			more := yield(&OutputContent{OutputFile: f, Reader: object}, nil)
			_ = object.Close()
			if !more {
				return
			}
		}
	}
}

func (s *bucketSource) close() {}

// failed says what S3 answered, and what to do about it.
func (s *bucketSource) failed(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	e := &OutputError{Place: s.place, Err: err}
	switch answer := minio.ToErrorResponse(err); answer.Code {
	case "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch":
		e.Hint = "check the keys of the connection, and what they may do in the bucket"
	case "NoSuchBucket":
		e.Hint = "check the bucket's name, in the job's output or the connection"
	case "":
		e.Hint = "check the connection's endpoint, and whether it can be reached from here"
	}
	return e
}

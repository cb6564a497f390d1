package training

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// A connection of Open Data Hub is a Secret that its dashboard made: ConnectionLabel says that it is to
// be seen there, the annotations of which kind it is. See "Connection API and Connection Type Protocol"
// among Open Data Hub's architecture decision records.
const (
	ConnectionLabel     = "opendatahub.io/dashboard"
	connectionProtocol  = "opendatahub.io/connection-type-protocol" // since 3.0
	connectionTypeRef   = "opendatahub.io/connection-type-ref"      // 2.16 to 2.25
	connectionType      = "opendatahub.io/connection-type"          // before
	connectionTitle     = "openshift.io/display-name"
	connectionIsInS3    = "s3"
	keyAccessID         = "AWS_ACCESS_KEY_ID"
	keyAccessSecret     = "AWS_SECRET_ACCESS_KEY" //nolint:gosec // the name of a key
	keyEndpoint         = "AWS_S3_ENDPOINT"
	keyBucket           = "AWS_S3_BUCKET"
	keyRegion           = "AWS_DEFAULT_REGION"
	maxConnectionsInAll = 500
)

// Connection is an Open Data Hub connection of a namespace; without its credentials.
type Connection struct {
	Name string `json:"name"`
	// Title is the name people gave it.
	Title string `json:"title,omitempty"`
	// Type is "s3", "uri", "oci", or an administrator's own.
	Type string `json:"type"`
	// Variables are the environment it becomes: the names, without the values.
	Variables []string `json:"variables"`
	// Bucket of one in S3.
	Bucket string `json:"bucket,omitempty"`
}

// Connections are the connections of the namespace that the caller may read, by name.
func (j *Jobs) Connections(ctx context.Context) ([]Connection, error) {
	list := &corev1.SecretList{}
	options := metav1.ListOptions{LabelSelector: ConnectionLabel + "=true", Limit: maxConnectionsInAll}
	err := j.c.core.Get().Namespace(j.namespace).Resource("secrets").VersionedParams(&options, j.c.params).Do(ctx).Into(list)
	if err != nil {
		return nil, j.c.typed(err, subject{kind: "Secret", resource: "secrets", verb: "list", namespace: j.namespace})
	}
	out := []Connection{}
	for i := range list.Items {
		if c, ok := connectionOf(&list.Items[i]); ok {
			out = append(out, c)
		}
	}
	return out, nil
}

// connectionOf reads a Secret; ok is false for one that is no connection.
func connectionOf(s *corev1.Secret) (c Connection, ok bool) {
	for _, key := range []string{connectionProtocol, connectionTypeRef, connectionType} {
		if c.Type = s.Annotations[key]; c.Type != "" {
			break
		}
	}
	// Types of 2.16 have a version in their name.
	if base, _, found := strings.Cut(c.Type, "-v"); found {
		c.Type = base
	}
	c.Name, c.Title, c.Bucket = s.Name, s.Annotations[connectionTitle], string(s.Data[keyBucket])
	for key := range s.Data {
		c.Variables = append(c.Variables, key)
	}
	slices.Sort(c.Variables)
	return c, c.Type != ""
}

// secret reads a connection's Secret, as the caller.
func (j *Jobs) secret(ctx context.Context, name string) (*corev1.Secret, error) {
	s := &corev1.Secret{}
	err := j.c.core.Get().Namespace(j.namespace).Resource("secrets").Name(name).Do(ctx).Into(s)
	return s, j.c.typed(err, subject{kind: "connection", resource: "secrets", verb: "get", namespace: j.namespace, name: name})
}

// connectionsOf are the names of a job's connections.
func connectionsOf(m *MPIJob) []string {
	if list := m.Annotations[mpijob.AnnotationConnections]; list != "" {
		return strings.Split(list, ",")
	}
	return nil
}

// checkConnections looks at a job's connections before it is created: that each is there and is one, that
// no two name the same variable, and that an output in S3 has all it needs. A caller who may not read
// Secrets is not kept from using them: the job's pods are given what the namespace has.
func (j *Jobs) checkConnections(ctx context.Context, m *MPIJob) error {
	invalid := &InvalidError{What: title(m)}
	problem := func(field, format string, args ...any) {
		invalid.Problems = append(invalid.Problems, Problem{Field: field, Message: fmt.Sprintf(format, args...)})
	}
	owner := map[string]string{}
	for _, name := range connectionsOf(m) {
		s, err := j.secret(ctx, name)
		var denied *DeniedError
		var missing *NotFoundError
		switch {
		case errors.As(err, &denied) && !denied.Unauthenticated:
			continue
		case errors.As(err, &missing):
			problem("connections", "there is no connection %q in namespace %q", name, j.namespace)
			continue
		case err != nil:
			return err
		}
		c, ok := connectionOf(s)
		if !ok {
			problem("connections", "%q is a Secret, but no connection (it has no annotation %s): use it as a secret", name, connectionProtocol)
		}
		for _, v := range c.Variables {
			if owner[v] != "" {
				problem("connections", "%q and %q both set %s, and a rank can have one only: leave one out", owner[v], name, v)
				break
			}
			owner[v] = name
		}
		if name == outputConnection(m) {
			for _, p := range s3Problems(s, m.Annotations[mpijob.AnnotationOutput]) {
				problem("output", "%s", p)
			}
		}
	}
	if len(invalid.Problems) > 0 {
		return invalid
	}
	return nil
}

// outputConnection is the connection of a job's output in S3; empty where it has none.
func outputConnection(m *MPIJob) string {
	o, err := ParseOutput(m.Annotations[mpijob.AnnotationOutput])
	if err != nil || o.Claim != "" {
		return ""
	}
	if name := m.Annotations[mpijob.AnnotationOutputConnection]; name != "" {
		return name
	}
	if all := connectionsOf(m); len(all) > 0 {
		return all[0]
	}
	return ""
}

// s3Problems are what a connection lacks to reach an output in S3.
func s3Problems(s *corev1.Secret, output string) []string {
	o, err := ParseOutput(output)
	if err != nil {
		return nil
	}
	var out []string
	for _, key := range []string{keyAccessID, keyAccessSecret, keyEndpoint} {
		if len(s.Data[key]) == 0 {
			out = append(out, fmt.Sprintf("connection %q has no %s, which S3 needs", s.Name, key))
		}
	}
	if o.Bucket == "" && len(s.Data[keyBucket]) == 0 {
		out = append(out, fmt.Sprintf("neither %q nor connection %q (%s) names a bucket: write s3://BUCKET/PREFIX", output, s.Name, keyBucket))
	}
	return out
}

package mpijob

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Annotations about what comes into a job and what comes out of it. They change nothing in how it runs.
const (
	// AnnotationConnections are the Secrets among the job's environment that are Open Data Hub connections.
	AnnotationConnections = Prefix + "connections"
	// AnnotationOutput is where the job leaves its results, see ParseOutput.
	AnnotationOutput = Prefix + "output"
	// AnnotationOutputConnection is the connection with which an output in S3 is reached.
	AnnotationOutputConnection = Prefix + "output-connection"
)

// Output is where a job leaves its results: a folder on a claim, or a prefix in a bucket.
type Output struct {
	// Claim and Folder, an absolute path from the claim's root; empty for S3.
	Claim, Folder string
	// Bucket and Prefix in S3; an empty Bucket is the one that the connection names.
	Bucket, Prefix string
}

// maxKey is the longest key of S3, in bytes.
const maxKey = 1024

// ParseOutput reads "pvc:CLAIM:/folder" or "s3://BUCKET/PREFIX"; "s3:///PREFIX" leaves the bucket to
// the connection.
func ParseOutput(s string) (Output, error) {
	if rest, ok := strings.CutPrefix(s, "pvc:"); ok {
		claim, folder, _ := strings.Cut(rest, ":")
		if folder == "" {
			folder = "/"
		}
		switch {
		case len(validation.IsDNS1123Subdomain(claim)) > 0:
			return Output{}, fmt.Errorf("%q is no name of a PersistentVolumeClaim: write pvc:CLAIM:/folder", claim)
		case !path.IsAbs(folder) || path.Clean(folder) != folder || len(folder) > maxKey || unprintable(folder):
			return Output{}, fmt.Errorf("%q is no folder on the claim: write it from the claim's root, as pvc:%s:/results, without . and .. in it", folder, claim)
		}
		return Output{Claim: claim, Folder: folder}, nil
	}
	rest, ok := strings.CutPrefix(s, "s3://")
	if !ok {
		return Output{}, errors.New("is neither a folder on a claim nor a prefix in S3: write pvc:CLAIM:/folder or s3://BUCKET/PREFIX")
	}
	bucket, prefix, _ := strings.Cut(rest, "/")
	if bucket != "" && (len(bucket) < 3 || len(validation.IsDNS1123Subdomain(bucket)) > 0 || len(bucket) > 63) {
		return Output{}, fmt.Errorf("%q is no name of a bucket: it has 3 to 63 lower-case letters, digits, '-' and '.'", bucket)
	}
	prefix = strings.TrimSuffix(prefix, "/")
	if prefix != "" && path.Clean("/"+prefix) != "/"+prefix || len(prefix) > maxKey || unprintable(prefix) {
		return Output{}, fmt.Errorf("%q is no prefix: write it as s3://BUCKET/runs/1, without empty parts, . and .. in it", prefix)
	}
	return Output{Bucket: bucket, Prefix: prefix}, nil
}

func (o Output) String() string {
	if o.Claim != "" {
		return "pvc:" + o.Claim + ":" + o.Folder
	}
	return "s3://" + o.Bucket + "/" + o.Prefix
}

func unprintable(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' })
}

func checkOutput(v string) error {
	_, err := ParseOutput(v)
	return err
}

func checkSecretName(v string) error {
	if len(validation.IsDNS1123Subdomain(v)) > 0 {
		return errors.New("is no name of a Secret: it has lower-case letters, digits, '-' and '.'")
	}
	return nil
}

func checkSecretNames(v string) error {
	for _, name := range strings.Split(v, ",") {
		if err := checkSecretName(name); err != nil {
			return fmt.Errorf("%q %w; write names by commas", name, err)
		}
	}
	return nil
}

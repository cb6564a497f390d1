package training

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// OutputVariable is the variable in which ranks find where to leave their results: a folder, or a
// URL as s3://BUCKET/PREFIX.
const OutputVariable = "TRAINING_OUTPUT"

// OutputAnnotation is where a job says that, in the notation of ParseOutput.
const OutputAnnotation = mpijob.AnnotationOutput

// Output is where a job leaves its results: a folder on a claim, or a prefix in a bucket of S3.
type Output = mpijob.Output

// ParseOutput reads "pvc:CLAIM:/folder" or "s3://BUCKET/PREFIX". "s3:///PREFIX" leaves the bucket to
// the connection.
func ParseOutput(s string) (Output, error) { return mpijob.ParseOutput(s) }

// outputPlace is what ranks find in OutputVariable; empty where the job names no output, or a wrong one.
func (s Spec) outputPlace() string {
	o, err := ParseOutput(s.Output)
	if s.Output == "" || err != nil {
		return ""
	}
	if o.Claim == "" {
		return o.String()
	}
	for _, in := range s.Claims {
		if in.Name == o.Claim {
			return path.Join(in.MountPath, o.Folder)
		}
	}
	return ""
}

// outputProblems are what keeps ranks from leaving results there. What the text itself has wrong, the
// full form finds.
func (s Spec) outputProblems() []Problem {
	problem := func(field, format string, args ...any) []Problem {
		return []Problem{{Field: field, Message: fmt.Sprintf(format, args...)}}
	}
	if s.Output == "" {
		if s.OutputConnection != "" {
			return problem("outputConnection", "%q is for an output in S3, and there is none: add one, as s3://BUCKET/PREFIX", s.OutputConnection)
		}
		return nil
	}
	o, err := ParseOutput(s.Output)
	if err != nil {
		return nil
	}
	if o.Claim == "" {
		switch {
		case s.OutputConnection != "" && !slices.Contains(s.Connections, s.OutputConnection):
			return problem("outputConnection", "%q is none of the job's connections (%s): the ranks would not get at the output", s.OutputConnection, strings.Join(s.Connections, ", "))
		case len(s.Connections) == 0:
			return problem("output", "%q needs a connection with the credentials for it: add one", s.Output)
		}
		return nil
	}
	if s.OutputConnection != "" {
		return problem("outputConnection", "%q is for an output in S3, and this one is on a claim: leave it out", s.OutputConnection)
	}
	at := slices.IndexFunc(s.Claims, func(in ClaimInput) bool { return in.Name == o.Claim })
	switch {
	case at < 0:
		return problem("output", "claim %q isn't mounted: add it to the claims, with the folder it appears as", o.Claim)
	case s.Claims[at].ReadOnly:
		return problem("output", "claim %q is mounted read-only: nothing can be left there", o.Claim)
	}
	return nil
}

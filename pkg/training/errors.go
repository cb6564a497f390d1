package training

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ConfigError: the credentials or the address of the cluster are missing or broken.
type ConfigError struct {
	Problem string
	Hint    string
}

func (e *ConfigError) Error() string { return "cannot tell which cluster to use: " + e.Problem }

// NotFoundError: there is no such job, or it was deleted while it was being watched.
type NotFoundError struct {
	Kind            string // "MPIJob", or of what hangs on a job: "pod"
	Namespace, Name string
	// Deleted says that it was there when the call began.
	Deleted bool
}

func (e *NotFoundError) Error() string {
	if e.Deleted {
		return fmt.Sprintf("%s %q was deleted from namespace %q", e.Kind, e.Name, e.Namespace)
	}
	return fmt.Sprintf("%s %q not found in namespace %q", e.Kind, e.Name, e.Namespace)
}

// DeniedError: the caller is not known to the cluster, or lacks a right.
type DeniedError struct {
	// Unauthenticated says that the cluster does not accept the credentials at all.
	Unauthenticated bool
	// User, Verb, Resource and Namespace are the missing right; empty where the server doesn't say.
	User, Verb, Resource, Namespace string
	// Message is the server's own.
	Message string
}

func (e *DeniedError) Error() string {
	switch {
	case e.Unauthenticated:
		return "the cluster does not accept your credentials: " + e.Message
	case e.Verb == "":
		return "denied: " + e.Message
	case e.Namespace == "":
		return fmt.Sprintf("denied: %s may not %s %s in all namespaces", e.who(), e.Verb, e.Resource)
	default:
		return fmt.Sprintf("denied: %s may not %s %s in namespace %q", e.who(), e.Verb, e.Resource, e.Namespace)
	}
}

func (e *DeniedError) who() string {
	if e.User == "" {
		return "you"
	}
	return e.User
}

// QuotaExceededError: a ResourceQuota refused the object.
type QuotaExceededError struct {
	Namespace, Quota         string
	Requested, Used, Limited string // as "count/mpijobs.kubeflow.org=1"
	Message                  string // the server's own, where the parts are unknown
	// Verdict is what Preflight says about the job: the numbers, the largest job that fits, and what to
	// do; nil where it wasn't asked.
	Verdict *Verdict
}

func (e *QuotaExceededError) Error() string {
	switch {
	case e.Verdict != nil && e.Verdict.Outcome == Refused:
		return fmt.Sprintf("refused in namespace %q: %s", e.Namespace, e.Verdict.Message)
	case e.Quota == "":
		return "quota exceeded: " + e.Message
	}
	return fmt.Sprintf("quota %q of namespace %q is exceeded: requested %s, in use %s, limit %s",
		e.Quota, e.Namespace, e.Requested, e.Used, e.Limited)
}

// Problem is one thing wrong with a job.
type Problem struct {
	// Field is the path in the manifest, as "spec.slotsPerWorker"; empty for the whole.
	Field string `json:"field,omitempty"`
	// Line in the file it was read from, from 1; 0 where unknown.
	Line int `json:"line,omitempty"`
	// Message says what is wrong and how to mend it.
	Message string `json:"message"`
}

func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", p.Line)
	}
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	return b.String() + p.Message
}

// InvalidError: the job can't be as it is written; it carries every problem that was found.
type InvalidError struct {
	// What was invalid: `MPIJob "pi"`, or the name of a file.
	What     string
	Problems []Problem
}

// Bounds of what an InvalidError says of its problems in one text.
const (
	maxTold = 100
	maxText = 32 << 10 // bytes
)

func (e *InvalidError) Error() string {
	if len(e.Problems) == 1 {
		return e.What + " is invalid: " + e.Problems[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s is invalid, %d problems:", e.What, len(e.Problems))
	for i, p := range e.Problems {
		if more := len(e.Problems) - i; more > 1 && (i >= maxTold || b.Len() >= maxText) {
			fmt.Fprintf(&b, "\n  and %d more", more)
			break
		}
		b.WriteString("\n  - " + p.String())
	}
	return b.String()
}

// Together is one InvalidError of the problems of all; nil where there are none. Any other error comes before them. What
// only follows from another problem, as a field that is missing since it couldn't be read, is left out.
func Together(errs ...error) error {
	all := &InvalidError{}
	for _, err := range errs {
		var invalid *InvalidError
		switch {
		case err == nil:
		case errors.As(err, &invalid):
			all.What = invalid.What
			all.Problems = append(all.Problems, untold(all.Problems, invalid.Problems)...)
		default:
			return err
		}
	}
	if len(all.Problems) == 0 {
		return nil
	}
	return all
}

// AlreadyExistsError: there is a job of that name.
type AlreadyExistsError struct {
	Kind, Namespace, Name string
}

func (e *AlreadyExistsError) Error() string {
	return fmt.Sprintf("%s %q already exists in namespace %q", e.Kind, e.Name, e.Namespace)
}

// ConflictError: somebody else changed the object at the same moment.
type ConflictError struct{ Message string }

func (e *ConflictError) Error() string { return "changed by somebody else meanwhile: " + e.Message }

// ReplacedError: the job that was meant is gone, and another has its name, which was left as it is.
type ReplacedError struct {
	Type            Type
	Namespace, Name string
	// Made is when the other one was created; zero where the server doesn't say.
	Made time.Time
}

func (e *ReplacedError) Error() string {
	made := ""
	if !e.Made.IsZero() {
		made = " at " + e.Made.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("the %s %q you saw is gone; another one of its name was made%s, and is left as it is: look at it before you do anything to it",
		kindOf(e.Type).name, e.Name, made)
}

// toBeGone is what Delete waits for.
const toBeGone = "to be gone"

// TimeoutError: the time given to Wait or Delete ran out; the job, or its deletion, goes on.
type TimeoutError struct {
	Type            Type // empty is TypeMPIJob
	Namespace, Name string
	After           time.Duration
	// For is what was waited for: "to finish", "to be gone".
	For string
	// Job is as it was last seen.
	Job *Job
}

func (e *TimeoutError) Error() string {
	s := fmt.Sprintf("%s %q did not come %s within %s", kindOf(e.Type).name, e.Name, e.For, e.After)
	if e.Job != nil && e.For != toBeGone {
		s += ": it is " + string(e.Job.Phase)
		if e.Job.Message != "" && e.Job.Phase != Running {
			s += " (" + e.Job.Message + ")"
		}
	}
	return s
}

// JobFailedError: the job finished, and failed. Job.Failure says why, with the log's tail where it
// is known; it is never nil.
type JobFailedError struct{ Job *Job }

func (e *JobFailedError) Error() string {
	return fmt.Sprintf("%s %q failed: %s", kindOf(e.Job.Type).name, e.Job.Name, e.Job.Cause())
}

// UnreachableError: there was no answer from the API server.
type UnreachableError struct {
	Host string
	Err  error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("cannot reach the cluster at %s: %v", e.Host, e.Err)
}

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// NotInstalledError: the cluster does not know a type of job; without MPIJobs, it has no support for
// them.
type NotInstalledError struct {
	Host string
	Type Type // empty is TypeMPIJob
}

func (e *NotInstalledError) Error() string {
	k := kindOf(e.Type)
	return fmt.Sprintf("the cluster at %s does not know %ss (%s.%s)", e.Host, k.name, k.resource, k.group)
}

// ServerError: the API server answered with an error that is none of the others.
type ServerError struct {
	Code    int // HTTP status
	Message string
}

func (e *ServerError) Error() string {
	if e.Code == 429 {
		return "the cluster is too busy to answer: " + e.Message
	}
	return fmt.Sprintf("the cluster answered with error %d: %s", e.Code, e.Message)
}

// NoLogError: a log was asked for of something that has none, not yet or no more.
type NoLogError struct {
	Job   string
	Where string // "Launcher", "Worker 3"
	Why   string
	// Gone says that there was one, and that it is gone with its pod.
	Gone bool
	// Previous says that the run before the newest was asked for.
	Previous bool
	// Never says that it never ran, and won't any more: the job is over.
	Never bool
	// Suspended says that the job is suspended: what was written went with the pod, and there is a log again once it
	// is resumed.
	Suspended bool
}

func (e *NoLogError) Error() string {
	switch {
	case e.Previous:
		return e.Where + " has no log of an earlier run: " + e.Why
	case e.Gone:
		return "the log of " + e.Where + " is gone with its pod"
	case e.Never:
		return e.Where + " has no log: it never ran"
	case e.Suspended:
		return e.Where + " has no log: the job is suspended, and its logs went with its pods"
	}
	return e.Where + " has no log yet: " + e.Why
}

// UnsupportedError: what was asked for can't be done to a job of its type.
type UnsupportedError struct {
	Type Type
	Name string
	Verb string // as "retry"
	// Instead says what can.
	Instead string
}

func (e *UnsupportedError) Error() string {
	s := fmt.Sprintf("%s %q: %s is not for jobs of this type", e.Type, e.Name, e.Verb)
	if e.Instead != "" {
		s += "; " + e.Instead
	}
	return s
}

package training

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// MaxOutputFiles is how many files of a job's output are listed; the rest is to be fetched by other means.
const MaxOutputFiles = wire.MaxOutputFiles

// OutputFile is one file that a job left.
type OutputFile struct {
	// Path from the output's place, with slashes.
	Path     string    `json:"path"`
	Size     int64     `json:"size"` // bytes
	Modified time.Time `json:"modified"`
}

// OutputList is what a job left.
type OutputList struct {
	// Place is where, as the job names it.
	Place string       `json:"place"`
	Files []OutputFile `json:"files"` // by path
	// Skipped are what is there but can't be fetched, and why: links, names that lead elsewhere.
	Skipped []SkippedOutput `json:"skipped,omitempty"`
	// Truncated says that there are more than MaxOutputFiles.
	Truncated bool `json:"truncated,omitempty"`
}

// Bytes is the size of all files.
func (l *OutputList) Bytes() (n int64) {
	for _, f := range l.Files {
		n += f.Size
	}
	return n
}

// SkippedOutput is something that can't be fetched.
type SkippedOutput struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

// OutputContent is a file with what is in it, to be read before the next one is asked for.
type OutputContent struct {
	OutputFile
	io.Reader
}

// OutputOptions say what of a job's output is meant, and how to get at it.
type OutputOptions struct {
	// Paths are files, or folders with all that is in them; empty is everything.
	Paths []string
	// Image of the agent for the pod that reads a claim; empty is the one the job ran with.
	Image string
	// Patience is how long that pod is waited for; 0 is DefaultOutputPatience.
	Patience time.Duration
	// Progress is told what is being waited for, if it isn't nil.
	Progress func(text string)
	// Listed is told what will be read before any of it is, if it isn't nil; its error ends the reading.
	Listed func(*OutputList) error
	// Transport carries requests to S3; nil is Go's own. Whoever reads for others decides here which
	// addresses a connection may name.
	Transport http.RoundTripper
}

// DefaultOutputPatience is how long a pod that reads a claim is waited for.
const DefaultOutputPatience = 2 * time.Minute

// NoOutputError: the job doesn't say where its results are.
type NoOutputError struct{ Namespace, Name string }

func (e *NoOutputError) Error() string {
	return fmt.Sprintf("MPIJob %q does not say where its results are (annotation %s)", e.Name, mpijob.AnnotationOutput)
}

// OutputError: the results can't be reached, or not be read.
type OutputError struct {
	Place string
	// Missing says that the place was read, and what was asked for isn't there.
	Missing bool
	// Hint says how to mend it.
	Hint string
	Err  error
}

func (e *OutputError) Error() string { return fmt.Sprintf("reading %s: %v", e.Place, e.Err) }

// Unwrap returns the cause.
func (e *OutputError) Unwrap() error { return e.Err }

// outputSource is a place that holds results: a claim or a bucket.
type outputSource interface {
	// list has at most MaxOutputFiles in it, of those at or below the paths where there are any; it may
	// have others whose names begin with one.
	list(ctx context.Context, below []string) (*OutputList, error)
	read(ctx context.Context, files []OutputFile) iter.Seq2[*OutputContent, error]
	close()
}

// Outputs lists what a job left, as the caller, also when it has ended. A claim is read by a pod that
// lives as long as the call; S3 with the connection's credentials, which the caller must be allowed to
// read.
func (j *Jobs) Outputs(ctx context.Context, name string, o OutputOptions) (*OutputList, error) {
	source, err := j.openOutput(ctx, name, o)
	if err != nil {
		return nil, err
	}
	defer source.close()
	return selectOutputs(ctx, source, o.Paths)
}

// ReadOutputs yields the files of a job's output that the options select, each with its content. It ends
// at the first error.
func (j *Jobs) ReadOutputs(ctx context.Context, name string, o OutputOptions) iter.Seq2[*OutputContent, error] {
	return func(yield func(*OutputContent, error) bool) {
		source, err := j.openOutput(ctx, name, o)
		if err != nil {
			yield(nil, err)
			return
		}
		defer source.close()
		list, err := selectOutputs(ctx, source, o.Paths)
		if err == nil && o.Listed != nil {
			err = o.Listed(list)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		for content, err := range source.read(ctx, list.Files) {
			if !yield(content, err) || err != nil {
				return
			}
		}
	}
}

func (j *Jobs) openOutput(ctx context.Context, name string, o OutputOptions) (outputSource, error) {
	m, err := j.mpijobFor(ctx, name, "reading outputs", "its own manifest says where its program leaves results")
	if err != nil {
		return nil, err
	}
	text := m.Annotations[mpijob.AnnotationOutput]
	if text == "" {
		return nil, &NoOutputError{Namespace: j.namespace, Name: name}
	}
	place, err := ParseOutput(text)
	if err != nil {
		return nil, &InvalidError{What: title(m), Problems: []Problem{{Field: "output", Message: err.Error()}}}
	}
	if place.Claim != "" {
		return j.openClaim(ctx, m, place, o)
	}
	return j.openBucket(ctx, m, place, o)
}

// selectOutputs lists what a source has below the paths. A path below which nothing is, is an error.
func selectOutputs(ctx context.Context, source outputSource, paths []string) (*OutputList, error) {
	var below []string
	for _, p := range paths {
		if p = strings.Trim(path.Clean("/"+p), "/"); p == "" {
			below = nil // everything
			break
		}
		below = append(below, p)
	}
	all, err := source.list(ctx, below)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all.Files, func(a, b OutputFile) int { return cmp.Compare(a.Path, b.Path) })
	// One path may lie below another.
	all.Files = slices.CompactFunc(all.Files, func(a, b OutputFile) bool { return a.Path == b.Path })
	if len(paths) == 0 {
		return all, nil
	}
	found := make([]bool, len(paths))
	wanted := func(name string) bool {
		keep := false
		for i, p := range paths {
			p = strings.Trim(path.Clean("/"+p), "/")
			if p == "" || name == p || strings.HasPrefix(name, p+"/") {
				found[i], keep = true, true
			}
		}
		return keep
	}
	all.Files = slices.DeleteFunc(all.Files, func(f OutputFile) bool { return !wanted(f.Path) })
	all.Skipped = slices.DeleteFunc(all.Skipped, func(s SkippedOutput) bool { return !wanted(s.Path) })
	for i, p := range paths {
		if !found[i] && !all.Truncated {
			err := errors.New("it has no file or folder " + p)
			return nil, &OutputError{Place: all.Place, Missing: true, Err: err, Hint: "list what is there with `odh training outputs list`"}
		}
	}
	return all, nil
}

// add puts a file on the list, unless its name is none that may become a file's here.
func (l *OutputList) add(f OutputFile) {
	if why := outputPathProblem(f.Path); why != "" {
		l.skip(f.Path, why)
		return
	}
	l.Files = append(l.Files, f)
}

func (l *OutputList) skip(name, why string) {
	l.Skipped = append(l.Skipped, SkippedOutput{Path: strings.ToValidUTF8(name, "\uFFFD"), Why: why})
}

// outputPathProblem is why a name must not become a file's.
func outputPathProblem(name string) string {
	switch {
	case name == "" || name == "." || path.IsAbs(name) || path.Clean(name) != name || name == ".." || strings.HasPrefix(name, "../"):
		return "its name leads elsewhere"
	case len(name) > 1024 || strings.ContainsAny(name, "\x00\\\n\r") || strings.ToValidUTF8(name, "") != name:
		return "its name can't be that of a file everywhere"
	case strings.HasSuffix(name, partSuffix):
		return "its name is one of unfinished files here"
	}
	return ""
}

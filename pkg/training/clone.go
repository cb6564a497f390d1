package training

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Clone is a copy of a job, and what is changed in it.
type Clone struct {
	// Job is the copy as the cluster holds it; of a dry run, as it would be.
	Job *MPIJob
	// From is the name of the job it was copied from.
	From string
	// Differences are the fields in which the two are not the same; none in a plain copy.
	Differences []Difference
}

// CloneOptions change what Clone does.
type CloneOptions struct {
	// Name of the copy; empty is the first free one of NAME-2, NAME-3 and so on.
	Name string
	// UID is of the job that is meant: one that has taken its name since isn't copied, which is a ReplacedError.
	// Empty is whichever has the name.
	UID    string
	DryRun DryRun
	// Request is as that of CreateOptions: sent again, it makes no second copy.
	Request string
}

// Clone creates a copy of a job, as the caller, with some of it changed. The copy remembers the job it
// was made from, and a copy of a copy gets the next number. Neither job is touched by the other.
func (j *Jobs) Clone(ctx context.Context, name string, c Changes, o CloneOptions) (*Clone, error) {
	source, err := j.mpijobFor(ctx, name, "clone", "create it anew from what `export` prints")
	if err != nil {
		return nil, err
	}
	create := CreateOptions{DryRun: o.DryRun, Request: o.Request}
	if err := meant(source, TypeMPIJob, o.UID); err != nil {
		// Asked again, it is answered with what it has made, whatever has the name since.
		if made := j.copiedBefore(ctx, create); made != nil {
			return &Clone{Job: made, From: name}, nil
		}
		return nil, err
	}
	m, problems := c.apply(source)
	if len(problems) > 0 {
		return nil, &InvalidError{What: fmt.Sprintf("the copy of MPIJob %q", name), Problems: problems}
	}
	out := &Clone{From: name, Differences: differences(source, m)}
	if m.Name = o.Name; m.Name == "" {
		if made := j.copiedBefore(ctx, create); made != nil {
			m.Name = made.Name
		}
	}
	if m.Name != "" {
		out.Job, err = j.Create(ctx, m, create)
		return out, c.inWords(err)
	}
	for number := range cloneNumbers(source) {
		if m.Name = numbered(source, number); o.DryRun == DryRunClient {
			var missing *NotFoundError
			if _, err := j.getJob(ctx, m.Name); err == nil {
				continue
			} else if !errors.As(err, &missing) {
				return nil, err
			}
		}
		var taken *AlreadyExistsError
		if out.Job, err = j.Create(ctx, m, create); !errors.As(err, &taken) {
			return out, c.inWords(err)
		}
	}
	return nil, &AlreadyExistsError{Kind: "MPIJob", Namespace: j.namespace, Name: m.Name}
}

// clonedFrom is the name of the job this one is a copy of; empty where it is none.
func clonedFrom(m *MPIJob) string { return m.Annotations[mpijob.AnnotationClonedFrom] }

// cloneNumbers yields the numbers to try for the name of a copy, a bounded number of them.
func cloneNumbers(source *MPIJob) func(func(int) bool) {
	_, first := stem(source)
	return func(yield func(int) bool) {
		for n := first + 1; n <= first+100; n++ {
			if !yield(n) {
				return
			}
		}
	}
}

// numbered is the name of the copy with that number, cut where it would be too long for hostnames.
func numbered(source *MPIJob, number int) string {
	base, _ := stem(source)
	suffix := "-" + strconv.Itoa(number)
	if room := mpijob.MaxName(source) - len(suffix); len(base) > room && room > 0 {
		base = strings.TrimRight(base[:room], "-")
	}
	return base + suffix
}

// stem is what a job's copies are named after, and the number the job itself has: a copy of "train-2",
// which is a copy of "train", is "train-3", but one of "resnet-50" is "resnet-50-2".
func stem(source *MPIJob) (base string, number int) {
	if at := strings.LastIndexByte(source.Name, '-'); at > 0 && clonedFrom(source) != "" {
		if n, err := strconv.Atoi(source.Name[at+1:]); err == nil && n > 1 && n < 1_000_000 {
			return source.Name[:at], n
		}
	}
	return source.Name, 1
}

// afresh is a copy of a job as its user wrote it: without what the cluster or a tool set.
func afresh(m *MPIJob) *MPIJob {
	out := &MPIJob{TypeMeta: m.TypeMeta, ObjectMeta: metav1.ObjectMeta{Namespace: m.Namespace}}
	m = m.DeepCopy()
	out.Spec, out.Labels = m.Spec, m.Labels
	out.Annotations = map[string]string{}
	for k, v := range m.Annotations {
		if usersAnnotation(k) {
			out.Annotations[k] = v
		}
	}
	if mpijob.SourceOfTimeout(m.Annotations) != mpijob.TimeoutAsked { // and the namespace may say another by now
		delete(out.Annotations, mpijob.AnnotationTimeout)
	}
	out.Annotations[mpijob.AnnotationClonedFrom] = m.Name
	return out
}

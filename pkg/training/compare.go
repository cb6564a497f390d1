package training

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Comparison is several jobs side by side, field by field.
type Comparison struct {
	// Jobs are the ones compared, in the order they were asked for.
	Jobs []*Job `json:"jobs"`
	// Fields are those in which they differ; with CompareOptions.All every field.
	Fields []ComparedField `json:"fields"`
	// Same is how many fields are the same in all of them.
	Same int `json:"same"`
}

// ComparedField is one field of the jobs compared.
type ComparedField struct {
	Group FieldGroup `json:"group"`
	// Field is a word of the simple form, as "memoryPerWorker"; "env NAME" is a variable, and what the
	// simple form has no word for is a path, as "spec.runPolicy.backoffLimit".
	Field string `json:"field"`
	// Values are the jobs' in their order; empty where it is not set.
	Values []string `json:"values"`
	// Differs says that not all of them are the same.
	Differs bool `json:"differs"`
}

// FieldGroup is what a compared field is about.
type FieldGroup string

// The groups of fields.
const (
	GroupSpec      FieldGroup = "spec"
	GroupResources FieldGroup = "resources"
	GroupDurations FieldGroup = "durations"
	GroupOutcome   FieldGroup = "outcome"
)

// MaxCompared is how many jobs Compare takes.
const MaxCompared = 10

// CompareOptions change what Compare does.
type CompareOptions struct {
	// All returns the fields that are the same too.
	All bool
}

// Compare puts two or more jobs of the namespace side by side: what was asked for, what it took, and
// how it ended. An MPIJob's spec is compared field by field, other types' in the words of the simple
// form.
func (j *Jobs) Compare(ctx context.Context, names []string, o CompareOptions) (*Comparison, error) {
	if len(names) < 2 || len(names) > MaxCompared {
		return nil, badComparison(fmt.Sprintf("takes 2 to %d jobs, not %d", MaxCompared, len(names)))
	}
	c := &Comparison{}
	var columns [][]fieldValue
	for _, name := range names {
		of, err := j.Get(ctx, name)
		if err != nil {
			return nil, err
		}
		var m *MPIJob
		if of.Type == TypeMPIJob {
			if m, err = j.getJob(ctx, name); err != nil {
				return nil, err
			}
		}
		c.Jobs = append(c.Jobs, of)
		columns = append(columns, fieldsOf(of, m))
	}
	c.Fields, c.Same = sideBySide(columns, o.All)
	return c, nil
}

func badComparison(message string) error {
	return &InvalidError{What: "the comparison", Problems: []Problem{{Message: message}}}
}

// fieldValue is one field of one job.
type fieldValue struct {
	group        FieldGroup
	field, value string
}

// sideBySide joins the fields of several jobs, in the order of their first appearance in each group.
func sideBySide(columns [][]fieldValue, all bool) (fields []ComparedField, same int) {
	at := map[string]int{}
	joined := []ComparedField{}
	for i, column := range columns {
		for _, f := range column {
			key := string(f.group) + "/" + f.field
			n, ok := at[key]
			if !ok {
				n = len(joined)
				at[key] = n
				joined = append(joined, ComparedField{Group: f.group, Field: f.field, Values: make([]string, len(columns))})
			}
			joined[n].Values[i] = f.value
		}
	}
	order := []FieldGroup{GroupSpec, GroupResources, GroupDurations, GroupOutcome}
	slices.SortStableFunc(joined, func(a, b ComparedField) int {
		return cmp.Or(slices.Index(order, a.Group)-slices.Index(order, b.Group), pathsLast(a.Field)-pathsLast(b.Field))
	})
	fields = []ComparedField{}
	for _, f := range joined {
		f.Differs = slices.ContainsFunc(f.Values, func(v string) bool { return v != f.Values[0] })
		if !f.Differs {
			same++
		}
		if f.Differs || all {
			fields = append(fields, f)
		}
	}
	return fields, same
}

// pathsLast puts words before paths.
func pathsLast(field string) int {
	if strings.HasPrefix(field, "spec.") || strings.HasPrefix(field, "metadata.") {
		return 1
	}
	return 0
}

// fieldsOf are all fields of a job: m is nil where it is no MPIJob.
func fieldsOf(j *Job, m *MPIJob) []fieldValue {
	var out []fieldValue
	add := func(g FieldGroup, field, value string) { out = append(out, fieldValue{g, field, value}) }
	if m != nil {
		for _, w := range words(m) {
			group := GroupSpec
			if strings.HasSuffix(w.Field, "PerWorker") && w.Field != "slotsPerWorker" {
				group = GroupResources
			}
			add(group, w.Field, w.To)
		}
		for _, f := range restOfSpec(m) {
			add(GroupSpec, f.Field, f.To)
		}
	} else {
		add(GroupSpec, "image", j.Image)
		add(GroupSpec, "workers", fmt.Sprint(j.Workers.Total))
		add(GroupSpec, "slotsPerWorker", fmt.Sprint(j.SlotsPerWorker))
		add(GroupResources, "cpuPerWorker", amount(j.ResourcesPerWorker.CPU.String()))
		add(GroupResources, "memoryPerWorker", amount(j.ResourcesPerWorker.Memory.String()))
		add(GroupResources, "gpusPerWorker", amount(fmt.Sprint(j.ResourcesPerWorker.GPUs)))
	}
	add(GroupSpec, "queue", j.Queue)
	add(GroupResources, "totalCPU", amount(j.TotalResources.CPU.String()))
	add(GroupResources, "totalMemory", amount(j.TotalResources.Memory.String()))
	add(GroupResources, "totalGPUs", amount(fmt.Sprint(j.TotalResources.GPUs)))
	for _, d := range durations(j) {
		add(GroupDurations, d.Field, d.To)
	}
	return append(out, outcome(j)...)
}

// amount is a quantity, nothing where it is none.
func amount(s string) string {
	if s == "0" {
		return ""
	}
	return s
}

// durations are how long a job waited, started up and ran; those not known are empty.
func durations(j *Job) []Difference {
	at := map[string]time.Time{}
	for _, s := range j.Timeline {
		at[s.Name] = s.At
	}
	between := func(a, b time.Time) string {
		if a.IsZero() || b.IsZero() || b.Before(a) {
			return ""
		}
		return b.Sub(a).Round(100 * time.Millisecond).String()
	}
	var started, finished time.Time
	if j.Started != nil {
		started = *j.Started
	}
	if j.Finished != nil {
		finished = *j.Finished
	}
	total := ""
	if j.Started != nil {
		total = j.Duration().Round(100 * time.Millisecond).String()
	}
	return []Difference{
		{Field: "waited", To: between(j.Created, started)},
		{Field: "startup", To: between(started, at[string(Running)])},
		{Field: "ran", To: between(at[string(Running)], finished)},
		{Field: "duration", To: total},
	}
}

// outcome is how a job ended, or where it stands.
func outcome(j *Job) []fieldValue {
	var out []fieldValue
	add := func(field, value string) { out = append(out, fieldValue{GroupOutcome, field, value}) }
	add("phase", string(j.Phase))
	reason, cause := "", ""
	if j.Phase != Succeeded {
		reason, cause = j.Reason, j.Message
	}
	if f := j.Failure; f != nil {
		reason, cause = string(f.Reason), j.Cause()
	}
	add("reason", reason)
	add("cause", cause)
	if f := j.Failure; f != nil {
		add("where", f.Where)
		add("rank", optional(f.Rank))
		add("exitCode", optional(f.ExitCode))
		add("signal", f.Signal)
	}
	if j.Attempt > 0 {
		add("attempt", fmt.Sprint(j.Attempt))
	}
	add("creator", j.Creator)
	return out
}

func optional(n *int) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}

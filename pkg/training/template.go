package training

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Template is a job to make others of: in the simple form or in the full one. It may lack what each job
// says anew, its name and image.
type Template struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// BuiltIn templates come with the product; the others are of a namespace.
	BuiltIn bool `json:"builtIn,omitempty"`
	// Created is when it was saved; nil for one that wasn't.
	Created *time.Time `json:"created,omitempty"`
	// Spec is the simple form, MPIJob the full one: one of them is there.
	Spec   *Spec   `json:"spec,omitempty"`
	MPIJob *MPIJob `json:"mpijob,omitempty"`
}

const (
	// MaxTemplate is the largest template, in bytes of YAML.
	MaxTemplate = 256 << 10
	// maxTemplates is how many of a namespace are listed.
	maxTemplates = 500
	// templatePrefix begins the name of the ConfigMap that holds a template.
	templatePrefix = "training-template-"
	templateKey    = "template.yaml"
	// TemplateLabel is on the ConfigMaps that hold templates.
	TemplateLabel = mpijob.LabelTemplate
)

//go:embed templates/*.yaml
var builtIn embed.FS

// BuiltInTemplates are those that come with the product, by name.
func BuiltInTemplates() []*Template {
	files, err := fs.Glob(builtIn, "templates/*.yaml")
	if err != nil {
		panic(err)
	}
	out := make([]*Template, 0, len(files))
	for _, file := range files {
		text, err := builtIn.ReadFile(file)
		if err == nil {
			var t *Template
			if t, err = parseTemplate(text, file); err == nil {
				t.BuiltIn = true
				out = append(out, t)
			}
		}
		if err != nil {
			panic(err) // a test reads all of them
		}
	}
	return out
}

// TemplateOf makes a template of a job: what is the job's own, its name and its code folder, is left out.
func TemplateOf(name string, m *MPIJob) *Template {
	if s, ok := SpecOf(m); ok {
		s.Name, s.Namespace, s.Code = "", "", nil
		return &Template{Name: name, Spec: &s}
	}
	full := afresh(m)
	full.TypeMeta = jobMeta
	delete(full.Annotations, mpijob.AnnotationClonedFrom)
	full.Name, full.Namespace, full.GenerateName = "", "", ""
	return &Template{Name: name, MPIJob: full}
}

// Job makes a job of a template, with some of it changed. What it lacks, Create finds.
func (t *Template) Job(name string, c Changes) (*MPIJob, error) {
	m := t.MPIJob
	var problems []Problem
	if t.Spec != nil {
		s := *t.Spec
		if len(c.Command) > 0 && !isMpirun(c.Command[0]) {
			s.Command, s.Args, c.Command = c.Command, nil, nil
		}
		if len(s.Command)+len(c.Command) == 0 {
			problems = append(problems, Problem{Field: "command", Message: "say what to run: the program and its arguments"})
		}
		m = s.MPIJob()
	}
	out, more := c.apply(m)
	if problems = append(problems, more...); len(problems) > 0 {
		return nil, &InvalidError{What: fmt.Sprintf("a job of template %q", t.Name), Problems: problems}
	}
	delete(out.Annotations, mpijob.AnnotationClonedFrom) // a template is no job
	out.Name, out.Namespace = name, ""
	return out, nil
}

// maxDescription is how many characters a template's description has at most.
const maxDescription = 2000

// Check finds what is wrong with a template, but for what each job says anew.
func (t *Template) Check() error {
	e := &InvalidError{What: fmt.Sprintf("template %q", t.Name)}
	if len(validation.IsDNS1123Label(t.Name)) > 0 {
		e.Problems = append(e.Problems, Problem{Field: "name", Message: fmt.Sprintf("%q is no name of a template: use lower-case letters, digits and '-'", t.Name)})
	}
	if n := utf8.RuneCountInString(t.Description); n > maxDescription {
		e.Problems = append(e.Problems, Problem{Field: "description", Message: fmt.Sprintf("has %d characters: %d are allowed", n, maxDescription)})
	}
	e.Problems = append(e.Problems, t.problems()...)
	if len(e.Problems) == 0 {
		return nil
	}
	return e
}

func (t *Template) problems() []Problem {
	var invalid *InvalidError
	prefix := "spec"
	switch {
	case t.Spec != nil && t.MPIJob != nil:
		return []Problem{{Field: "mpijob", Message: "goes beside spec, and a template is one of them: remove the other"}}
	case t.Spec != nil:
		s := *t.Spec
		if s.Code != nil {
			return []Problem{{Field: "spec.code", Message: "belongs to one job, and can't be a template's: give it to each job (--code)"}}
		}
		s.Name = orElse(s.Name, "template")
		s.Image = orElse(s.Image, "image")
		if s.Workers == 0 { // left to each job
			s.Workers = 1
		}
		if len(s.Command) == 0 {
			s.Command = []string{"program"}
		}
		errors.As(s.Check(), &invalid)
	case t.MPIJob != nil:
		m := t.MPIJob.DeepCopy()
		m.Name = orElse(m.Name, "template")
		prefix = "mpijob"
		if volumes, _ := codeVolumes(m); len(volumes) > 0 {
			return []Problem{{Field: "mpijob", Message: "has the code folder of another job, which goes with that job: give each job its own (--code)"}}
		}
		errors.As(Check(m), &invalid)
	default:
		return []Problem{{Message: "has neither spec (the simple form) nor mpijob (a whole MPIJob): add one of them"}}
	}
	if invalid == nil {
		return nil
	}
	for i := range invalid.Problems {
		invalid.Problems[i].Field = prefix + "." + invalid.Problems[i].Field
	}
	return invalid.Problems
}

// SaveTemplateOptions change what SaveTemplate does.
type SaveTemplateOptions struct {
	// Replace one of that name, if there is one.
	Replace bool
}

// SaveTemplate keeps a template in the namespace, in a ConfigMap: whoever may read ConfigMaps there has it.
// One that is there already is an AlreadyExistsError, unless it is to be replaced.
func (j *Jobs) SaveTemplate(ctx context.Context, t *Template, o SaveTemplateOptions) (*Template, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	text, err := t.YAML()
	if err != nil {
		return nil, err
	}
	if len(text) > MaxTemplate {
		return nil, &InvalidError{What: fmt.Sprintf("template %q", t.Name), Problems: []Problem{{Message: fmt.Sprintf("is larger than %d KiB: put data into the image, or on a claim", MaxTemplate>>10)}}}
	}
	cm := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: templatePrefix + t.Name, Namespace: j.namespace, Labels: map[string]string{TemplateLabel: "true"}},
		Data:       map[string]string{templateKey: string(text)},
	}
	out := &corev1.ConfigMap{}
	options := metav1.CreateOptions{FieldManager: "odh"}
	err = j.c.core.Post().Namespace(j.namespace).Resource("configmaps").VersionedParams(&options, j.c.params).Body(cm).Do(ctx).Into(out)
	err = j.c.typed(err, j.aboutTemplate("create", t.Name))
	var exists *AlreadyExistsError
	if errors.As(err, &exists) && o.Replace {
		if err := j.templateToReplace(ctx, t.Name, cm); err != nil {
			return nil, err
		}
		update := metav1.UpdateOptions{FieldManager: "odh"}
		err = j.c.core.Put().Namespace(j.namespace).Resource("configmaps").Name(cm.Name).VersionedParams(&update, j.c.params).Body(cm).Do(ctx).Into(out)
		err = j.c.typed(err, j.aboutTemplate("update", t.Name))
	}
	if err != nil {
		return nil, err
	}
	return templateIn(out)
}

// templateToReplace has an update of cm take the place of the template as it is now. What isn't a template
// is somebody else's.
func (j *Jobs) templateToReplace(ctx context.Context, name string, cm *corev1.ConfigMap) error {
	there := &corev1.ConfigMap{}
	err := j.c.core.Get().Namespace(j.namespace).Resource("configmaps").Name(cm.Name).Do(ctx).Into(there)
	if err != nil {
		return j.c.typed(err, j.aboutTemplate("get", name))
	}
	if there.Labels[TemplateLabel] != "true" {
		return &InvalidError{What: fmt.Sprintf("template %q", name), Problems: []Problem{{
			Message: fmt.Sprintf("the ConfigMap %q is there, and is no template: choose another name", cm.Name)}}}
	}
	cm.ResourceVersion = there.ResourceVersion
	return nil
}

// Templates are those of the namespace that can be read, by name, and then the built-in ones whose name
// is not taken by one of them.
func (j *Jobs) Templates(ctx context.Context) ([]*Template, error) {
	list := &corev1.ConfigMapList{}
	options := metav1.ListOptions{LabelSelector: TemplateLabel + "=true", Limit: maxTemplates}
	err := j.c.core.Get().Namespace(j.namespace).Resource("configmaps").VersionedParams(&options, j.c.params).Do(ctx).Into(list)
	if err != nil {
		return nil, j.c.typed(err, j.aboutTemplate("list", ""))
	}
	out := []*Template{}
	for i := range list.Items {
		// One that somebody broke by hand doesn't hide the others; Template says what is wrong with it.
		if t, err := templateIn(&list.Items[i]); err == nil {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b *Template) int { return strings.Compare(a.Name, b.Name) })
	for _, t := range BuiltInTemplates() {
		if !slices.ContainsFunc(out, func(x *Template) bool { return x.Name == t.Name }) {
			out = append(out, t)
		}
	}
	return out, nil
}

// Template is the namespace's of that name, or else the built-in one.
func (j *Jobs) Template(ctx context.Context, name string) (*Template, error) {
	if len(validation.IsDNS1123Label(name)) > 0 {
		return nil, &NotFoundError{Kind: templateKind, Namespace: j.namespace, Name: name}
	}
	cm := &corev1.ConfigMap{}
	err := j.c.core.Get().Namespace(j.namespace).Resource("configmaps").Name(templatePrefix + name).Do(ctx).Into(cm)
	if err == nil {
		var t *Template
		if t, err = templateIn(cm); err == nil {
			return t, nil
		}
	} else {
		err = j.c.typed(err, j.aboutTemplate("get", name))
	}
	var missing *NotFoundError
	if errors.As(err, &missing) && missing.Kind == templateKind {
		if t := BuiltInTemplate(name); t != nil {
			return t, nil
		}
	}
	return nil, err
}

// BuiltInTemplate is the one of that name; nil where there is none.
func BuiltInTemplate(name string) *Template {
	for _, t := range BuiltInTemplates() {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// DeleteTemplate deletes the namespace's template of that name. Jobs that were made of it stay as they are.
func (j *Jobs) DeleteTemplate(ctx context.Context, name string) error {
	if _, err := j.Template(ctx, name); err != nil {
		var broken *InvalidError
		if !errors.As(err, &broken) {
			return err
		}
	}
	err := j.c.core.Delete().Namespace(j.namespace).Resource("configmaps").Name(templatePrefix + name).Do(ctx).Error()
	err = j.c.typed(err, j.aboutTemplate("delete", name))
	var missing *NotFoundError
	if errors.As(err, &missing) && BuiltInTemplate(name) != nil {
		return &InvalidError{What: fmt.Sprintf("template %q", name), Problems: []Problem{{Message: "is built in, and can't be deleted; one of your own with that name takes its place"}}}
	}
	return err
}

const templateKind = "template"

func (j *Jobs) aboutTemplate(verb, name string) subject {
	return subject{kind: templateKind, resource: "configmaps", verb: verb, namespace: j.namespace, name: name}
}

// templateIn reads the template that a ConfigMap holds. One without the label is none, whatever its name.
func templateIn(cm *corev1.ConfigMap) (*Template, error) {
	name := strings.TrimPrefix(cm.Name, templatePrefix)
	if cm.Labels[TemplateLabel] != "true" {
		return nil, &NotFoundError{Kind: templateKind, Namespace: cm.Namespace, Name: name}
	}
	t, err := ReadTemplate(strings.NewReader(cm.Data[templateKey]), fmt.Sprintf("template %q", name))
	if err != nil {
		return nil, err
	}
	t.Name, t.BuiltIn = name, false
	if at := cm.CreationTimestamp.Time; !at.IsZero() {
		t.Created = &at
	}
	return t, nil
}

// ReadTemplate reads a template from YAML or JSON, at most MaxTemplate bytes: one that `odh training
// template show` printed, or the manifest of an MPIJob. All problems come back at once, with their
// lines, as one InvalidError; what names the source in it.
func ReadTemplate(r io.Reader, what string) (*Template, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxTemplate+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	if len(text) > MaxTemplate {
		return nil, &InvalidError{What: what, Problems: []Problem{{Message: fmt.Sprintf("is larger than %d KiB, which no template is", MaxTemplate>>10)}}}
	}
	return parseTemplate(text, what)
}

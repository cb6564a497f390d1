package training

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// readerLife is the longest a pod that reads a claim lives, whatever became of its caller.
const readerLife = time.Hour

const (
	readerContainer = "outputs"
	// maxListing is how much the reader may say about the files, in bytes.
	maxListing = 4 << 20
)

// claimSource reads a folder on a claim through a pod of its own.
type claimSource struct {
	j     *Jobs
	place Output
	pod   string
}

// openClaim starts the pod and waits until it runs.
func (j *Jobs) openClaim(ctx context.Context, m *MPIJob, place Output, o OutputOptions) (outputSource, error) {
	image := o.Image
	if image == "" {
		var err error
		if image, err = j.agentImage(ctx, m); err != nil {
			return nil, err
		}
	}
	created := &corev1.Pod{}
	options := metav1.CreateOptions{FieldManager: "odh"}
	err := j.c.core.Post().Namespace(j.namespace).Resource("pods").VersionedParams(&options, j.c.params).Body(readerPod(m, place, image)).Do(ctx).Into(created)
	if err != nil {
		return nil, j.c.typed(err, subject{kind: "pod", resource: "pods", verb: "create", namespace: j.namespace, name: m.Name + "-outputs"})
	}
	s := &claimSource{j: j, place: place, pod: created.Name}
	if err := s.await(ctx, o); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// agentImage is the image of the agent that the job ran with.
func (j *Jobs) agentImage(ctx context.Context, m *MPIJob) (string, error) {
	name := mpijob.ConfigName(m)
	cm := &corev1.ConfigMap{}
	err := j.c.core.Get().Namespace(j.namespace).Resource("configmaps").Name(name).Do(ctx).Into(cm)
	err = j.c.typed(err, subject{kind: "ConfigMap", resource: "configmaps", verb: "get", namespace: j.namespace, name: name})
	var missing *NotFoundError
	if err != nil && !errors.As(err, &missing) {
		return "", err
	}
	if image := cm.Annotations[mpijob.AnnotationAgentImage]; image != "" {
		return image, nil
	}
	return "", &OutputError{Place: m.Annotations[mpijob.AnnotationOutput], Err: errors.New("the job has not started yet, so nothing is known to read its claim with"), Hint: "wait until it has started, or name the agent's image to `odh training outputs` with --image"}
}

// readerPod reads one claim and can do nothing else. It goes with the job, at its deadline at the latest.
func readerPod(m *MPIJob, place Output, image string) *corev1.Pod {
	like := corev1.PodSpec{}
	if w := m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker]; w != nil {
		like = w.Template.Spec
	}
	security := &corev1.PodSecurityContext{RunAsNonRoot: ptr.To(true), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}}
	if given := like.SecurityContext; given != nil { // whoever wrote the files may read them
		security.RunAsUser, security.RunAsGroup, security.FSGroup = given.RunAsUser, given.RunAsGroup, given.FSGroup
		security.SupplementalGroups, security.SELinuxOptions = given.SupplementalGroups, given.SELinuxOptions
		if given.RunAsUser != nil && *given.RunAsUser == 0 {
			security.RunAsNonRoot = nil
		}
	}
	container := restricted()
	container.ReadOnlyRootFilesystem = ptr.To(true)
	small := func(cpu, memory string) corev1.ResourceList {
		return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: m.Name + "-outputs-",
			Labels:       map[string]string{mpijob.LabelOutputsOf: m.Name},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: kubeflow.SchemeGroupVersion.String(), Kind: "MPIJob", Name: m.Name, UID: m.UID,
			}},
		},
		Spec: corev1.PodSpec{
			RestartPolicy:                 corev1.RestartPolicyNever,
			ActiveDeadlineSeconds:         ptr.To(int64(readerLife.Seconds())),
			TerminationGracePeriodSeconds: ptr.To[int64](1),
			AutomountServiceAccountToken:  ptr.To(false),
			EnableServiceLinks:            ptr.To(false),
			SecurityContext:               security,
			ImagePullSecrets:              like.ImagePullSecrets,
			Tolerations:                   like.Tolerations,
			Affinity:                      besides(m),
			Containers: []corev1.Container{{
				Name: readerContainer, Image: image, ImagePullPolicy: corev1.PullIfNotPresent,
				Command:         []string{"/mpi-agent", "outputs", "hold"},
				SecurityContext: container,
				Resources:       corev1.ResourceRequirements{Requests: small("10m", "32Mi"), Limits: small("500m", "128Mi")},
				VolumeMounts:    []corev1.VolumeMount{{Name: "output", MountPath: wire.OutputMount, ReadOnly: true}},
			}},
			Volumes: []corev1.Volume{{Name: "output", VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: place.Claim, ReadOnly: true},
			}}},
		},
	}
}

// besides prefers the machines the job's pods run on: a ReadWriteOnce claim can be mounted nowhere else.
func besides(m *MPIJob) *corev1.Affinity {
	return &corev1.Affinity{PodAffinity: &corev1.PodAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{
		Weight: 100,
		PodAffinityTerm: corev1.PodAffinityTerm{
			TopologyKey:   corev1.LabelHostname,
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{kubeflow.JobNameLabel: m.Name, kubeflow.JobRoleLabel: "worker"}},
		},
	}}}}
}

// await waits until the pod runs, and says meanwhile what for.
func (s *claimSource) await(ctx context.Context, o OutputOptions) error {
	patience := o.Patience
	if patience <= 0 {
		patience = DefaultOutputPatience
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	said := ""
	for {
		p := &corev1.Pod{}
		err := s.j.c.core.Get().Namespace(s.j.namespace).Resource("pods").Name(s.pod).Do(limited).Into(p)
		if err != nil && limited.Err() == nil {
			return s.j.c.typed(err, subject{kind: "pod", resource: "pods", verb: "get", namespace: s.j.namespace, name: s.pod})
		}
		waits, ended := readerState(p)
		switch {
		case p.Status.Phase == corev1.PodRunning:
			return nil
		case ended:
			return s.failed(errors.New("the pod that reads it ended: "+waits), "is the agent's image of the same release? name another to `odh training outputs` with --image")
		case waits != said && o.Progress != nil && waits != "":
			said = waits
			o.Progress(waits)
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-limited.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return s.failed(fmt.Errorf("the pod that reads it did not start within %s: %s", patience, orElse(said, "it is pending")),
				"a ReadWriteOnce claim can be read on one machine at a time: wait until whoever holds it has ended")
		}
	}
}

// readerState is what a pod waits for, or how it ended.
func readerState(p *corev1.Pod) (text string, ended bool) {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			text = "waiting for a machine: " + c.Message
		}
	}
	for _, c := range p.Status.ContainerStatuses {
		switch {
		case c.State.Terminated != nil:
			return orElse(c.State.Terminated.Message, fmt.Sprintf("exit code %d", c.State.Terminated.ExitCode)), true
		case c.State.Waiting != nil && c.State.Waiting.Message != "":
			text = c.State.Waiting.Reason + ": " + c.State.Waiting.Message
		case c.State.Waiting != nil:
			text = "waiting for the claim to be mounted"
		}
	}
	if p.Status.Phase == corev1.PodFailed {
		return orElse(p.Status.Message, text), true
	}
	return text, false
}

func (s *claimSource) failed(err error, hint string) error {
	return &OutputError{Place: s.place.String(), Err: err, Hint: hint}
}

func (s *claimSource) list(ctx context.Context, below []string) (*OutputList, error) {
	out := &OutputList{Place: s.place.String(), Files: []OutputFile{}}
	var text strings.Builder
	err := s.j.runInPod(ctx, s.pod, readerContainer, append([]string{"/mpi-agent", "outputs", "list", s.place.Folder}, below...), nil, &cutOff{to: &text, left: maxListing})
	if err != nil {
		return nil, s.wrap(err)
	}
	lines, ended := bufio.NewScanner(strings.NewReader(text.String())), false
	for lines.Scan() && !ended {
		var f wire.OutputFile
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil || len(out.Files) == MaxOutputFiles || f.Truncated {
			out.Truncated = true
			break
		}
		if ended = f.End; ended {
			break
		}
		if f.Problem != "" {
			out.skip(f.Path, f.Problem)
			continue
		}
		out.add(OutputFile{Path: f.Path, Size: f.Size, Modified: f.Modified})
	}
	out.Truncated = out.Truncated || text.Len() >= maxListing
	if err := lines.Err(); err != nil || !ended && !out.Truncated {
		return nil, s.failed(errors.Join(errors.New("the listing broke off"), err), "try again")
	}
	return out, nil
}

// wrap leaves errors with a type of their own as they are.
func (s *claimSource) wrap(err error) error {
	var denied *DeniedError
	var missing *NotFoundError
	if errors.As(err, &denied) || errors.As(err, &missing) || errors.Is(err, context.Canceled) {
		return err
	}
	return s.failed(err, "")
}

func (s *claimSource) read(ctx context.Context, files []OutputFile) iter.Seq2[*OutputContent, error] {
	return func(yield func(*OutputContent, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var names strings.Builder
		for _, f := range files {
			names.WriteString(f.Path + "\x00")
		}
		reader, writer := io.Pipe()
		defer reader.Close()
		go func() {
			err := s.j.runInPod(ctx, s.pod, readerContainer, []string{"/mpi-agent", "outputs", "send", s.place.Folder}, strings.NewReader(names.String()), writer)
			_ = writer.CloseWithError(orEOF(err))
		}()
		came := 0
		for content, err := range received(reader) {
			if err != nil {
				yield(nil, s.wrap(err))
				return
			}
			if came++; !yield(content, nil) {
				return
			}
		}
		if came < len(files) {
			yield(nil, s.failed(fmt.Errorf("%d of %d files came: %w", came, len(files), io.ErrUnexpectedEOF), "try again"))
		}
	}
}

// maxHeader is how long the line before a file may be, in bytes.
const maxHeader = 16 << 10

// received splits what the agent sends into files. The other side isn't trusted: it may have been replaced.
func received(r io.Reader) iter.Seq2[*OutputContent, error] {
	return func(yield func(*OutputContent, error) bool) {
		in := bufio.NewReaderSize(r, maxHeader)
		for {
			line, err := in.ReadSlice('\n')
			if errors.Is(err, io.EOF) && len(line) == 0 {
				return
			}
			var f wire.OutputFile
			if err == nil {
				err = json.Unmarshal(line, &f)
			}
			if why := outputPathProblem(f.Path); err == nil && (why != "" || f.Size < 0) {
				err = fmt.Errorf("%q came, which is no file of the output", f.Path)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			content := &exactly{from: in, left: f.Size}
			if !yield(&OutputContent{OutputFile: OutputFile{Path: f.Path, Size: f.Size, Modified: f.Modified}, Reader: content}, nil) {
				return
			}
			// What the caller left unread.
			if _, err := io.Copy(io.Discard, content); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// exactly reads so many bytes: fewer are an error, not an end.
type exactly struct {
	from io.Reader
	left int64
}

// Read implements io.Reader.
func (e *exactly) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.from.Read(p[:min(int64(len(p)), e.left)])
	if e.left -= int64(n); errors.Is(err, io.EOF) && e.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func orEOF(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}

// close deletes the pod, even where the caller gave up.
func (s *claimSource) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = s.j.c.core.Delete().Namespace(s.j.namespace).Resource("pods").Name(s.pod).Do(ctx).Error()
}

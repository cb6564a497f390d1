package training

import (
	"context"
	"errors"
	"fmt"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// codeVolumes are the volumes of a job that hold its code folder, and the job whose ConfigMaps they name.
func codeVolumes(m *MPIJob) (volumes []*corev1.ProjectedVolumeSource, owner string) {
	for _, r := range m.Spec.MPIReplicaSpecs {
		if r == nil {
			continue
		}
		for i := range r.Template.Spec.Volumes {
			v := &r.Template.Spec.Volumes[i]
			if v.Name != codeVolume || v.Projected == nil || codeOf(v.Projected) == nil {
				continue
			}
			volumes = append(volumes, v.Projected)
			owner = codeNames.FindStringSubmatch(v.Projected.Sources[0].ConfigMap.Name)[1]
		}
	}
	return volumes, owner
}

// withCode returns the code folder that is to be created along with a job; nil for none. A job that was
// copied from another brings that one's folder: it gets a copy of its own, since each belongs to its job.
func (j *Jobs) withCode(ctx context.Context, m *MPIJob, o CreateOptions) (*Code, error) {
	volumes, owner := codeVolumes(m)
	if len(volumes) == 0 {
		return nil, nil
	}
	code := codeOf(volumes[0])
	if m.Name == "" {
		return nil, &InvalidError{What: title(m), Problems: []Problem{{Field: "metadata.name", Message: "a job with a code folder needs a name of its own: generateName doesn't do"}}}
	}
	switch {
	case o.Code != nil && o.Code.Digest == code.Digest && o.Code.packed():
		code = o.Code
	case o.DryRun == DryRunClient:
	default:
		var err error
		if code, err = j.readCode(ctx, owner, code); err != nil {
			return nil, err
		}
	}
	for _, v := range volumes {
		for i := range v.Sources {
			v.Sources[i].ConfigMap.Name = codeName(m.Name, code.Digest, i)
		}
	}
	return code, nil
}

// readCode reads a folder's content from the ConfigMaps of the job it belongs to.
func (j *Jobs) readCode(ctx context.Context, owner string, c *Code) (*Code, error) {
	out := &Code{Digest: c.Digest, Files: append([]CodeFile(nil), c.Files...)}
	for part := range c.parts() {
		cm := &corev1.ConfigMap{}
		name := codeName(owner, c.Digest, part)
		if err := j.c.core.Get().Namespace(j.namespace).Resource("configmaps").Name(name).Do(ctx).Into(cm); err != nil {
			return nil, j.c.typed(err, subject{kind: "code folder", resource: "configmaps", verb: "get", namespace: j.namespace, name: name})
		}
		for i := range out.Files {
			if f := &out.Files[i]; f.part == part {
				content, ok := cm.BinaryData[codeKey(i)]
				if !ok {
					return nil, &NotFoundError{Kind: "file of the code folder", Namespace: j.namespace, Name: f.Path}
				}
				f.content = append([]byte{}, content...)
			}
		}
	}
	return out, nil
}

// configMaps are a folder's content, belonging to a job.
func (c *Code) configMaps(job *MPIJob) []*corev1.ConfigMap {
	out := make([]*corev1.ConfigMap, c.parts())
	for part := range out {
		out[part] = &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: codeName(job.Name, c.Digest, part), Namespace: job.Namespace},
			Immutable:  ptr.To(true),
			BinaryData: map[string][]byte{},
		}
		if job.UID != "" {
			out[part].OwnerReferences = []metav1.OwnerReference{{
				APIVersion: kubeflow.SchemeGroupVersion.String(), Kind: "MPIJob", Name: job.Name, UID: job.UID,
			}}
		}
	}
	for i, f := range c.Files {
		out[f.part].BinaryData[codeKey(i)] = f.content
	}
	return out
}

// tryCode asks the cluster whether it would take the folder, before there is a job that needs it.
func (j *Jobs) tryCode(ctx context.Context, m *MPIJob, c *Code) error {
	options := metav1.CreateOptions{FieldManager: "odh", DryRun: []string{metav1.DryRunAll}}
	for _, cm := range c.configMaps(m) {
		err := j.postCode(ctx, cm, options)
		var exists *AlreadyExistsError
		if err != nil && !errors.As(err, &exists) {
			return err
		}
	}
	return nil
}

// codePatience is how long a folder left by a deleted job of the same name is waited for to go.
const codePatience = 30 * time.Second

// createCode creates the folder of a job that is there: it belongs to the job and goes with it. What is there of it
// already stays.
func (j *Jobs) createCode(ctx context.Context, job *MPIJob, c *Code) error {
	until := j.c.now().Add(codePatience)
	for _, cm := range c.configMaps(job) {
		if err := j.putCode(ctx, cm, until); err != nil {
			return err
		}
	}
	return nil
}

func (j *Jobs) putCode(ctx context.Context, cm *corev1.ConfigMap, until time.Time) error {
	for {
		err := j.postCode(ctx, cm, metav1.CreateOptions{FieldManager: "odh"})
		var exists *AlreadyExistsError
		if !errors.As(err, &exists) {
			return err
		}
		same, err := j.sameCode(ctx, cm)
		switch {
		case same || err != nil:
			return err
		case j.c.now().After(until):
			return exists
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (j *Jobs) postCode(ctx context.Context, cm *corev1.ConfigMap, o metav1.CreateOptions) error {
	err := j.c.core.Post().Namespace(j.namespace).Resource("configmaps").VersionedParams(&o, j.c.params).Body(cm).Do(ctx).Error()
	return j.c.typed(err, subject{kind: "ConfigMap", resource: "configmaps", verb: "create", namespace: j.namespace, name: cm.Name})
}

// sameCode says whether the ConfigMap there is already the one to be created; false without an error for
// one that is gone meanwhile, or another's.
func (j *Jobs) sameCode(ctx context.Context, cm *corev1.ConfigMap) (bool, error) {
	there := &corev1.ConfigMap{}
	err := j.c.core.Get().Namespace(j.namespace).Resource("configmaps").Name(cm.Name).Do(ctx).Into(there)
	var missing *NotFoundError
	if err = j.c.typed(err, subject{kind: "ConfigMap", resource: "configmaps", verb: "get", namespace: j.namespace, name: cm.Name}); errors.As(err, &missing) {
		return false, nil
	}
	return err == nil && equality.Semantic.DeepEqual(there.OwnerReferences, cm.OwnerReferences) && equality.Semantic.DeepEqual(there.BinaryData, cm.BinaryData), err
}

// undo deletes a job without its code folder, even where the caller gave up meanwhile.
func (j *Jobs) undo(ctx context.Context, job *MPIJob, because error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	options := metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(job.UID)), PropagationPolicy: ptr.To(metav1.DeletePropagationBackground)}
	err := j.c.jobs.Delete().Namespace(j.namespace).Resource("mpijobs").Name(job.Name).Body(&options).Do(ctx).Error()
	if err != nil {
		return fmt.Errorf("creating the code folder of %s: %w; the job couldn't be deleted again (%w): delete it", title(job), because, err)
	}
	return fmt.Errorf("creating the code folder of %s: %w; the job was deleted again", title(job), because)
}

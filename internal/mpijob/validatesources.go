package mpijob

import (
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validateSources checks what a container's variables are read from.
func validateSources(c *corev1.Container, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i, e := range c.Env {
		from, p := e.ValueFrom, at.Child("env").Index(i).Child("valueFrom")
		switch {
		case from == nil || e.Value != "":
		case from.FieldRef != nil:
			if !podField(from.FieldRef.FieldPath) {
				errs = append(errs, field.Invalid(p.Child("fieldRef", "fieldPath"), from.FieldRef.FieldPath,
					"must be a field that variables can have: metadata.name, .namespace, .uid, .labels['…'] or .annotations['…'], spec.nodeName, spec.serviceAccountName, status.hostIP(s) or status.podIP(s)"))
			}
		case from.SecretKeyRef != nil:
			errs = append(errs, keyIn("Secret", from.SecretKeyRef.Name, from.SecretKeyRef.Key, p.Child("secretKeyRef"))...)
		case from.ConfigMapKeyRef != nil:
			errs = append(errs, keyIn("ConfigMap", from.ConfigMapKeyRef.Name, from.ConfigMapKeyRef.Key, p.Child("configMapKeyRef"))...)
		case from.ResourceFieldRef == nil && from.FileKeyRef == nil:
			errs = append(errs, field.Required(p, "says not where from: add fieldRef, secretKeyRef, configMapKeyRef or resourceFieldRef"))
		}
	}
	for i, e := range c.EnvFrom {
		p := at.Child("envFrom").Index(i)
		if e.Prefix != "" && len(validation.IsRelaxedEnvVarName(e.Prefix)) > 0 {
			errs = append(errs, field.Invalid(p.Child("prefix"), e.Prefix, "must be of printable ASCII characters other than '='"))
		}
		switch {
		case e.SecretRef != nil:
			errs = append(errs, named("Secret", e.SecretRef.Name, p.Child("secretRef", "name"))...)
		case e.ConfigMapRef != nil:
			errs = append(errs, named("ConfigMap", e.ConfigMapRef.Name, p.Child("configMapRef", "name"))...)
		default:
			errs = append(errs, field.Required(p, "says not where from: add secretRef or configMapRef"))
		}
	}
	return errs
}

func keyIn(kind, name, key string, at *field.Path) field.ErrorList {
	errs := named(kind, name, at.Child("name"))
	if key == "" {
		return append(errs, field.Required(at.Child("key"), "names the "+kind+"'s entry"))
	}
	for _, why := range validation.IsConfigMapKey(key) {
		errs = append(errs, field.Invalid(at.Child("key"), key, why))
	}
	return errs
}

func named(kind, name string, at *field.Path) field.ErrorList {
	if name == "" {
		return field.ErrorList{field.Required(at, "names the "+kind)}
	}
	return subdomain(name, at)
}

// podField says whether variables can have a field of the pod.
func podField(p string) bool {
	switch p {
	case "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
		"status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs":
		return true
	}
	return keyed(p)
}

// keyed says whether a path names one label or annotation.
func keyed(p string) bool {
	for _, of := range []string{"metadata.labels['", "metadata.annotations['"} {
		if key, ok := strings.CutPrefix(p, of); ok && strings.HasSuffix(key, "']") {
			return len(validation.IsQualifiedName(strings.ToLower(strings.TrimSuffix(key, "']")))) == 0
		}
	}
	return false
}

// validateSource checks what a volume holds.
func validateSource(v *corev1.VolumeSource, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch {
	case v.EmptyDir != nil && v.EmptyDir.Medium != "" && v.EmptyDir.Medium != corev1.StorageMediumMemory && !strings.HasPrefix(string(v.EmptyDir.Medium), string(corev1.StorageMediumHugePages)):
		errs = append(errs, field.NotSupported(at.Child("emptyDir", "medium"), v.EmptyDir.Medium, []corev1.StorageMedium{"", corev1.StorageMediumMemory}))
	case v.HostPath != nil && v.HostPath.Path == "":
		errs = append(errs, field.Required(at.Child("hostPath", "path"), "names the directory on the node"))
	case v.HostPath != nil && hasParent(v.HostPath.Path):
		errs = append(errs, field.Invalid(at.Child("hostPath", "path"), v.HostPath.Path, "must not contain '..': write the path it leads to, "+path.Clean(v.HostPath.Path)))
	case v.ConfigMap != nil:
		errs = append(errs, mode(v.ConfigMap.DefaultMode, at.Child("configMap", "defaultMode"))...)
	case v.Secret != nil:
		errs = append(errs, mode(v.Secret.DefaultMode, at.Child("secret", "defaultMode"))...)
	case v.DownwardAPI != nil:
		for i, item := range v.DownwardAPI.Items {
			p := at.Child("downwardAPI", "items").Index(i)
			if f := item.FieldRef; f != nil && !fileField(f.FieldPath) {
				errs = append(errs, field.Invalid(p.Child("fieldRef", "fieldPath"), f.FieldPath,
					"must be a field that files can have: metadata.name, .namespace, .uid, .labels or .annotations, whole or by key"))
			}
		}
	}
	return errs
}

// fileField says whether files can have a field of the pod.
func fileField(p string) bool {
	switch p {
	case "metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels", "metadata.annotations":
		return true
	}
	return keyed(p)
}

func mode(m *int32, at *field.Path) field.ErrorList {
	if m != nil && (*m < 0 || *m > 0o777) {
		return field.ErrorList{field.Invalid(at, fmt.Sprintf("%#o", *m), "must be 0 to 0777: who may read, write and execute the files")}
	}
	return nil
}

func hasParent(p string) bool {
	return slices.Contains(strings.Split(p, "/"), "..")
}

package mpijob

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"
)

// validateGang checks what becomes of a PodGroup: one the API server refuses would never be made.
func validateGang(job *Job, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	name := func(at *field.Path, value, what string) {
		if value == "" {
			return
		}
		if problems := validation.IsDNS1123Subdomain(value); len(problems) > 0 {
			errs = append(errs, field.Invalid(at, value, "is no name of a "+what+": use lower-case letters, digits, '-' and '.'"))
		}
	}
	name(field.NewPath("metadata", "annotations").Key(volcano.QueueNameAnnotationKey), job.Annotations[volcano.QueueNameAnnotationKey], "queue")
	p := job.Spec.RunPolicy.SchedulingPolicy
	if p == nil {
		return errs
	}
	name(at.Child("queue"), p.Queue, "queue")
	name(at.Child("priorityClass"), p.PriorityClass, "PriorityClass")
	if n := p.MinAvailable; n != nil && (*n < 0 || *n > Members(job)) {
		errs = append(errs, field.Invalid(at.Child("minAvailable"), *n,
			fmt.Sprintf("must be 0 to %d: the Workers and the Launcher are that many; leave it out to start all of them together", Members(job))))
	}
	if t := p.ScheduleTimeoutSeconds; t != nil && *t < 0 {
		errs = append(errs, field.Invalid(at.Child("scheduleTimeoutSeconds"), *t, "must not be negative: seconds a part of the job may wait for the rest, 0 or left out for no limit"))
	}
	if p.MinResources != nil {
		for _, r := range sortedResources(*p.MinResources) {
			if q := (*p.MinResources)[corev1.ResourceName(r)]; q.Sign() < 0 {
				errs = append(errs, field.Invalid(at.Child("minResources").Key(r), q.String(), "must not be negative"))
			}
		}
	}
	return errs
}

// GangWarnings names what a job's wish for gang scheduling will not do in this cluster.
func GangWarnings(job *Job, volcanoIsThere bool) []string {
	if !WantsGang(job) {
		return nil
	}
	job = WithDefaults(job)
	at := field.NewPath("spec", "runPolicy", "schedulingPolicy")
	p := job.Spec.RunPolicy.SchedulingPolicy
	if !volcanoIsThere {
		var out []string
		if p != nil {
			out = append(out, fmt.Sprintf("%s: has no effect but for scheduleTimeoutSeconds, since Volcano is not installed or not in use: "+
				"the default scheduler places Workers one by one, and two jobs placed in part can wait for one another for ever", at))
		}
		if namesVolcano(job) {
			out = append(out, fmt.Sprintf("schedulerName %q: is not installed or not in use here: what names it waits until it is", SchedulerVolcano))
		}
		return out
	}
	var out []string
	for _, r := range replicaSpecs(job) {
		if s := r.spec.Template.Spec.SchedulerName; s != "" && s != SchedulerVolcano {
			out = append(out, fmt.Sprintf("%s: %q is replaced by %q: a gang is placed by one scheduler", r.path.Child("template", "spec", "schedulerName"), s, SchedulerVolcano))
		}
	}
	if p == nil {
		return out
	}
	if minMember(job) < Members(job) {
		out = append(out, fmt.Sprintf("%s: %d of %d may start before the rest, but the Launcher waits for every Worker: leave it out unless the rest is sure to follow",
			at.Child("minAvailable"), minMember(job), Members(job)))
	}
	if p.ScheduleTimeoutSeconds != nil {
		out = append(out, fmt.Sprintf("%s: has no effect with Volcano, as in the MPI operator: a gang holds nothing while it waits", at.Child("scheduleTimeoutSeconds")))
	}
	return out
}

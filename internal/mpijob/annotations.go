package mpijob

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Prefix of everything upstream has no field for.
const Prefix = "training.opendatahub.io/"

// Annotations and labels the product sets. Users don't.
const (
	// AnnotationCreator is who created the job, stamped by the API server.
	AnnotationCreator = Prefix + "creator"
	// AnnotationRequest is a digest of the request that created the job: where that comes again, the job is its answer.
	AnnotationRequest = Prefix + "request"
	// AnnotationAttempt is the number of the current attempt, on `<job>-config`, from 1.
	AnnotationAttempt = Prefix + "attempt"
	// AnnotationRetries is how many tries earlier attempts used up, on `<job>-config` and TrainJobs.
	AnnotationRetries = Prefix + "retries"
	// AnnotationAgentImage is the image of the agent in the job's pods, on `<job>-config`: whoever reads
	// the job's results runs the same.
	AnnotationAgentImage = Prefix + "agent-image"
	// AnnotationUID is the UID of the MPIJob an object was made for.
	AnnotationUID = Prefix + "mpijob-uid"
	// AnnotationGang is the gang scheduler of an attempt's pods, on TrainJobs whose pods have one.
	AnnotationGang = Prefix + "gang"
	// LabelJob is the MPIJob's name, on everything made for it.
	LabelJob = Prefix + "mpijob"
	// LabelAttempt is the attempt's number, on TrainJobs, TrainingRuntimes and pods.
	LabelAttempt = Prefix + "attempt"
	// LabelLauncherIsWorker is on pods of jobs with runLauncherAsWorker.
	LabelLauncherIsWorker = Prefix + "launcher-is-worker"
	// LabelOutputsOf is the MPIJob's name, on pods that read its results for someone.
	LabelOutputsOf = Prefix + "outputs-of"
	// LabelTemplate is on ConfigMaps that hold a template of jobs.
	LabelTemplate = Prefix + "template"
	// LabelFramework is Kubeflow Trainer's: what its SDK tells runtimes apart by.
	LabelFramework = "trainer.kubeflow.org/framework"
	// Framework is our value of LabelFramework.
	Framework = "mpi"
)

// Annotations users may set.
const (
	// AnnotationWaitTimeout is how long the Launcher waits for Workers whose containers all run but
	// aren't reachable. Time spent in queues, scheduling and image pulls doesn't count.
	AnnotationWaitTimeout = Prefix + "wait-timeout"
	// AnnotationClonedFrom is the name of the job this one is a copy of; `odh training clone` sets it.
	AnnotationClonedFrom = Prefix + "cloned-from"
	// AnnotationRetryLost has losses underneath the job (a node, an eviction, a deleted pod) start a new
	// attempt, within spec.runPolicy.backoffLimit.
	AnnotationRetryLost = Prefix + "retry-lost-workers"
	// AnnotationKeepFailed keeps the pods and processes of a job that failed for a time, to look inside.
	AnnotationKeepFailed = Prefix + "keep-failed"
)

// DefaultWaitTimeout is AnnotationWaitTimeout where it is not set.
const DefaultWaitTimeout = 10 * time.Minute

// Annotation is one row of the table of annotations: what the documentation says and Validate checks.
type Annotation struct {
	Key, Meaning, Default string
	// User says that users may set it; the others are the product's.
	User  bool
	check func(value string) error
}

// Annotations is every annotation the product knows on an MPIJob.
func Annotations() []Annotation {
	return []Annotation{
		{Key: AnnotationCreator, Meaning: "Who created the job; stamped by the API server."},
		{Key: AnnotationRequest, Meaning: "A digest of the request with an Idempotency-Key that created the job, and of its name: sent again, it is answered with this job. What users write there themselves stays."},
		{Key: AnnotationWaitTimeout, Default: DefaultWaitTimeout.String(), User: true, check: checkDuration,
			Meaning: "How long the Launcher waits for running Workers to become reachable."},
		{Key: AnnotationClonedFrom, User: true, check: checkName, Meaning: "The name of the job this one is a copy of."},
		{Key: AnnotationRetryLost, Default: "false", User: true, check: checkSwitch,
			Meaning: "Whether a lost node, or a pod that was evicted, preempted or deleted, starts a new attempt; each uses up one of backoffLimit."},
		{Key: AnnotationKeepFailed, Default: "none", User: true, check: checkKeep,
			Meaning: "How long the pods and processes of a failed job are kept for inspection, up to 168h; such a job isn't tried again. It can change only while the job is suspended."},
		{Key: AnnotationTimeout, Default: "the namespace's, else none", User: true, check: checkTimeout,
			Meaning: "How long the job may be active, from its start or resumption; as 90s, 10m or 24h, up to 168h or the namespace's maximum."},
		{Key: AnnotationDefaultTimeout, User: true, check: checkTimeout,
			Meaning: "The time limit of a job for which none was asked, as of one made from flags or a form: the namespace's default goes before it, and its maximum cuts it. It goes when a timeout is named."},
		{Key: AnnotationTimeoutSource,
			Meaning: "Whose word a time limit is that nobody asked for, and the limit, as Namespace:4h; also Job, its default-timeout, and Product, 168h. Written at admission."},
		{Key: AnnotationTimeoutPolicy, Default: TimeoutTerminate, User: true, check: oneOfTexts(TimeoutTerminate, TimeoutNotify),
			Meaning: "What happens at the time limit: Terminate the job, or only Notify by an event."},
		{Key: AnnotationTimeoutGrace, Default: Plain(DefaultTimeoutGrace), User: true, check: checkGrace,
			Meaning: "How long ranks may take to end after the SIGTERM at the time limit, up to 1h."},
		{Key: AnnotationNetwork, Default: "the namespace's, else none", User: true,
			check:   oneOfTexts(string(NetworkNone), string(NetworkDefault), string(NetworkRestricted), string(NetworkIsolated)),
			Meaning: "Who may talk to the job's pods: none, default, restricted or isolated; it counts when the job starts or resumes."},
		{Key: AnnotationEgress, User: true, check: checkEgress,
			Meaning: "What an isolated job may reach besides: networks as 10.0.0.0/8 or 192.0.2.7/32:443, by commas."},
		{Key: AnnotationConnections, User: true, check: checkSecretNames,
			Meaning: "Which Secrets of the job's environment are Open Data Hub connections, by commas."},
		{Key: AnnotationOutput, User: true, check: checkOutput,
			Meaning: "Where the job leaves its results: pvc:CLAIM:/folder or s3://BUCKET/PREFIX; `odh training outputs` lists and fetches them."},
		{Key: AnnotationOutputConnection, Default: "the first of connections", User: true, check: checkSecretName,
			Meaning: "The connection with which an output in S3 is reached."},
	}
}

// NamespaceAnnotations is what administrators may write on a namespace (config/admission/namespace.yaml).
func NamespaceAnnotations() []Annotation {
	return []Annotation{
		{Key: AnnotationDefaultTimeout, Default: "the maximum, else none", Meaning: "The time limit of jobs that name none."},
		{Key: AnnotationMaxTimeout, Default: Plain(MaxTimeout), Meaning: "The longest time limit a job may ask for. Where it is set, every job ends by it: timeout-policy Notify is refused."},
		{Key: AnnotationNetwork, Default: string(NetworkNone), Meaning: "The network template of jobs that name none."},
	}
}

// WaitTimeout is the job's AnnotationWaitTimeout, or its default.
func WaitTimeout(job *Job) time.Duration {
	if d, err := time.ParseDuration(job.Annotations[AnnotationWaitTimeout]); err == nil && d > 0 {
		return d
	}
	return DefaultWaitTimeout
}

func checkDuration(v string) error {
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		return fmt.Errorf("is not a positive duration: write it as 90s, 10m or 2h")
	}
	return nil
}

func checkName(v string) error {
	if len(validation.IsDNS1123Subdomain(v)) > 0 {
		return fmt.Errorf("is no job's name: it is the name of the job this one is a copy of, in the same namespace")
	}
	return nil
}

// ValidateAnnotations checks the annotations users may set, each by its own rule.
func ValidateAnnotations(job *Job) field.ErrorList {
	var errs field.ErrorList
	for _, a := range Annotations() {
		v, ok := job.Annotations[a.Key]
		if !ok || a.check == nil {
			continue
		}
		if err := a.check(v); err != nil {
			errs = append(errs, field.Invalid(field.NewPath("metadata", "annotations").Key(a.Key), v, err.Error()))
		}
	}
	return errs
}

// Warnings names what is accepted but likely not meant: annotations of ours that don't exist, fields
// that have no effect, and the doubts of warnings.go.
func Warnings(job *Job) []string {
	known := map[string]bool{}
	for _, a := range Annotations() {
		known[a.Key] = true
	}
	var out []string
	for _, k := range sortedKeys(job.Annotations) {
		if strings.HasPrefix(k, Prefix) && !known[k] {
			out = append(out, fmt.Sprintf("metadata.annotations[%s]: no such annotation, it has no effect", k))
		}
	}
	for _, r := range replicaSpecs(job) {
		if r.spec.Template.Spec.RestartPolicy != "" {
			out = append(out, fmt.Sprintf("%s: has no effect, containers are never restarted in place", r.path.Child("template", "spec", "restartPolicy")))
		}
	}
	return slices.Concat(out, doubtsOf(job), gpuWarnings(job), networkWarnings(job))
}

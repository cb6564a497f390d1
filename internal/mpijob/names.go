package mpijob

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	"k8s.io/apimachinery/pkg/types"
)

// Names of a job's parts, as users see them.
const (
	LauncherName = "Launcher"
	workerPrefix = "Worker "
)

// WorkerName is what users read about the Worker of that index: "Worker 3".
func WorkerName(index int) string { return workerPrefix + strconv.Itoa(index) }

// Roles of pods, as in upstream's job-role label and the names of JobSet's replicated jobs.
const (
	RoleLauncher = "launcher"
	RoleWorker   = "worker"
)

// SecretName, ConfigName, ServiceName and ReportName are the objects that live as long as the job.
func SecretName(job *Job) string  { return job.Name + "-ssh" }
func ConfigName(job *Job) string  { return job.Name + "-config" }
func ServiceName(job *Job) string { return job.Name }
func ReportName(job *Job) string  { return job.Name + "-report" }

// LauncherHost and WorkerHost are pod hostnames, as upstream's.
func LauncherHost(job *Job) string          { return job.Name + "-launcher" }
func WorkerHost(job *Job, index int) string { return fmt.Sprintf("%s-worker-%d", job.Name, index) }

// hostDomain is what upstream appends to a hostname: ".<job>.<namespace>.svc" and the cluster's
// domain where one is configured.
func hostDomain(job *Job, clusterDomain string) string {
	d := "." + job.Name + "." + job.Namespace + ".svc"
	if clusterDomain != "" {
		d += "." + clusterDomain
	}
	return d
}

// maxPodName is what JobSet allows for "<attempt>-worker-0-<index>-xxxxx".
const maxPodName = 63

// AttemptName is the name of the TrainingRuntime and TrainJob of one attempt: the job's name, cut so
// that JobSet accepts its pods' names, and a hash of the job's UID and the attempt's number. A job
// that is deleted and created again thus never meets its former self.
func AttemptName(job *Job, attempt int) string {
	const hash, fixed = 5, len("-worker-0-") + len("-xxxxx")
	digits := max(3, len(strconv.Itoa(max(0, Workers(job)-1))))
	room := maxPodName - fixed - digits - hash - 1
	name := job.Name
	if len(name) > room {
		name = name[:room]
	}
	return name + "-" + shortHash(string(job.UID)+"/"+strconv.Itoa(attempt), hash)
}

// JobName is the Kubernetes Job of that role in an attempt, as JobSet names it.
func JobName(attemptName, role string) string {
	return attemptName + "-" + replicatedName(role) + "-0"
}

// replicatedName is the JobSet's name for a role. Pods of one called "launcher" are Trainer's own
// Launchers to Kubeflow's SDK, which gives up where they are otherwise (kubeflowsdk.go).
func replicatedName(role string) string {
	if role == RoleLauncher {
		return "launch"
	}
	return role
}

// shortHash spells a hash in lower-case letters and digits that read well and form no words.
func shortHash(s string, n int) string {
	const alphabet = "bcdfghjklmnpqrstvwxz2456789"
	sum := sha256.Sum256([]byte(s))
	v := binary.BigEndian.Uint64(sum[:8])
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[v%uint64(len(alphabet))]
		v /= uint64(len(alphabet))
	}
	return string(b)
}

// Port is where the built-in transport of a job listens, 10000–29999: derived from the job, so that
// two jobs on the host network rarely meet, and the scheduler sees it when they do.
func Port(uid types.UID) int {
	sum := sha256.Sum256([]byte(uid))
	return 10000 + int(binary.BigEndian.Uint32(sum[:4])%20000)
}

// Workers is how many Workers the job has.
func Workers(job *Job) int {
	if w := job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker]; w != nil && w.Replicas != nil {
		return int(*w.Replicas)
	}
	return 0
}

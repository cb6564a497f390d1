//go:build e2e && matrix

package e2e

import (
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
)

// refusal is a combination that can't exist, and what the job says of it.
type refusal struct {
	cell cell
	says string
	// waits: it is the cluster that refuses the pods, so the job says so while it waits.
	waits bool
}

func refusals() []refusal {
	var all []refusal
	for _, m := range []mpi{openMPI4, openMPI5, mpich, intel} {
		all = append(all, refusal{cell: cell{m, true, userRandom}, says: "No user exists for uid 1000770000"})
	}
	return append(all, refusal{cell: cell{openMPI4, true, "root, restricted profile"}, says: "violates PodSecurity", waits: true})
}

// refuse runs a combination that can't exist and returns what the job says.
func (e *env) refuse(r refusal, restricted string) string {
	e.t.Helper()
	ns, uid := "default", uids[r.cell.user]
	if r.waits {
		ns = restricted
	}
	job := newJob(ns, "mxr-"+strings.ReplaceAll(r.cell.name(), ",", ""), once, withSSHD(r.cell.mpi, uid), command("mpirun", "-n", "4", "hostname"))
	e.submit(e.admin, job)
	var said string
	e.awaitJob(job, "refused with "+r.says, func(j *kubeflow.MPIJob) bool {
		for _, t := range []kubeflow.JobConditionType{kubeflow.JobFailed, kubeflow.JobCreated} {
			if c := condition(j, t); c != nil && strings.Contains(c.Message, r.says) && (r.waits || t == kubeflow.JobFailed) {
				said = c.Message
				return true
			}
		}
		return false
	})
	said, _, _ = strings.Cut(said, "\n")
	return said
}

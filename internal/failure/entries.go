package failure

import "fmt"

// catalogue is every reason, in the order of the troubleshooting page: what stops a job before it
// starts, then what ends the program, then what is lost underneath it.
var catalogue = []Entry{
	{
		Reason: ImagePullFailed,
		Title:  "The image can't be pulled",
		Advice: "Check the image's name and tag (`--image`), and that the namespace has a pull secret for its registry; then create the job again.",
		Final:  true,
		sentence: func(f *Failure) string {
			return withDetail("the image can't be pulled", f)
		},
	},
	{
		Reason: ImageNotFound,
		Title:  "The image doesn't exist",
		Advice: "Correct the image's name and tag (`--image`), or push the image; then create the job again.",
		Final:  true,
		sentence: func(f *Failure) string {
			return withDetail("the image doesn't exist", f)
		},
	},
	{
		Reason: ContainerCommandNotFound,
		Title:  "The command doesn't exist in the image",
		Advice: "Correct the command (after `--`; in a manifest its arguments go in args, one each), or use an image that contains it (`--image`).",
		Final:  true,
		Change: true,
		advice: unstartable,
		sentence: func(f *Failure) string {
			return withDetail("the command can't be started", f)
		},
	},
	{
		Reason: SecretMissing,
		Title:  "A Secret the pods need doesn't exist",
		Advice: "Create the Secret, with the keys the manifest names, in the job's namespace, or correct its name (`--secret`, `--connection`); then create the job again.",
		Final:  true,
		sentence: func(f *Failure) string {
			return withDetail("a Secret it needs doesn't exist", f)
		},
	},
	{
		Reason: VolumeMissing,
		Title:  "A volume the pods need doesn't exist",
		Advice: "Create the PersistentVolumeClaim or ConfigMap in the job's namespace, or correct its name (`--pvc`, or the volume in the manifest); then create the job again.",
		Final:  true,
		sentence: func(f *Failure) string {
			return withDetail("a volume can't be mounted", f)
		},
	},
	{
		Reason: CrashLoop,
		Title:  "A sidecar keeps crashing",
		Advice: "Read the log of the container the message names (kubectl logs POD -c CONTAINER --previous), and correct its image, command or configuration.",
		Final:  true,
		sentence: func(f *Failure) string {
			return withDetail("a container keeps crashing", f)
		},
	},
	{
		Reason: ContainerConfigInvalid,
		Title:  "The container's configuration is invalid",
		Advice: "Create the missing Secret or ConfigMap, or correct the field the message names; then create the job again.",
		Final:  true,
		sentence: func(f *Failure) string {
			return withDetail("the container can't be configured", f)
		},
	},
	{
		Reason:   LauncherExited,
		Title:    "The program ended with an error",
		Advice:   "Read the Launcher's log: the program's own message is in its last lines.",
		sentence: endedSentence,
	},
	{
		Reason: LauncherLost,
		Title:  "The Launcher was lost",
		Advice: "Its pod was deleted, evicted, or its node failed; the job's events say which. Create the job again.",
		sentence: func(f *Failure) string {
			return withDetail("lost", f)
		},
	},
	{
		Reason:   RankExited,
		Title:    "A rank ended with an error",
		Advice:   "Read that rank's output in the Launcher's log; an exit code is the program's own.",
		sentence: endedSentence,
	},
	{
		Reason:   RankKilledBySignal,
		Title:    "A rank was killed by a signal",
		Advice:   "SIGSEGV and SIGABRT come from the program; SIGKILL from outside it, and here not for lack of memory: from a person, another program in the Worker, or the MPI as it ends the others.",
		sentence: endedSentence,
	},
	{
		Reason:   RankOOMKilled,
		Title:    "A rank ran out of memory",
		Advice:   "Give each Worker more memory, run fewer ranks per Worker, or make the program use less.",
		Final:    true,
		Change:   true,
		sentence: oomSentence,
	},
	{
		Reason:   SharedMemoryTooSmall,
		Title:    "Shared memory is too small",
		Advice:   "Make it larger (`--shm-size`; in a manifest an emptyDir with medium Memory and a sizeLimit, mounted at /dev/shm in the Workers); what is used of it counts as the Worker's memory (`--memory-per-worker`).",
		Change:   true,
		sentence: shmSentence,
	},
	{
		Reason:   GPUNotVisible,
		Title:    "The program finds no GPU",
		Advice:   "Ask for GPUs (`--gpus-per-worker`; in a manifest limits: nvidia.com/gpu: 1 of the Workers), and use an image whose CUDA or ROCm version the node's driver supports.",
		sentence: gpuSentence,
	},
	{
		Reason: WorkerExited,
		Title:  "A Worker's container ended",
		Advice: "Read that Worker's log: nothing but the end of the job should end a Worker's container.",
		Final:  true,
		sentence: func(f *Failure) string {
			return withDetail("its container "+containerEnded(f), f)
		},
	},
	{
		Reason:   WorkerOOMKilled,
		Title:    "A Worker ran out of memory",
		Advice:   "Give each Worker more memory, run fewer ranks per Worker, or make the program use less.",
		Final:    true,
		Change:   true,
		sentence: oomSentence,
	},
	{
		Reason: WorkerEvicted,
		Title:  "A Worker was evicted",
		Advice: "Its node ran short of a resource or was drained: set requests to what the program uses (`--memory-per-worker`), then create the job again.",
		Final:  true,
		sentence: func(f *Failure) string {
			return withDetail("its pod was evicted", f)
		},
	},
	{
		Reason: WorkerLost,
		Title:  "A Worker was lost",
		Advice: "Its pod was deleted, or its node or network failed; the job's events say which. Create the job again.",
		Final:  true,
		sentence: func(f *Failure) string {
			return withDetail("lost", f)
		},
	},
	{
		Reason: WorkerStarved,
		Title:  "A Worker is too busy to answer",
		Advice: "Give each Worker more CPU and memory (`--cpu-per-worker`, `--memory-per-worker`), or run fewer ranks per Worker (`--slots-per-worker`).",
		Final:  true,
		sentence: func(f *Failure) string {
			return withDetail("runs, but is too short of CPU or memory to answer", f)
		},
	},
	{
		Reason: NodeLost,
		Title:  "A node was lost",
		Advice: "Create the job again; it is placed on other nodes. If this happens often, have lost Workers tried again with the annotation training.opendatahub.io/retry-lost-workers.",
		Final:  true,
		sentence: func(f *Failure) string {
			if f.Confidence == Likely {
				return withDetail("its node, or the network to it, was lost", f)
			}
			return withDetail("its node was lost", f)
		},
	},
	{
		Reason: WorkerUnreachable,
		Title:  "A running Worker can't be reached",
		Advice: "If its name isn't known, check the cluster's DNS and the Service of the job's name; if it doesn't answer, a NetworkPolicy or the network stands between the job's pods.",
		Final:  true,
		sentence: func(f *Failure) string {
			return withDetail("runs, but the Launcher can't reach it", f)
		},
	},
	{
		Reason: LauncherTimeoutWaitingForWorkers,
		Title:  "The Workers weren't reachable in time",
		Advice: "Check that the Workers' own command (if they have one) serves SSH, on the port and with the key the Launcher uses; their logs say more.",
		Final:  true,
		sentence: func(f *Failure) string {
			return withDetail("gave up waiting for Workers to become reachable", f)
		},
	},
	{
		Reason: RanksNotDistributed,
		Title:  "All ranks ran in the Launcher",
		Advice: "Let mpirun use the job's hostfile: remove --host, --hostfile and a fixed plm from its command, or unset the variables that override it.",
		Final:  true,
		Change: true,
		sentence: func(f *Failure) string {
			return withDetail("every rank was started in the Launcher, none on a Worker", f)
		},
	},
	{
		Reason: MPIImplementationMismatch,
		Title:  "The image's MPI is another than the job names",
		Advice: "Name the MPI of the image, OpenMPI, MPICH or Intel (`--mpi`, in a manifest spec.mpiImplementation), or use an image with the one that the job names; write mpirun's options for it too.",
		Final:  true,
		Change: true,
		sentence: func(f *Failure) string {
			return withDetail("mpirun isn't of the MPI the job names", f)
		},
	},
	{
		Reason: SlotsExceeded,
		Title:  "More ranks than slots",
		Advice: "Ask mpirun for fewer ranks (-n), or raise the slots (`--slots-per-worker`, spec.slotsPerWorker) or the number of Workers (`--workers`); --oversubscribe lets ranks share slots.",
		Final:  true,
		Change: true,
		sentence: func(f *Failure) string {
			return withDetail("there are not enough slots", f)
		},
	},
	{
		Reason: SSHRejected,
		Title:  "ssh can't log in to the Workers",
		Advice: "Leave out the Workers' command, so that the job's own transport starts the ranks without sshd. With sshd, the image needs an account for the user it runs as, spec.sshAuthMountPath must be that user's .ssh, and host keys must not be checked.",
		Final:  true,
		Change: true,
		sentence: func(f *Failure) string {
			return withDetail("ssh was refused", f)
		},
	},
	{
		Reason: DeadlineExceeded,
		Title:  "The job ran longer than it may",
		Advice: "Raise spec.runPolicy.activeDeadlineSeconds, or make the job smaller.",
		Final:  true,
		sentence: func(f *Failure) string {
			return withDetail("the job was active longer than its deadline", f)
		},
	},
	{
		Reason: TimeoutReached,
		Title:  "The job reached its time limit",
		Advice: "Ask for more time (`--time-limit`, or annotation training.opendatahub.io/timeout), let the program save its state and go on from it, or use more Workers.",
		Final:  true,
		sentence: func(f *Failure) string {
			return withDetail("the job reached its time limit", f)
		},
	},
	{
		Reason: Unschedulable,
		Title:  "There is no place for it yet",
		Advice: "Wait until other jobs end, ask for fewer Workers (`--workers`) or smaller ones, or correct node selector and tolerations: waiting costs nothing and spends no retry.",
		sentence: func(f *Failure) string {
			return withDetail("no node has room", f)
		},
	},
	{
		Reason: GangIncomplete,
		Title:  "Only a part of it was placed",
		Advice: "Ask for gang scheduling (spec.runPolicy.schedulingPolicy, with Volcano installed), so that it starts as a whole or holds nothing; or ask for less.",
		sentence: func(f *Failure) string {
			return withDetail("placed in part only", f)
		},
	},
	{
		Reason: PreemptedByHigherPriority,
		Title:  "A job of higher priority took its place",
		Advice: "Create the job again: it waits until there is room. Give it a priority class of its own if it must not be interrupted.",
		sentence: func(f *Failure) string {
			return withDetail("removed to make room for a higher priority", f)
		},
	},
	{
		Reason: QuotaExceeded,
		Title:  "The namespace's quota is used up",
		Advice: "Ask for fewer Workers (`--workers`) or smaller ones, wait until other jobs end, or ask for more quota.",
		sentence: func(f *Failure) string {
			return withDetail("the namespace's quota doesn't admit it", f)
		},
	},
	{
		Reason: ResourceConflict,
		Title:  "An object of that name belongs to someone else",
		Advice: "Delete or rename that object, or give the job another name; the job goes on by itself once the name is free.",
		sentence: func(f *Failure) string {
			return withDetail("an object the job needs exists already and isn't the job's", f)
		},
	},
}

// shmSentence says how large /dev/shm was where that is known.
func shmSentence(f *Failure) string {
	s := ended(f) + " for lack of shared memory"
	if f.Limit > 0 {
		s += fmt.Sprintf(" (/dev/shm has %s, %s were used)", bytesText(f.Limit), bytesText(f.Peak))
	}
	return withDetail(s, f)
}

func gpuSentence(f *Failure) string { return withDetail(ended(f)+", since it found no GPU", f) }

func endedSentence(f *Failure) string { return withDetail(ended(f), f) }

// oomSentence says how much memory there was where that is known.
func oomSentence(f *Failure) string {
	switch s := "killed for lack of memory"; {
	case f.Limit > 0 && f.Peak > 0:
		return withDetail(fmt.Sprintf("%s (limit %s, peak %s)", s, bytesText(f.Limit), bytesText(f.Peak)), f)
	case f.Limit > 0:
		return withDetail(fmt.Sprintf("%s (limit %s)", s, bytesText(f.Limit)), f)
	default:
		return withDetail(s, f)
	}
}

// bytesText is a size in the unit a manifest would use: "512Mi", "1.5Gi".
func bytesText(n int64) string {
	units := []string{"", "Ki", "Mi", "Gi", "Ti"}
	v, i := float64(n), 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	if v == float64(int64(v)) {
		return fmt.Sprintf("%d%s", int64(v), units[i])
	}
	return fmt.Sprintf("%.1f%s", v, units[i])
}

// containerEnded is ended with the verb a container needs: "was killed by SIGKILL".
func containerEnded(f *Failure) string {
	if f.Signal != "" {
		return "was " + ended(f)
	}
	return ended(f)
}

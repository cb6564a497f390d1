package failure

// explanation is what the troubleshooting page adds to an entry: how it looks, and where it comes from.
type explanation struct{ symptom, cause string }

// explanations are by reason; Catalogue puts them into the entries.
var explanations = map[Reason]explanation{
	ImageNotFound:                    {"Pods stay in ImagePullBackOff; the registry answers \"not found\" or \"manifest unknown\".", "A misspelt name or tag, an image that was never pushed or has been deleted."},
	ImagePullFailed:                  {"Pods stay in ImagePullBackOff; the registry answers \"denied\" or doesn't answer.", "A private image without a pull secret, a registry that is down or whose name isn't known."},
	ContainerCommandNotFound:         {"The container, or mpirun on a Worker, says that a file or command isn't found.", "A command that isn't in that image, a script without its execute bit, or a line for a shell that no shell is told to run."},
	SecretMissing:                    {"Pods stay in CreateContainerConfigError or ContainerCreating for a minute.", "A variable or a volume refers to a Secret, or to a key in one, that the namespace doesn't have."},
	VolumeMissing:                    {"Pods stay Pending or in ContainerCreating for a minute.", "A volume refers to a PersistentVolumeClaim or ConfigMap that the namespace doesn't have."},
	CrashLoop:                        {"Workers don't start; a sidecar among the init containers is in CrashLoopBackOff.", "The sidecar ends before it has started, and the pod waits for it."},
	ContainerConfigInvalid:           {"Pods stay in CreateContainerConfigError.", "The manifest asks for what the image can't do, such as running as a user other than root, or for a ConfigMap that doesn't exist."},
	LauncherExited:                   {"The Launcher ends with an exit code or a signal, and no rank is known to have failed first.", "The script or program in the Launcher, before, between or after its mpirun."},
	LauncherLost:                     {"The Launcher's pod is gone; its log may be, too.", "Someone deleted it, its node was drained, or the kubelet evicted it."},
	RankExited:                       {"mpirun says that a process exited with a non-zero status.", "The program itself: an error it found, an exception, a call of MPI_Abort."},
	RankKilledBySignal:               {"mpirun says that a process exited on a signal.", "SIGSEGV, SIGBUS and SIGFPE are errors of the program, SIGABRT is its own decision; a SIGKILL came from outside, and the kernel's counter says that it wasn't for lack of memory."},
	RankOOMKilled:                    {"A rank ends by SIGKILL, and the kernel's count of kills in its Worker has risen.", "All ranks of a Worker together needed more than its memory limit."},
	WorkerOOMKilled:                  {"A Worker's container ends with the reason OOMKilled.", "All of the Worker together needed more than its memory limit. With cgroup v2 the kernel ends the whole container."},
	SharedMemoryTooSmall:             {"A rank dies of SIGBUS, or a library says that there is no space in /dev/shm.", "MPI, NCCL and data loaders share memory through /dev/shm, which has 64 MiB unless a volume is mounted there."},
	GPUNotVisible:                    {"CUDA, ROCm or a framework says that it finds no device, no driver, or too old a driver.", "No GPU was asked for, the image's CUDA is newer than the driver, or the variables that choose devices hide them."},
	WorkerExited:                     {"A Worker's container ended while the job ran.", "Its own command ended (an sshd that couldn't start), an init container failed, or something killed it."},
	WorkerEvicted:                    {"A Worker's pod has the condition DisruptionTarget, or the reason Evicted.", "Its node was drained, or ran short of memory or disk."},
	WorkerLost:                       {"The Launcher's connection to a Worker broke and didn't come back.", "Its pod was deleted, or its container or network failed."},
	WorkerStarved:                    {"A Worker's node and pod are well, but nothing in it answers; its CPU or memory curve is at its limit.", "Its ranks use all the CPU its limit allows, or so much of its memory that the kernel only makes room; a process in it that was stopped looks the same."},
	NodeLost:                         {"A Worker fell silent, or Kubernetes took its pod off a node that doesn't answer.", "The node or its network failed, it was shut down, or its object was deleted."},
	WorkerUnreachable:                {"All Workers run, but the Launcher gets no answer from one of them.", "A NetworkPolicy or firewall between the pods, a broken pod network, or names that aren't in DNS."},
	LauncherTimeoutWaitingForWorkers: {"All Workers run and can be reached, but refuse the connection.", "The Workers' own command serves no SSH, or on another port."},
	RanksNotDistributed:              {"More ranks run in the Launcher than belong there, and none on a Worker.", "mpirun was told to use other hosts than the job's hostfile says."},
	DeadlineExceeded:                 {"The job ran until its deadline and was stopped.", "activeDeadlineSeconds counts from the start of the job, waiting included."},
	QuotaExceeded:                    {"The job waits; not all of its pods exist.", "The namespace's ResourceQuota has no room for them."},
	ResourceConflict:                 {"The job waits and names an object.", "An object of a name the job needs exists and wasn't made for it."},
	SlotsExceeded:                    {"mpirun says that there are not enough slots, and starts nothing.", "-np asks for more ranks than Workers × slotsPerWorker."},
	SSHRejected:                      {"mpirun starts nothing; ssh says \"Permission denied\" or \"Host key verification failed\".", "Workers with an sshd of their own that doesn't know the job's key, its user or its host key."},
	MPIImplementationMismatch:        {"mpirun doesn't understand an option or the hostfile, or starts every rank in the Launcher.", "spec.mpiImplementation names another MPI than the image's, and the command is written for the one it names."},
	TimeoutReached:                   {"The job ran until its time limit and was stopped; a warning came at 80 % of it.", "The annotation, the 24 h that odh gives a job made from flags, or the namespace's limit."},
	Unschedulable:                    {"The job waits; pods are Pending, and the message counts what is missing.", "No node has room for them, or none fits their node selector, affinity and tolerations."},
	GangIncomplete:                   {"The job waits while some of its pods run and hold what they have.", "Without gang scheduling pods are placed one by one."},
	PreemptedByHigherPriority:        {"A pod has the condition DisruptionTarget with the reason PreemptionByScheduler.", "A job of a higher priority class needed the room."},
}

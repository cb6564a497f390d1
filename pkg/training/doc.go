// Package training is what a user can do to a distributed training job on Kubernetes: create, clone,
// get, list, watch, wait, delete, read logs, explain a failure. The command line calls it in process, the
// training service puts HTTP around it, and any Go program may import it.
//
// A Client works with the caller's own credentials and makes no API discovery requests:
//
//	client, err := training.NewClientFromKubeconfig(training.Kubeconfig{})
//	if err != nil { … }
//	job, err := client.Jobs("team-a").Create(ctx, training.Spec{
//		Name: "hello", Image: "registry/hello:1", Workers: 3, Command: []string{"./hello"},
//	}.MPIJob(), training.CreateOptions{})
//	…
//	job, err = client.Jobs("team-a").Wait(ctx, "hello", training.WaitOptions{Timeout: time.Hour})
//	var failed *training.JobFailedError
//	if errors.As(err, &failed) { fmt.Println(failed.Job.Failure.Advice()) }
//
// Jobs come in two levels of detail that convert into one another: Spec, the handful of fields a data
// scientist thinks in, and MPIJob, the whole kubeflow.org/v2beta1 object, passed through as written.
//
// Errors a caller may want to handle have a type each: NotFoundError, DeniedError,
// QuotaExceededError, InvalidError, AlreadyExistsError, TimeoutError, JobFailedError,
// UnreachableError, NotInstalledError; see their documentation. Use errors.As.
package training

package training

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"
)

// maxComplaint is how much of a command's complaint is kept, in bytes.
const maxComplaint = 4 << 10

// runInPod runs a command in a container of a pod, as the caller. What the command says on standard error
// is the error, where it fails.
func (j *Jobs) runInPod(ctx context.Context, pod, container string, command []string, in io.Reader, out io.Writer) error {
	request := j.c.core.Post().Namespace(j.namespace).Resource("pods").Name(pod).SubResource("exec").VersionedParams(&corev1.PodExecOptions{
		Container: container, Command: command, Stdin: in != nil, Stdout: true, Stderr: true,
	}, j.c.params)
	run, err := executor(j.c.config, request)
	if err != nil {
		return err
	}
	var complaint bytes.Buffer
	err = run.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: in, Stdout: out, Stderr: &cutOff{to: &complaint, left: maxComplaint}})
	var exit utilexec.CodeExitError
	if errors.As(err, &exit) {
		if text := strings.TrimSpace(complaint.String()); text != "" {
			return errors.New(text)
		}
		return fmt.Errorf("%s ended with exit code %d", command[0], exit.Code)
	}
	about := subject{kind: "pod", resource: "pods/exec", verb: "create", namespace: j.namespace, name: pod}
	return j.c.typed(refusedStream(err, about), about)
}

// cutOff passes on what comes first, and drops the rest.
type cutOff struct {
	to   io.Writer
	left int
}

func (b *cutOff) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.left -= n
	if n > 0 {
		if _, err := b.to.Write(p[:n]); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

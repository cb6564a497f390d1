//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/testkit"
)

// odh runs a command of the terminal as the sandbox's scientist, and returns what it printed.
func (e *env) odh(dir string, args ...string) (out string, err error) {
	e.t.Helper()
	return e.odhAs(e.scientist, dir, args...)
}

func (e *env) odhAs(u *testkit.User, dir string, args ...string) (out string, err error) {
	cmd := exec.CommandContext(e.ctx, filepath.Join(repoRoot(e.t), "bin/odh"), append([]string{"training"}, args...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "KUBECONFIG="+u.Kubeconfig, "NO_COLOR=1")
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// A scientist's job of a built-in template, with a code folder, a Secret and a claim, from the terminal alone; its results are
// fetched when it has ended, and what it left to lead the reader astray stays where it is.
func TestInputsAndOutputs(t *testing.T) {
	t.Parallel()
	e := setup(t)
	const name, claim = "in-and-out", "in-and-out"
	e.follow(teamA, name)
	folder := e.volume(teamA, claim)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: teamA, Name: name}, StringData: map[string]string{"TOKEN": "granted"}}
	e.put(secret)
	dir := t.TempDir()
	for file, text := range map[string]string{
		"code/run.sh":         "#!/bin/sh\n. ./lib/words.sh\necho \"$PWD $word $TOKEN $(df -Pk /dev/shm | awk 'NR==2 {print $2}')\" > $TRAINING_OUTPUT/rank-$OMPI_COMM_WORLD_RANK\n[ $OMPI_COMM_WORLD_RANK = 0 ] || exit 0\nln -s /etc/passwd $TRAINING_OUTPUT/link; mkfifo $TRAINING_OUTPUT/pipe; echo x > \"$TRAINING_OUTPUT/back\\\\slash\"; touch $TRAINING_OUTPUT/empty\n",
		"code/lib/words.sh":   "word=hello\n",
		"code/notes/secret":   "not for the cluster\n",
		"code/.odhignore":     "notes/\n",
		"results/rank-1":      "",
		"results/old/by-hand": "mine\n",
	} {
		path := filepath.Join(dir, file)
		e.must(os.MkdirAll(filepath.Dir(path), 0o755), "making a folder")
		e.must(os.WriteFile(path, []byte(text), 0o755), "writing a file")
	}
	e.must(os.MkdirAll(filepath.Join(folder, "runs/1"), 0o777), "making the output's folder")
	e.must(os.Chmod(filepath.Join(folder, "runs/1"), 0o777), "opening it to any user")
	out, err := e.odh(dir, "run", name, "--template", "mpi", "--image", imageOpenMPI, "--cpu-per-worker", "100m", "--memory-per-worker", "64Mi", "--code", "code",
		"--secret", name, "--pvc", claim+":/data", "--output-to", "pvc:"+claim+":/runs/1", "--", "./run.sh")
	if err != nil {
		t.Fatalf("the job: %v\n%s", err, out)
	}

	if out, err = e.odh(dir, "outputs", "list", name, "-o", "name"); err != nil || !strings.Contains(out, "empty\nrank-0\nrank-1\n") || strings.Contains(out, "\nlink\n") {
		t.Errorf("list: %v\n%s", err, out)
	}
	if out, err = e.odh(dir, "outputs", "download", name, "-o", "results"); err != nil || !strings.Contains(out, "3 of 3 files fetched") || !strings.Contains(out, "link is left out") {
		t.Errorf("download: %v\n%s", err, out)
	}
	for _, file := range []string{"results/rank-0", "results/rank-1"} {
		// Half of 64 MiB is /dev/shm's, in KiB.
		if text, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(text) != "/code hello granted 32768\n" {
			t.Errorf("%s: %q, %v", file, text, err)
		}
	}
	if out, err = e.odh(dir, "outputs", "download", name, "rank-1", "--to", "results"); err != nil || !strings.Contains(out, "0 of 1 files fetched") {
		t.Errorf("a second time: %v\n%s", err, out)
	}
	if out, err = e.odh(dir, "outputs", "download", name, "link", "--to", "links"); err != nil || !strings.Contains(out, "0 of 0 files") {
		t.Errorf("a link: %v\n%s", err, out)
	}
	if _, err := os.Lstat(filepath.Join(dir, "links/link")); err == nil {
		t.Error("a link was made")
	}

	if out, err = e.odh(dir, "delete", name, "--wait"); err != nil {
		t.Fatalf("deleting the job: %v\n%s", err, out)
	}
	e.await(e.admin.Client, &corev1.PodList{}, "the pods that read results to go", func(pods []client.Object) bool { return len(pods) == 0 },
		client.InNamespace(teamA), client.MatchingLabels{mpijob.LabelOutputsOf: name})
	e.await(e.admin.Client, &corev1.ConfigMapList{}, "the code folder to go with its job", func(maps []client.Object) bool {
		for _, cm := range maps {
			if strings.HasPrefix(cm.GetName(), name+"-code-") {
				return false
			}
		}
		return true
	}, client.InNamespace(teamA))
}

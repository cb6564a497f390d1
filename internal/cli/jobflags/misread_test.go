package jobflags

import (
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// described are the jobs of a command line, or why there are none.
func described(t *testing.T, line ...string) ([]*training.MPIJob, error) {
	t.Helper()
	var f Flags
	cmd := &cobra.Command{Use: "x"}
	f.Add(cmd)
	if err := cmd.ParseFlags(line); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return f.Jobs(cmd, nil, "j", []string{"p"})
}

func TestEveryFlagThatIsWrongAtOnce(t *testing.T) {
	_, err := described(t, "--image", "a b", "--workers", "three", "--slots-per-worker=-1", "--gpus-per-worker", "1 gpu", "--memory-per-worker", "10 TB", "--cpu-per-worker", "2 cores",
		"--time-limit", "1 day", "--env", "=x", "--env", "NO_SUCH_VARIABLE", "--pvc", "data", "--pvc", "more", "--secret", ":", "--secret", ":a",
		"--node-selector", "zone", "--node-selector", "=b", "--workers", "four", "--shm-size", "16 gb", "--launcher-memory", "1g", "--mpirun-flags", `"x`, "--command", "'y")
	var usage *exit.UsageError
	if !errors.As(err, &usage) {
		t.Fatalf("%T %v", err, err)
	}
	for _, want := range []string{
		"MPIJob \"j\" is invalid, 19 problems:\n",
		`--cpu-per-worker: "2 cores" is no amount: did you mean 2?`, `--memory-per-worker: "10 TB" is no amount: did you mean 10T, or 10Ti?`, `--shm-size: "16 gb" is no amount: did you mean 16G, or 16Gi?`,
		`--launcher-memory: "1g" is no amount: did you mean 1Gi?`, `--time-limit: "1 day" is no time limit: did you mean 1d?`, `--workers: "four" is no whole number: write it as 3`,
		`--gpus-per-worker: "1 gpu" is no whole number: did you mean 1?`, `--env: "=x": write NAME=VALUE`, `--env: NO_SUCH_VARIABLE: it is not set in your environment`, `--pvc: "data": write NAME:/folder`, `--pvc: "more": write NAME:/folder`,
		`--secret: ":": write NAME`, `--secret: ":a": write NAME`, `--node-selector: "zone": write KEY=VALUE`, `--node-selector: "=b": write KEY=VALUE`,
		`--mpirun-flags: `, `--command: `, `--image: "a b" must not contain spaces`, `--slots-per-worker: -1 must be 0 to 4096`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s isn't in:\n%v", want, err)
		}
	}
	for flag, want := range map[string]string{
		"--memory-per-worker=2GB": `--memory-per-worker "2GB" is no amount: did you mean 2G, or 2Gi?`, "--cpu-per-worker=2g": `--cpu-per-worker "2g" is no amount: write it as 4 or 500m`,
		"--workers=three": `--workers "three" is no whole number: write it as 3`, "--time-limit=soon": `--time-limit "soon" is no time limit: write it as 90m, 48h or 2d`,
		"--workers=99999999999": `--workers "99999999999" is too large a number`,
	} {
		if _, err := described(t, "--image", "i", flag); err == nil || err.Error() != want || exit.Code(err) != exit.Usage {
			t.Errorf("%s: %v", flag, err)
		}
	}
	// The last of a flag counts.
	jobs, err := described(t, "--image", "i", "--workers", "three", "--workers", "3", "--time-limit", "soon", "--time-limit", "2d")
	if err != nil || len(jobs) != 1 || *jobs[0].Spec.MPIReplicaSpecs["Worker"].Replicas != 3 || jobs[0].Annotations[training.TimeLimitAnnotation] != "48h" {
		t.Errorf("%v, %v", jobs, err)
	}
}

package jobflags

import (
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// AddChanges gives a command the flags that change a job there is.
func (f *Flags) AddChanges(cmd *cobra.Command) {
	f.add(cmd, texts{
		image: "another `IMAGE`", workers: "another `NUMBER` of Workers; mpirun's number of ranks follows",
		slots: "another `NUMBER` of ranks on each Worker", cpu: "`CPU`s each Worker gets, as 4 or 500m; 0 sets no limit",
		memory: "`MEMORY` each Worker gets, as 16Gi; 0 sets no limit", gpus: "`NUMBER` of GPUs each Worker gets",
		env:     "add or replace a variable of every rank, `NAME=VALUE`; NAME alone takes it from yours; may be repeated",
		command: "another program, with quotes as in a shell; arguments may follow after --",
	}, 0)
	f.addTimeLimit(cmd, "stop the copy after it was active this `LONG`, as 90m, 48h or 2d, up to 7d or what the namespace allows")
}

// Changes are what the flags and the program ask for; flags that were not given change nothing.
func (f *Flags) Changes(cmd *cobra.Command, program []string) (training.Changes, error) {
	c := training.Changes{Image: f.Image, TimeLimit: (&timeLimit{to: &f.TimeLimit}).String()}
	given := cmd.Flags().Changed
	invalid := &training.InvalidError{What: "the job"}
	for _, n := range []struct {
		flag  string
		value int32
		to    **int32
	}{
		{"workers", f.Workers, &c.Workers}, {"slots-per-worker", f.Slots, &c.SlotsPerWorker},
		{"gpus-per-worker", f.GPUs, &c.GPUsPerWorker}, {"gpu-per-worker", f.GPUs, &c.GPUsPerWorker},
	} {
		if !given(n.flag) {
			continue
		}
		if n.value < 0 {
			invalid.Problems = append(invalid.Problems, training.Problem{Field: "--" + n.flag, Message: fmt.Sprintf("%d: must not be negative", n.value)})
		}
		*n.to = ptr.To(n.value)
	}
	if given("image") && f.Image == "" {
		return c, exit.Usagef("--image is empty: name an image, or leave the flag out")
	}
	c.CPUPerWorker, c.MemoryPerWorker = f.wrong.quantity("cpu-per-worker", f.CPU), f.wrong.quantity("memory-per-worker", f.Memory)
	c.Command = slices.Concat(f.wrong.words("command", f.Command), program)
	c.Env = f.wrong.environment(f.Env, os.LookupEnv)
	return c, f.wrong.with(training.Together(invalid))
}

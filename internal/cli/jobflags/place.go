package jobflags

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// placeNames are the flags that say how a job's Launcher is, and where the job's pods may run.
var placeNames = []string{"launcher-cpu", "launcher-memory", "mpirun-flags", "priority-class", "node-selector"}

// placeFlags say how a job's Launcher is, and where the job's pods may run.
type placeFlags struct {
	CPU, Memory   string
	MPIRun        string
	PriorityClass string
	Nodes         []string
}

func (f *placeFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.CPU, "launcher-cpu", "", "`CPU`s the Launcher may use, as 2 or 500m (default 1)")
	fs.StringVar(&f.Memory, "launcher-memory", "", "`MEMORY` the Launcher may use, as 1Gi (default 512Mi)")
	fs.StringVar(&f.MPIRun, "mpirun-flags", "", "`OPTIONS` of mpirun beside those of ranks and hosts, with quotes as in a shell, as \"--mca btl ^openib\"")
	fs.StringVar(&f.PriorityClass, "priority-class", "", "`NAME` of the PriorityClass of the job's pods")
	fs.StringArrayVar(&f.Nodes, "node-selector", nil, "a label of the nodes that Workers may run on, `KEY=VALUE`; may be repeated")
	for _, n := range placeNames {
		_ = cmd.RegisterFlagCompletionFunc(n, cobra.NoFileCompletions)
	}
}

// fill adds what the flags say to a Spec.
func (f *placeFlags) fill(s *training.Spec, wrong *misread) {
	wrong.quantities(amount{"launcher-cpu", f.CPU, &s.LauncherCPU}, amount{"launcher-memory", f.Memory, &s.LauncherMemory})
	if words := wrong.words("mpirun-flags", f.MPIRun); len(words) > 0 {
		s.MPIRunFlags = words
	}
	if f.PriorityClass != "" {
		s.PriorityClass = f.PriorityClass
	}
	if len(f.Nodes) == 0 {
		return
	}
	s.NodeSelector = make(map[string]string, len(f.Nodes)) // another than a template's, whole
	for _, text := range f.Nodes {
		key, value, ok := strings.Cut(text, "=")
		if key == "" || !ok {
			wrong.note("node-selector", fmt.Sprintf("%q: write KEY=VALUE", text))
			continue
		}
		s.NodeSelector[key] = value
	}
}

package preflight

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// patience is how long creating a job waits for what is only good to know.
const patience = 5 * time.Second

// AddFlag gives a command that creates jobs the switch for Before.
func AddFlag(cmd *cobra.Command, on *bool) {
	cmd.Flags().BoolVar(on, "preflight", true, "refuse a job that no quota would ever let start, and say what one will wait for; false creates it anyway")
}

// Before looks at a job that is about to be created: what it will wait for goes to standard error, with
// all of the verdict for a dry run; an error is that it would be refused. Not to find out is no reason
// to hold the job back, and one that is suspended asks for no room yet.
func Before(ctx context.Context, f *factory.Factory, jobs *training.Jobs, job *training.MPIJob, dryRun bool) error {
	v, err := jobs.Preflight(ctx, job, training.PreflightOptions{Timeout: patience})
	if err != nil {
		return nil //nolint:nilerr // Create finds the same, and says so
	}
	s, w := f.IO.ErrStyle(), f.IO.Err
	if dryRun {
		width := 100
		if f.IO.ErrTTY {
			width = f.IO.Width()
		}
		if err := printer.Verdict(w, v, s, width); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	if ptr.Deref(job.Spec.RunPolicy.Suspend, false) {
		return nil
	}
	if err := training.Refusal(v); err != nil {
		return err
	}
	if v.Outcome == training.Waits && !dryRun {
		text := v.Message
		if v.Wait != nil {
			text += "; " + printer.WaitText(v.Wait)
		}
		fmt.Fprintln(w, s.Yellow("will wait:"), printer.Clean(text))
	}
	return nil
}

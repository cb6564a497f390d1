package bulk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// most is how many jobs are named in the question.
const most = 20

// confirm asks before anything is done. Where nobody can answer, names are answer enough; --all and a
// selector are not. It returns the jobs as they were shown, or found.
func confirm(ctx context.Context, o *Options, jobs *training.Jobs, refs []jobarg.Ref, known seen) (seen, error) {
	io := o.Factory.IO
	named := len(o.Refs) > 0
	switch {
	case o.Yes, named && o.Verb.Loses == "":
		return known, nil
	case !io.InTTY || !io.ErrTTY:
		if named {
			return known, nil
		}
		return seen{}, exit.Usagef("this would %s %d jobs of namespace %q, and nobody can be asked: add --yes", o.Verb.Name, len(refs), jobs.Namespace())
	}
	if named { // for their phases, and which they are
		var err error
		if known, err = look(ctx, jobs, refs, o.Verb); err != nil {
			return seen{}, err
		}
		if len(known.jobs) == 0 {
			return known, nil // there is nothing to be asked about
		}
	}
	s := io.ErrStyle()
	title := strings.ToUpper(o.Verb.Name[:1]) + o.Verb.Name[1:]
	fmt.Fprintf(io.Err, "%s in namespace %s:\n", title, s.Bold(jobs.Namespace()))
	for i, r := range refs {
		if i == most {
			fmt.Fprintf(io.Err, "  … and %d more\n", len(refs)-most)
			break
		}
		phase := ""
		if known.gone[r] != nil {
			phase = "  isn't there"
		} else if j := known.jobs[r]; j != nil {
			phase = "  " + printer.Colour(s, j.Phase, printer.Mark(j.Phase)+" "+string(j.Phase))
		}
		fmt.Fprintf(io.Err, "  %s%s\n", r.Name, phase)
	}
	question := title + "? [y/N] "
	if o.Verb.Loses != "" {
		question = o.Verb.Loses + " " + question
	}
	fmt.Fprint(io.Err, question)
	yes, err := answer(ctx, io)
	switch {
	case err != nil:
		fmt.Fprintf(io.Err, "\nNothing was %s.\n", o.Verb.Done)
		return seen{}, &exit.Told{Err: err}
	case !yes:
		fmt.Fprintf(io.Err, "Nothing was %s.\n", o.Verb.Done)
		return seen{}, &exit.Told{Err: errors.New("not confirmed")}
	}
	return known, nil
}

// answer reads a line, unless the command is interrupted first.
func answer(ctx context.Context, io *iostreams.IOStreams) (bool, error) {
	replies := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(io.In).ReadString('\n') // no answer is a no
		replies <- text
	}()
	select {
	case text := <-replies:
		text = strings.ToLower(strings.TrimSpace(text))
		return text == "y" || text == "yes", nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

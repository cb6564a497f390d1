package printer

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Verdict writes whether a job would start: the answer, each check, and what to do.
func Verdict(w io.Writer, v *training.Verdict, s iostreams.Style, width int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", s.Bold(orJob(v.Name)), outcomeColour(s, v.Outcome, outcomeMark(v.Outcome)+" "+outcomeWords(v)))
	if v.Outcome != training.Fits {
		lines(&b, "  ", Clean(v.Message), width)
	}
	b.WriteString("\n")
	name := 0
	for _, c := range v.Checks {
		name = max(name, visible(Clean(c.Name)))
	}
	name = min(name, 32)
	for _, c := range v.Checks {
		mark := outcomeColour(s, c.Outcome, outcomeMark(c.Outcome))
		for i, line := range Wrap(Clean(c.Message), max(30, width-name-6)) {
			if i == 0 {
				fmt.Fprintf(&b, "  %s %s  %s\n", mark, Pad(Cut(Clean(c.Name), name), name), line)
			} else {
				fmt.Fprintf(&b, "    %s  %s\n", Pad("", name), line)
			}
		}
	}
	if v.LargestWorkers != nil || v.Wait != nil || v.Cost != nil || len(v.Suggestions) > 0 || len(v.Notes) > 0 {
		b.WriteString("\n")
	}
	if v.LargestWorkers != nil {
		fmt.Fprintf(&b, "  %s %s\n", s.Dim("largest"), largestText(*v.LargestWorkers))
	}
	if v.Wait != nil {
		lines(&b, "  "+s.Dim("wait")+"    ", WaitText(v.Wait), width)
	}
	if v.Cost != nil {
		lines(&b, "  "+s.Dim("cost")+"    ", Clean(v.Cost.Text), width)
	}
	for _, n := range v.Notes {
		lines(&b, "  "+s.Yellow("note:")+"   ", Clean(n), width)
	}
	for _, h := range v.Suggestions {
		lines(&b, "  "+s.Dim("→")+" ", Clean(h), width)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Verdicts are verdicts as -o json prints them: one alone, several as a list.
func Verdicts(vs []*training.Verdict) any {
	if len(vs) == 1 {
		return struct {
			typeMeta
			*training.Verdict
		}{typeMeta{APIVersion, "PreflightVerdict"}, vs[0]}
	}
	return struct {
		typeMeta
		Items []*training.Verdict `json:"items"`
	}{typeMeta{APIVersion, "PreflightVerdictList"}, vs}
}

// WaitText is an estimate and what it rests on.
func WaitText(w *training.WaitEstimate) string {
	return fmt.Sprintf("about %s, until %s: %s", Left(time.Duration(w.Seconds*float64(time.Second))), w.Until.UTC().Format("2006-01-02 15:04 UTC"), Clean(w.Basis))
}

// lines wraps text behind a head and under it.
func lines(b *strings.Builder, head, text string, width int) {
	indent := strings.Repeat(" ", visible(head))
	for i, line := range Wrap(text, max(30, width-visible(head))) {
		if i > 0 {
			head = indent
		}
		b.WriteString(head + line + "\n")
	}
}

func largestText(n int32) string {
	switch n {
	case 0:
		return "not even one Worker would fit now"
	case 1:
		return "1 Worker would fit now"
	}
	return fmt.Sprintf("%d Workers would fit now", n)
}

func orJob(name string) string {
	if name == "" {
		return "job"
	}
	return name
}

func outcomeMark(o training.Outcome) string {
	switch o {
	case training.Fits:
		return "✓"
	case training.Refused:
		return "✗"
	case training.Waits:
		return "○"
	case training.Unknown:
	}
	return "?"
}

func outcomeColour(s iostreams.Style, o training.Outcome, text string) string {
	switch o {
	case training.Fits:
		return s.Green(text)
	case training.Refused:
		return s.Red(text)
	case training.Unknown: // nothing is wrong
		return s.Dim(text)
	case training.Waits:
	}
	return s.Yellow(text)
}

func outcomeWords(v *training.Verdict) string {
	switch v.Outcome {
	case training.Fits:
		return Clean(v.Message)
	case training.Refused:
		return "would be refused"
	case training.Waits:
		return "would wait"
	case training.Unknown:
	}
	if v.NothingRead() {
		return "unknown: nothing could be read"
	}
	return "fits, as far as can be seen"
}

package training

import (
	"context"
	"fmt"
)

// Refusal is the error a Refused verdict means: a QuotaExceededError where a quota refuses, an
// InvalidError where the job can't be as it is written; nil for any other verdict.
func Refusal(v *Verdict) error {
	if v == nil || v.Outcome != Refused {
		return nil
	}
	invalid := &InvalidError{What: "MPIJob"}
	if v.Name != "" {
		invalid.What = fmt.Sprintf("MPIJob %q", v.Name)
	}
	for i := range v.Checks {
		c := &v.Checks[i]
		switch {
		case c.Outcome != Refused:
		case c.Kind == CheckQuota && c.Field == "":
			return &QuotaExceededError{
				Namespace: v.Namespace, Quota: c.Object, Message: v.Message, Verdict: v,
				Requested: c.Resource + "=" + c.Requested, Used: c.Resource + "=" + c.Used, Limited: c.Resource + "=" + c.Limit,
			}
		default:
			invalid.Problems = append(invalid.Problems, Problem{Field: c.Field, Message: sentence(c)})
		}
	}
	return invalid
}

func sentence(c *PreflightCheck) string {
	if c.Suggestion == "" {
		return c.Message
	}
	return c.Message + ": " + c.Suggestion
}

// explainQuota adds to the API server's refusal what else is known: the largest job that would fit.
func (j *Jobs) explainQuota(ctx context.Context, m *MPIJob, e *QuotaExceededError) {
	if v, err := j.Preflight(ctx, m, PreflightOptions{}); err == nil && v.Outcome != Fits {
		e.Verdict = v
	}
}

package printer

import (
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// held is the verdict on a job that would wait.
func held() *training.Verdict {
	return &training.Verdict{
		Name: "train", Namespace: "team-a", Outcome: training.Waits, Workers: 4, LargestWorkers: n[int32](3),
		Message: `Requested 8 nvidia.com/gpu, 6 available under quota "gpus" (10 of 16 in use)`,
		Checks: []training.PreflightCheck{
			{Name: `quota "gpus"`, Outcome: training.Waits, Message: `Requested 8 nvidia.com/gpu, 6 available under quota "gpus" (10 of 16 in use)`},
			{Name: "nodes", Outcome: training.Unknown, Message: "whether the cluster's nodes have room isn't shown to you: it takes the right to list nodes, and this \x1b[2Jgoes on until it has to be wrapped"},
			{Name: `limit range "sizes"`, Outcome: training.Fits, Message: `every container is within limit range "sizes"`},
		},
		Cost:        &training.Cost{Text: "about 20.50 EUR an hour, at most 492.00 EUR by its time limit of 24h, without a price for amd.com/gpu"},
		Notes:       []string{"the administrator's prices can't be used: \x1b[2Jline 2"},
		Wait:        &training.WaitEstimate{Seconds: 1140, Until: noon.Add(19 * time.Minute), Basis: "hello stops at its time limit at the latest"},
		Suggestions: []string{"ask for at most 3 Workers: that would fit now", "wait, or end a job you no longer need"},
	}
}

package service

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/bench/stats"
)

// percentile is of values in any order; 0 for none.
func percentile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return 0
	}
	return stats.Percentile(slices.Sorted(slices.Values(values)), p)
}

// Lists times commands that list the jobs, as whole processes, turn by turn.
func (w *World) Lists(ctx context.Context, odh string, times int) ([]result.CLI, error) {
	dir, err := os.MkdirTemp("", "bench-service-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	config, err := w.kubeconfig(dir)
	if err != nil {
		return nil, err
	}
	commands := [][]string{{odh, "training", "list"}}
	titles := []string{"odh training list"}
	if kubectl, err := exec.LookPath("kubectl"); err == nil {
		commands = append(commands, []string{kubectl, "get", "mpijobs.v2beta1.kubeflow.org"})
		titles = append(titles, "kubectl get mpijobs")
	}
	seconds := make([][]float64, len(commands))
	for turn := range times + 1 { // the first fills caches of discovery, and doesn't count
		for _, i := range stats.Rotate(len(commands), turn) {
			cmd := exec.CommandContext(ctx, commands[i][0], commands[i][1:]...)
			cmd.Env = append(os.Environ(), "KUBECONFIG="+config, "HOME="+dir)
			begin := time.Now()
			if text, err := cmd.Output(); err != nil {
				return nil, fmt.Errorf("%s: %w: %.300s", titles[i], err, text)
			}
			if turn > 0 {
				seconds[i] = append(seconds[i], time.Since(begin).Seconds())
			}
		}
	}
	var out []result.CLI
	for i, title := range titles {
		s := stats.Summarize(seconds[i])
		w.say("%s: p50 %.0f, p95 %.0f ms", title, s.P50*1000, s.P95*1000)
		out = append(out, result.CLI{Command: title, Seconds: s})
	}
	return out, nil
}

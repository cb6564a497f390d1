// Command bench measures how long an MPI job takes on our controller, beside the other ways of running
// the same work, in one interleaved run on the sandbox. Figures go to JSON, a page and a chart.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"

	"github.com/opendatahub-io/mpijob/bench/page"
	"github.com/opendatahub-io/mpijob/bench/result"
)

// options are the flags.
type options struct {
	rounds, soak, kills, cli int
	contenders, out, render  string
	note                     string
	kubeconfig, sandbox, odh string
	image, imageSSHD, agent  string
	bound, limit             time.Duration
	scale                    scaleOptions
	logs                     logsOptions
	service                  serviceOptions
}

func main() {
	klog.SetLogger(logr.Discard()) // client-go's own words on watches it begins again
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, parse())
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func parse() options {
	state := os.Getenv("SANDBOX_STATE")
	if state == "" {
		state = "/var/lib/mpijob-sandbox"
	}
	var o options
	flag.IntVar(&o.rounds, "rounds", 30, "rounds; each contender runs once a round")
	flag.DurationVar(&o.bound, "for", 45*time.Minute, "no round begins after this long")
	flag.IntVar(&o.soak, "soak", 0, "jobs of ours to run in a row after the rounds, counting failures and launcher restarts")
	flag.IntVar(&o.kills, "kills", 3, "times a Worker's container is killed in mid-run, ours and the MPI operator's")
	flag.IntVar(&o.cli, "cli", 30, "times `odh training list` is run")
	flag.StringVar(&o.contenders, "contenders", "", "comma-separated keys of the contenders; empty for all")
	flag.StringVar(&o.out, "out", "results", "folder for the JSON of the run, its page and chart")
	flag.StringVar(&o.note, "note", "", "sentence for the page, such as what else the machine did")
	flag.StringVar(&o.render, "render", "", "only work out the figures of this JSON of an earlier run again, and render its page and chart")
	flag.StringVar(&o.kubeconfig, "kubeconfig", filepath.Join(state, "kubeconfig", "admin.yaml"), "administrator of the sandbox")
	flag.StringVar(&o.sandbox, "sandbox", "../bin/sandbox", "sandbox command, to start the MPI operator and to confine our controller meanwhile")
	flag.StringVar(&o.odh, "odh", "../bin/odh", "odh command")
	flag.StringVar(&o.image, "image", "mpijob.sandbox/openmpi:4.1", "Open MPI image without sshd")
	flag.StringVar(&o.imageSSHD, "image-sshd", "mpijob.sandbox/openmpi-sshd:4.1", "Open MPI image with sshd, as upstream's")
	flag.StringVar(&o.agent, "agent-image", "", "image the plain pods install mpi-agent from; empty for the one our controller uses")
	o.scale.bind()
	o.logs.bind()
	o.service.bind()
	flag.DurationVar(&o.limit, "limit", 90*time.Minute, "the whole run ends after this long, with what it has")
	flag.Parse()
	return o
}

func run(ctx context.Context, o options) error {
	if o.logs.on || o.logs.server != "" {
		return runLogs(ctx, o)
	}
	if o.scale.on {
		return runScale(ctx, o)
	}
	if o.service.on {
		return runService(ctx, o)
	}
	if o.render != "" {
		f, err := result.Read(o.render)
		if err != nil {
			return err
		}
		f.Summarize()
		return errors.Join(f.Write(o.render), render(f, o.render))
	}
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	f, path, err := bench(ctx, o)
	if f != nil {
		err = errors.Join(err, render(f, path))
		printStarts(f)
		fmt.Printf("\nresults: %s and its page %s\n", path, with(path, ".md"))
	}
	return err
}

// render writes page and chart beside the JSON they come from.
func render(f *result.File, json string) error {
	chart := with(json, ".svg")
	if err := os.WriteFile(chart, page.Chart(f), 0o644); err != nil {
		return err
	}
	return os.WriteFile(with(json, ".md"), page.Render(f, filepath.Base(chart)), 0o644)
}

// with is the path with another extension.
func with(path, extension string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + extension
}

func printStarts(f *result.File) {
	fmt.Printf("\n%-48s %3s %7s %7s %7s %7s  ÷ ours p50\n", "create → finished, seconds", "n", "min", "p50", "p95", "max")
	for _, c := range f.Start {
		ratio := "–"
		if c.ToOurs != nil {
			ratio = fmt.Sprintf("%.2f (%.2f–%.2f)", c.ToOurs.P50, c.ToOurs.Min, c.ToOurs.Max)
		}
		s := c.Seconds
		fmt.Printf("%-48s %3d %7.2f %7.2f %7.2f %7.2f  %s\n", c.Title, s.N, s.Min, s.P50, s.P95, s.Max, ratio)
	}
}

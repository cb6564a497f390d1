package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/opendatahub-io/mpijob/bench/logs"
	"github.com/opendatahub-io/mpijob/bench/machine"
	"github.com/opendatahub-io/mpijob/bench/result"
)

// logsOptions are the flags of -logs. It needs no cluster.
type logsOptions struct {
	on             bool
	server         string
	live, finished logs.Load
}

func (o *logsOptions) bind() {
	flag.BoolVar(&o.on, "logs", false, "measure merging the logs of many Workers instead; needs no sandbox")
	flag.StringVar(&o.server, "logs-server", "", "used by -logs for its other process")
	flag.IntVar(&o.live.Workers, "logs-workers", 100, "with -logs: Workers")
	flag.IntVar(&o.live.Rate, "logs-rate", 1000, "with -logs: lines a second of each Worker")
	flag.DurationVar(&o.live.For, "logs-for", 20*time.Second, "with -logs: how long they write")
	flag.IntVar(&o.finished.Lines, "logs-lines", 10_000, "with -logs: lines of each finished log")
	flag.IntVar(&o.live.Width, "logs-width", 100, "with -logs: bytes of a line")
}

func runLogs(ctx context.Context, o options) error {
	if o.logs.server != "" {
		return serveLogs(o.logs.server)
	}
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	o.logs.finished.Workers, o.logs.finished.Width = o.logs.live.Workers, o.logs.live.Width
	at := time.Now().UTC().Truncate(time.Second)
	f, err := logs.Measure(ctx, o.logs.live, o.logs.finished)
	if err != nil {
		return err
	}
	f.Schema, f.At, f.Note, f.Machine = result.LogsSchema, at, o.note, machine.Facts()
	l, r := f.Live, f.Finished
	fmt.Printf("followed: %d Workers × %d lines/s for %.0f s: %d lines, none lost or doubled, each Worker's in order\n", l.Workers, l.Rate, l.Seconds, l.Lines)
	fmt.Printf("  %.2f cores, %d MB resident at most, %d lines late by up to %.0f ms\n", l.Cores, l.PeakBytes>>20, l.LateLines, l.LateMost*1000)
	fmt.Printf("finished: %d × %d lines merged in %.1f s, %.1f s CPU; a loop over plain logs %.1f s, %.1f s CPU: ratio %.2f in time, %.2f in CPU\n",
		r.Workers, r.LinesEach, r.Merged.Seconds, r.Merged.CPUSeconds, r.Loop.Seconds, r.Loop.CPUSeconds, r.SecondsToLoop, r.CPUToLoop)
	path := filepath.Join(o.out, "logs-"+at.Format("20060102-150405")+".json")
	fmt.Println("results:", path)
	return f.Write(path)
}

func serveLogs(load string) error {
	var l logs.Load
	if err := json.Unmarshal([]byte(load), &l); err != nil {
		return fmt.Errorf("-logs-server: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	err = (&http.Server{Handler: logs.Handler(l), ReadHeaderTimeout: time.Minute}).Serve(listener)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	fmt.Fprintln(os.Stderr, err)
	return err
}

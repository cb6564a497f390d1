package logs

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/rest"

	"github.com/opendatahub-io/mpijob/bench/machine"
	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Measure runs both parts: a live job whose Workers write at a rate, and finished logs.
func Measure(ctx context.Context, live, finished Load) (*result.Logs, error) {
	f := &result.Logs{}
	var err error
	if f.Live, err = measureLive(ctx, live); err != nil {
		return f, fmt.Errorf("following: %w", err)
	}
	if f.Finished, err = measureFinished(ctx, finished); err != nil {
		return f, fmt.Errorf("reading: %w", err)
	}
	return f, nil
}

// withServer runs a server in a process of its own.
func withServer(ctx context.Context, l Load, use func(address string) error) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	load, err := json.Marshal(l)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, self, "-logs-server", string(load))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		cancel()
		return err
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return err
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		err = use(strings.TrimSpace(address))
	}
	cancel()
	_ = cmd.Wait() // killed
	return err
}

// check looks at each line: its number is the next of its Worker's, and how far behind a later line
// of another Worker it came.
type check struct {
	next   []int
	lines  int
	newest time.Time
	behind time.Duration
	late   int
	bytes  int64
}

func (c *check) line(l training.LogLine) error {
	if l.Note {
		return fmt.Errorf("a note came: %s", l.Text)
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(l.Text, "step "), " ")
	n, err := strconv.Atoi(number)
	if err != nil || n != c.next[l.Index] {
		return fmt.Errorf("%s: line %q came where line %d was due", l.Where, l.Text[:min(20, len(l.Text))], c.next[l.Index])
	}
	c.next[l.Index]++
	c.lines++
	c.bytes += int64(len(l.Text)) + 1
	if l.At.Before(c.newest) {
		c.late++
		c.behind = max(c.behind, c.newest.Sub(l.At))
	} else {
		c.newest = l.At
	}
	return nil
}

func (c *check) complete(each int) error {
	for i, n := range c.next {
		if n != each {
			return fmt.Errorf("of Worker %d came %d lines of %d", i, n, each)
		}
	}
	return nil
}

func client(address string) (*training.Client, error) {
	return training.NewClient(&rest.Config{Host: address}, Namespace)
}

func measureLive(ctx context.Context, l Load) (*result.LiveLogs, error) {
	out := &result.LiveLogs{Workers: l.Workers, Rate: l.Rate, Seconds: l.For.Seconds()}
	err := withServer(ctx, l, func(address string) error {
		c, err := client(address)
		if err != nil {
			return err
		}
		k := &check{next: make([]int, l.Workers)}
		used, begin := machine.OwnCPU(), time.Now()
		for line, err := range c.Jobs("").Logs(ctx, Job, training.LogOptions{AllWorkers: true, Follow: true}) {
			if err != nil {
				return err
			}
			if err := k.line(line); err != nil {
				return err
			}
		}
		if err := errors.Join(ctx.Err(), k.complete(l.each())); err != nil {
			return err
		}
		out.Lines, out.Bytes = k.lines, k.bytes
		out.WallSeconds, out.CPUSeconds = time.Since(begin).Seconds(), machine.OwnCPU()-used
		out.Cores = out.CPUSeconds / l.For.Seconds()
		out.LateLines, out.LateMost = k.late, k.behind.Seconds()
		out.PeakBytes = peak()
		return nil
	})
	return out, err
}

// measureFinished reads all logs, merged, and then as `kubectl logs` in a loop would: one after the
// other, each as it comes. Both go through the same lines in the same process.
func measureFinished(ctx context.Context, l Load) (*result.FinishedLogs, error) {
	out := &result.FinishedLogs{Workers: l.Workers, LinesEach: l.Lines}
	err := withServer(ctx, l, func(address string) error {
		c, err := client(address)
		if err != nil {
			return err
		}
		k := &check{next: make([]int, l.Workers)}
		used, begin := machine.OwnCPU(), time.Now()
		for line, err := range c.Jobs("").Logs(ctx, Job, training.LogOptions{AllWorkers: true}) {
			if err != nil {
				return err
			}
			if err := k.line(line); err != nil {
				return err
			}
		}
		if err := k.complete(l.Lines); err != nil {
			return err
		}
		if k.late > 0 {
			return fmt.Errorf("%d lines came after later ones", k.late)
		}
		out.Merged = result.LogsRead{Seconds: time.Since(begin).Seconds(), CPUSeconds: machine.OwnCPU() - used}
		used, begin = machine.OwnCPU(), time.Now()
		for i := range l.Workers {
			if err := plain(ctx, fmt.Sprintf("%s/api/v1/namespaces/%s/pods/w-%d/log?timestamps=true", address, Namespace, i), l.Lines); err != nil {
				return err
			}
		}
		out.Loop = result.LogsRead{Seconds: time.Since(begin).Seconds(), CPUSeconds: machine.OwnCPU() - used}
		out.SecondsToLoop, out.CPUToLoop = out.Merged.Seconds/out.Loop.Seconds, out.Merged.CPUSeconds/out.Loop.CPUSeconds
		return nil
	})
	return out, err
}

// plain reads one log line by line and counts.
func plain(ctx context.Context, url string, want int) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	n := 0
	for lines.Scan() {
		n++
	}
	if n != want {
		return fmt.Errorf("%s: %d lines of %d", url, n, want)
	}
	return lines.Err()
}

// peak is the most memory this process held resident, in bytes.
func peak() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Maxrss * 1024
}

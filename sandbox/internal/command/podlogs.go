package command

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// podLogs are the logs that the kubelet keeps of the controller's pods, as one.
type podLogs struct {
	pattern string
	read    map[string]int64 // how far, by file
}

func controllerLogs(c config.Config) *podLogs {
	return &podLogs{pattern: c.Path("pod-logs", "mpijob-system_mpijob-controller-*", "controller", "*.log"), read: map[string]int64{}}
}

// copyTo writes what is there, in the order of time, each line after the end of its pod's name; with
// follow it goes on as the logs grow, and as pods come and go.
func (l *podLogs) copyTo(ctx context.Context, w io.Writer, follow bool) error {
	for {
		lines, err := l.next()
		if err != nil {
			return err
		}
		for _, line := range lines {
			if _, err := fmt.Fprintln(w, line.pod+" | "+line.text); err != nil {
				return err
			}
		}
		if !follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(200 * time.Millisecond):
		}
	}
}

type podLine struct{ at, pod, text string }

// next are the whole lines that were added since the last call.
func (l *podLogs) next() ([]podLine, error) {
	files, err := filepath.Glob(l.pattern)
	if err != nil {
		return nil, err
	}
	var lines []podLine
	for _, f := range files {
		raw, err := readFrom(f, l.read[f])
		if err != nil {
			continue // gone with its pod
		}
		raw = raw[:bytes.LastIndexByte(raw, '\n')+1]
		l.read[f] += int64(len(raw))
		// <namespace>_<pod>_<uid>/<container>/<restarts>.log
		_, name, _ := strings.Cut(filepath.Base(filepath.Dir(filepath.Dir(f))), "_")
		name, _, _ = strings.Cut(name, "_")
		for line := range strings.Lines(string(raw)) {
			// <time> <stream> <F or P> <text>
			if part := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 4); len(part) == 4 {
				lines = append(lines, podLine{part[0], name[strings.LastIndexByte(name, '-')+1:], part[3]})
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b podLine) int { return strings.Compare(a.at, b.at) })
	return lines, nil
}

func readFrom(path string, offset int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, err
	}
	return io.ReadAll(f)
}

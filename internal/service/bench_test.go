package service

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
)

// These run against the fake cluster of this package, in one process with their clients: they measure the
// service, not an API server.

func benchCluster(b *testing.B, jobs int) *fakeCluster {
	c := newCluster(b)
	for i := range jobs {
		c.put(job("team-a", fmt.Sprintf("job-%d", i)))
	}
	return c
}

func generous(o *Options) {
	o.Limits = Defaults()
	o.Limits.Rate, o.Limits.Burst, o.Limits.PerCaller = 1e9, 1<<30, 10_000
}

// BenchmarkCachedReads is GETs of one job out of 1,000, by 16 clients.
func BenchmarkCachedReads(b *testing.B) {
	s := benchCluster(b, 1000).start(b, generous)
	b.SetParallelism(8)
	b.RunParallel(func(p *testing.PB) {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
		for p.Next() {
			r, _ := http.NewRequestWithContext(b.Context(), http.MethodGet, s.URL+"/api/v1/namespaces/team-a/trainingjobs/job-7", http.NoBody)
			r.Header.Set("Authorization", "Bearer ann-token")
			resp, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				b.Errorf("status %d", resp.StatusCode)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reads/s")
}

// follow reads a stream of team-a's jobs until it ends, which is an error, and calls told when all jobs have been told,
// and for each one after.
func follow(ctx context.Context, server string, told func()) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/api/v1/streams/namespaces/team-a/trainingjobs", http.NoBody)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer ann-token")
	resp, err := (&http.Client{Transport: &http.Transport{}}).Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return fmt.Errorf("the stream was refused: %s: %s", resp.Status, text)
	}
	lines := bufio.NewReaderSize(resp.Body, 8<<10)
	kind, synced := "", false
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("the stream broke off: %w", err)
		}
		switch {
		case strings.HasPrefix(line, "event: "):
			kind = strings.TrimSpace(strings.TrimPrefix(line, "event: "))
			if kind == "synced" {
				synced = true
				told()
			}
		case strings.HasPrefix(line, "data: ") && kind == "end":
			return fmt.Errorf("the stream was ended: %s", line)
		case strings.HasPrefix(line, "data: ") && synced && kind == "job":
			told()
		}
	}
}

// BenchmarkChangeToSubscribers is from a change in the cluster to its bytes at each of 500 subscribers, with
// 1,000 jobs.
func BenchmarkChangeToSubscribers(b *testing.B) {
	c := benchCluster(b, 1000)
	s := c.start(b, generous)
	const subscribers = 500
	type seen struct {
		at  time.Time
		err error
	}
	got := make(chan seen, subscribers)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	for range subscribers {
		go func() {
			err := follow(ctx, s.URL, func() { got <- seen{at: time.Now()} })
			if ctx.Err() == nil {
				got <- seen{err: err}
			}
		}()
	}
	// next is when the next of them was told of something: first of all there is, then of each change.
	next := func() time.Time {
		b.Helper()
		select {
		case n := <-got:
			if n.err != nil {
				b.Fatal(n.err)
			}
			return n.at
		case <-time.After(time.Minute):
			b.Fatal("nothing was told for a minute")
		}
		return time.Time{}
	}
	for range subscribers {
		next()
	}
	var delays []time.Duration
	b.ResetTimer()
	for i := range b.N {
		m := job("team-a", fmt.Sprintf("job-%d", i%1000))
		m.Status.Conditions = []kubeflow.JobCondition{{Type: kubeflow.JobRunning, Status: "True", Reason: fmt.Sprint(i)}}
		started := time.Now()
		c.put(m)
		for range subscribers {
			delays = append(delays, next().Sub(started))
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.StopTimer()
	slices.Sort(delays)
	b.ReportMetric(float64(delays[len(delays)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(delays[len(delays)*99/100].Microseconds())/1000, "ms-p99")
}

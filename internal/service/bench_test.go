package service

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
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

// BenchmarkChangeToSubscribers is from a change in the cluster to its bytes at each of 500 subscribers, with
// 1,000 jobs.
func BenchmarkChangeToSubscribers(b *testing.B) {
	c := benchCluster(b, 1000)
	s := c.start(b, generous)
	const subscribers = 500
	type seen struct {
		at time.Time
		n  string
	}
	got := make(chan seen, subscribers)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var ready sync.WaitGroup
	for range subscribers {
		ready.Add(1)
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/api/v1/streams/namespaces/team-a/trainingjobs", http.NoBody)
		r.Header.Set("Authorization", "Bearer ann-token")
		go func() {
			resp, err := (&http.Client{Transport: &http.Transport{}}).Do(r)
			if err != nil {
				b.Error(err)
				ready.Done()
				return
			}
			defer resp.Body.Close()
			lines := bufio.NewReaderSize(resp.Body, 8<<10)
			synced := false
			for {
				line, err := lines.ReadString('\n')
				if err != nil {
					return
				}
				switch {
				case !synced && strings.HasPrefix(line, "event: synced"):
					synced = true
					ready.Done()
				case synced && strings.HasPrefix(line, "data: {\"name\""):
					got <- seen{time.Now(), line}
				}
			}
		}()
	}
	ready.Wait()
	var delays []time.Duration
	b.ResetTimer()
	for i := range b.N {
		m := job("team-a", fmt.Sprintf("job-%d", i%1000))
		m.Status.Conditions = []kubeflow.JobCondition{{Type: kubeflow.JobRunning, Status: "True", Reason: fmt.Sprint(i)}}
		started := time.Now()
		c.put(m)
		for range subscribers {
			delays = append(delays, (<-got).at.Sub(started))
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.StopTimer()
	slices.Sort(delays)
	b.ReportMetric(float64(delays[len(delays)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(delays[len(delays)*99/100].Microseconds())/1000, "ms-p99")
}

// BenchmarkIdleSubscriber is the service's memory for each of 2,000 subscribers with nothing to be told. Their
// other ends are bare connections in the same process, whose own few bytes are counted too.
func BenchmarkIdleSubscriber(b *testing.B) {
	s := newCluster(b).start(b, generous)
	const subscribers = 2000
	used := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	before := used()
	for range subscribers {
		conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", s.Listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "GET /api/v1/streams/namespaces/team-a/trainingjobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ann-token\r\n\r\n")
		buf, seen := make([]byte, 2048), ""
		for !strings.Contains(seen, "synced") {
			n, err := conn.Read(buf)
			if err != nil {
				b.Fatal(err)
			}
			seen += string(buf[:n])
		}
	}
	time.Sleep(time.Second)
	b.ReportMetric(float64(used()-before)/subscribers/1024, "KiB/subscriber")
}

package service

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opendatahub-io/mpijob/bench/machine"
	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/bench/stats"
)

// used is what the processes have used of CPU up to now.
func used() result.CPU {
	sum := func(name string) (s float64) {
		for _, p := range machine.Programs(machine.Runs(name)) {
			s += p.CPU()
		}
		return s
	}
	return result.CPU{Service: sum("training-service"), APIServer: sum("kube-apiserver"), Clients: machine.OwnCPU()}
}

func since(before result.CPU) result.CPU {
	now := used()
	return result.CPU{Service: now.Service - before.Service, APIServer: now.APIServer - before.APIServer, Clients: now.Clients - before.Clients}
}

// request is the n-th of a client, which is numbered too; it returns how many bytes came.
type request func(ctx context.Context, c *http.Client, client, n int) (int, error)

// turn has every client do its requests one after the other, all clients at once, until it has done so many or
// the time is over; 0 means no bound.
func (w *World) turn(ctx context.Context, clients, each int, over time.Duration, makeClient func() *http.Client, do request) (result.Turn, error) {
	var mu sync.Mutex
	var seconds []float64
	var read atomic.Int64
	own := make([]*http.Client, clients)
	group, within := errgroup.WithContext(ctx)
	for i := range own { // connections and rights are had before it counts
		own[i] = makeClient()
		group.Go(func() error {
			for n := range usersEach {
				if _, err := do(within, own[i], i, -1-n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return result.Turn{}, err
	}
	out := result.Turn{Load: machine.Load()}
	before, start := used(), time.Now()
	group, within = errgroup.WithContext(ctx)
	for i, c := range own {
		group.Go(func() error {
			mine := []float64{}
			for n := 0; (each == 0 || n < each) && (over == 0 || time.Since(start) < over); n++ {
				begin := time.Now()
				bytes, err := do(within, c, i, n)
				if err != nil {
					return err
				}
				mine = append(mine, time.Since(begin).Seconds())
				read.Add(int64(bytes))
			}
			mu.Lock()
			defer mu.Unlock()
			seconds = append(seconds, mine...)
			return nil
		})
	}
	err := group.Wait()
	out.Seconds, out.CPU, out.Bytes = stats.Summarize(seconds), since(before), read.Load()
	out.PerSecond = float64(len(seconds)) / time.Since(start).Seconds()
	for _, c := range own {
		c.CloseIdleConnections()
	}
	return out, err
}

// sides takes turns, the other side first in every other round.
func (w *World) sides(ctx context.Context, what string, s *result.Sides, rounds, each int, over time.Duration, service, direct func(round int) request) error {
	for round := range rounds {
		for _, second := range []bool{round%2 != 0, round%2 == 0} {
			turns, makeClient, do, side := &s.Service, w.client, service, "through the service"
			if second {
				turns, makeClient, do, side = &s.Direct, w.apiClient, direct, "at the API server"
			}
			t, err := w.turn(ctx, w.Clients, each, over, makeClient, do(round))
			if err != nil {
				return fmt.Errorf("%s %s: %w", what, side, err)
			}
			w.say("%s %s, round %d/%d: %.0f/s, p50 %.1f, p95 %.1f ms", what, side, round+1, rounds, t.PerSecond, t.Seconds.P50*1000, t.Seconds.P95*1000)
			*turns = append(*turns, t)
		}
	}
	return nil
}

// Submit has clients create jobs at once.
func (w *World) Submit(ctx context.Context, rounds, each int) (*result.Sides, error) {
	s := &result.Sides{}
	create := func(url, side string) func(int) request {
		return func(round int) request {
			return func(ctx context.Context, c *http.Client, client, n int) (int, error) {
				body, err := json.Marshal(job(fmt.Sprintf("%s-%d-%d-%d", side, round, client, n+usersEach)))
				if err != nil {
					return 0, err
				}
				answer, err := w.ask(ctx, c, w.user(client, n), http.MethodPost, url, body)
				return len(answer), err
			}
		}
	}
	err := w.sides(ctx, "submitting", s, rounds, each, 0, create(w.jobsURL(), "s"), create(w.apiURL(), "d"))
	if err != nil {
		return s, err
	}
	return s, w.cluster.DeleteAll(ctx, namespace, mpiJobs)
}

// Read has clients ask for one of the jobs again and again.
func (w *World) Read(ctx context.Context, rounds, jobs int, over time.Duration) (*result.Sides, error) {
	s := &result.Sides{}
	one := func(base string) func(int) request {
		return func(int) request {
			return func(ctx context.Context, c *http.Client, client, n int) (int, error) {
				answer, err := w.ask(ctx, c, w.user(client, n), http.MethodGet, base+"/"+jobName((client*31+n+usersEach)%jobs), nil)
				return len(answer), err
			}
		}
	}
	return s, w.sides(ctx, "reading a job", s, rounds, 0, over, one(w.jobsURL()), one(w.apiURL()))
}

// Page has clients ask for what a list shows first: the newest fifty jobs. The API server has no such question:
// whoever shows the newest asks for all.
func (w *World) Page(ctx context.Context, rounds int, over time.Duration) (*result.Sides, error) {
	s := &result.Sides{}
	get := func(url string) func(int) request {
		return func(int) request {
			return func(ctx context.Context, c *http.Client, client, n int) (int, error) {
				answer, err := w.ask(ctx, c, w.user(client, n), http.MethodGet, url, nil)
				return len(answer), err
			}
		}
	}
	return s, w.sides(ctx, "the newest fifty", s, rounds, 0, over, get(w.jobsURL()+"?limit=50"), get(w.apiURL()))
}

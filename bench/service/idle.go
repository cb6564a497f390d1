package service

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opendatahub-io/mpijob/bench/machine"
	"github.com/opendatahub-io/mpijob/bench/result"
)

// Idle opens streams on a namespace in which nothing happens, and reads what the service holds for them: first as they
// come through proxies that speak HTTP/2, then as they come without.
func (w *World) Idle(ctx context.Context, subscribers int) ([]result.Idle, error) {
	// What the service holds anyway, after requests like those that open the streams. What is resident is compared with
	// this alone: Go gives memory back late.
	if err := w.churn(ctx); err != nil {
		return nil, err
	}
	before, err := w.holds(ctx)
	if err != nil {
		return nil, err
	}
	var out []result.Idle
	for _, way := range []struct {
		over string
		open func(context.Context, int) (io.Closer, error)
	}{
		{fmt.Sprintf("HTTP/2, %d streams a connection", streamsEach), w.shared()},
		{"HTTP/1.1, a connection each", w.subscribe},
	} {
		i, err := w.idle(ctx, subscribers, before, way.open)
		if err != nil {
			return nil, fmt.Errorf("%d streams over %s: %w", subscribers, way.over, err)
		}
		i.Over = way.over
		w.say("%d idle subscribers over %s: %.1f KiB resident each, %.1f KiB in use by Go", subscribers, way.over, i.Resident/1024, i.HeapAndRest/1024)
		out = append(out, i)
	}
	return out, nil
}

// idle is what the service holds for streams that are opened in one way.
func (w *World) idle(ctx context.Context, subscribers int, first held, open func(context.Context, int) (io.Closer, error)) (out result.Idle, err error) {
	if err := w.churn(ctx); err != nil {
		return out, err
	}
	before, err := w.holds(ctx)
	if err != nil {
		return out, err
	}
	begin := time.Now()
	streams := make([]io.Closer, subscribers)
	// Those over HTTP/2 last as long as this context.
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		for _, s := range streams {
			if s != nil {
				_ = s.Close()
			}
		}
	}()
	var group errgroup.Group
	group.SetLimit(16)
	for i := range streams {
		group.Go(func() (err error) {
			streams[i], err = open(ctx, i)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return out, err
	}
	out = result.Idle{Subscribers: subscribers, OpenSeconds: time.Since(begin).Seconds()}
	if err := w.churn(ctx); err != nil {
		return out, err
	}
	after, err := w.holds(ctx)
	if err != nil {
		return out, err
	}
	out.Resident = float64(after.resident-first.resident) / float64(subscribers)
	out.HeapAndRest = (after.inUse - before.inUse) / float64(subscribers)
	return out, nil
}

// streamsEach is how many streams a connection of HTTP/2 has.
const streamsEach = 100

// shared opens streams over HTTP/2, so many a connection.
func (w *World) shared() func(context.Context, int) (io.Closer, error) {
	var mu sync.Mutex
	clients := map[int]*http.Client{}
	return func(ctx context.Context, i int) (io.Closer, error) {
		mu.Lock()
		c := clients[i/streamsEach]
		if c == nil {
			c = w.client()
			clients[i/streamsEach] = c
		}
		mu.Unlock()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.service+"/api/v1/streams/namespaces/"+idle+"/trainingjobs", http.NoBody)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+w.tokens[i%len(w.tokens)])
		answer, err := c.Do(r)
		if err != nil {
			return nil, err
		}
		if answer.StatusCode != http.StatusOK || answer.ProtoMajor != 2 {
			answer.Body.Close()
			return nil, fmt.Errorf("no stream over HTTP/2 came but %s over %s", answer.Status, answer.Proto)
		}
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			if lines.Text() == "event: synced" {
				return answer.Body, nil
			}
		}
		answer.Body.Close()
		return nil, errors.New("a stream broke off before it was in step")
	}
}

// subscribe opens a stream over HTTP/1.1, as a connection of its own, and reads until it is in step.
func (w *World) subscribe(ctx context.Context, i int) (io.Closer, error) {
	address := strings.TrimPrefix(w.service, "https://")
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, &tls.Config{RootCAs: w.pool, ServerName: w.serverName(), MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	_, err = fmt.Fprintf(conn, "GET /api/v1/streams/namespaces/%s/trainingjobs HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", idle, w.serverName(), w.tokens[i%len(w.tokens)])
	seen, buf := []byte{}, make([]byte, 2048)
	for err == nil && !bytes.Contains(seen, []byte("event: synced")) {
		var n int
		n, err = conn.Read(buf)
		seen = append(seen, buf[:n]...)
		if len(seen) > 64<<10 || bytes.HasPrefix(seen, []byte("HTTP/1.1 4")) || bytes.HasPrefix(seen, []byte("HTTP/1.1 5")) {
			err = fmt.Errorf("no stream came but %.300s", seen)
		}
	}
	_ = conn.SetDeadline(time.Time{})
	return conn, err
}

// churn makes garbage until Go's runtime has collected twice: what is read then is what is held.
func (w *World) churn(ctx context.Context) error {
	start, err := w.metric(ctx, "go_gc_duration_seconds_count")
	if err != nil {
		return err
	}
	c := w.client()
	defer c.CloseIdleConnections()
	for n := 0; ; n++ {
		if _, err := w.ask(ctx, c, n, http.MethodGet, w.jobsURL()+"?limit=50", nil); err != nil {
			return err
		}
		if n%50 != 0 {
			continue
		}
		now, err := w.metric(ctx, "go_gc_duration_seconds_count")
		if err != nil || now >= start+2 {
			return err
		}
	}
}

// held is what the service's process holds, in bytes.
type held struct {
	resident int64
	inUse    float64
}

func (w *World) holds(ctx context.Context) (held, error) {
	var out held
	for _, p := range machine.Programs(machine.Runs(serviceName)) {
		out.resident += p.Resident()
	}
	for _, name := range []string{"go_memstats_heap_inuse_bytes", "go_memstats_stack_inuse_bytes"} {
		v, err := w.metric(ctx, name)
		if err != nil {
			return out, err
		}
		out.inUse += v
	}
	if out.resident == 0 {
		return out, fmt.Errorf("no process of the service is on this machine: run it there, as root")
	}
	return out, nil
}

// metric is one of those the service shows without labels.
func (w *World) metric(ctx context.Context, name string) (float64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.ops+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		if value, found := strings.CutPrefix(lines.Text(), name+" "); found {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("the service has no metric %s", name)
}

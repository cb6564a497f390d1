package service

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// bare is an open stream whose client is a connection and nothing more: thousands of them fit in a test.
type bare struct {
	net.Conn
	r      *bufio.Reader
	status int
	header http.Header
	body   *bufio.Scanner
}

// ask sends the request for a stream; answer reads what comes.
func ask(t *testing.T, s *httptest.Server, token string) *bare {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
	if _, err := fmt.Fprintf(conn, "GET /api/v1/streams/namespaces/team-a/trainingjobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", token); err != nil {
		t.Fatal(err)
	}
	return &bare{Conn: conn, r: bufio.NewReaderSize(conn, 512)}
}

func (b *bare) answer(t *testing.T) {
	t.Helper()
	resp, err := http.ReadResponse(b.r, nil) //nolint:bodyclose // it ends with the connection
	if err != nil {
		t.Fatal(err)
	}
	b.status, b.header, b.body = resp.StatusCode, resp.Header, bufio.NewScanner(resp.Body)
	b.body.Buffer(make([]byte, 0, 512), 1<<20)
}

// until reads to a line that begins so.
func (b *bare) until(t *testing.T, begin string) (retry string) {
	t.Helper()
	for b.body.Scan() {
		if after, ok := strings.CutPrefix(b.body.Text(), "retry: "); ok {
			retry = after
		}
		if strings.HasPrefix(b.body.Text(), begin) {
			return retry
		}
	}
	t.Fatalf("the stream ends without %q: %v", begin, b.body.Err())
	return ""
}

func inUse() (goroutines int, bytes uint64) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return runtime.NumGoroutine(), m.HeapInuse + m.StackInuse
}

// unlooked has no stream end because the cluster's word on its caller takes long, on a machine with much to do.
func unlooked(o *Options) { o.Recheck = time.Hour }

// Two thousand clients that come back at once, as after a replica's end, are all served, for a few goroutines and
// little memory each; they are sent away one after the other, and nothing of them stays.
func TestTwoThousandComeBackAtOnce(t *testing.T) {
	const users, each = 20, 100
	c := newCluster(t)
	c.put(job("team-a", "first"))
	for i := range users {
		user := fmt.Sprint("user-", i)
		c.mu.Lock()
		c.users[user+"-token"], c.rights[user] = user, []string{"team-a"}
		c.mu.Unlock()
	}
	service, s := c.startService(t, unlooked)
	goroutines, bytes := inUse()
	var all []*bare
	for i := range users * each {
		all = append(all, ask(t, s, fmt.Sprintf("user-%d-token", i%users)))
	}
	for _, b := range all {
		if b.answer(t); b.status != http.StatusOK {
			t.Fatalf("one is answered %d", b.status)
		}
		b.until(t, "event: synced")
	}
	moreGoroutines, moreBytes := inUse()
	// A connection's own, and the one that watches for its end.
	if n := moreGoroutines - goroutines; n > 2*len(all)+500 {
		t.Errorf("%d goroutines for %d streams", n, len(all))
	}
	if n := int64(moreBytes-bytes) / int64(len(all)); n > 100<<10 {
		t.Errorf("%d bytes for each stream", n)
	}
	t.Logf("%.1f goroutines and %d KiB for each of %d streams", float64(moreGoroutines-goroutines)/float64(len(all)), int64(moreBytes-bytes)/int64(len(all))>>10, len(all))
	c.put(job("team-a", "second"))
	for _, b := range all {
		b.until(t, "event: job")
	}
	service.Drain()
	waits := map[string]bool{}
	least, most := time.Hour, time.Duration(0)
	for _, b := range all {
		retry := b.until(t, "event: end")
		n, err := strconv.Atoi(retry)
		if err != nil {
			t.Fatalf("one isn't told when to come back: %q", retry)
		}
		waits[retry] = true
		least, most = min(least, time.Duration(n)*time.Millisecond), max(most, time.Duration(n)*time.Millisecond)
		b.Close()
	}
	if len(waits) < len(all)/5 || least < backFirst || most > 2*time.Second+time.Duration(len(all))*time.Second/backPerSecond {
		t.Errorf("they come back at %d times from %s to %s", len(waits), least, most)
	}
	await(t, "end of the streams' goroutines", func() bool { return runtime.NumGoroutine() < goroutines+100 })
	if service.streams.count() != 0 {
		t.Errorf("%g streams are counted as open", service.streams.count())
	}
}

// One caller who opens two thousand gets as many as one may have; the others are told to wait.
func TestOneCallerComesTwoThousandTimes(t *testing.T) {
	c := newCluster(t)
	service, s := c.startService(t, unlooked)
	var all []*bare
	for range 2000 {
		all = append(all, ask(t, s, "ann-token"))
	}
	served := 0
	for _, b := range all {
		b.answer(t)
		switch {
		case b.status == http.StatusOK:
			served++
		case b.status != http.StatusTooManyRequests && b.status != http.StatusServiceUnavailable || b.header.Get("Retry-After") == "" || b.header.Get("Content-Type") != "application/problem+json":
			t.Fatalf("one is answered %d %v", b.status, b.header)
		}
	}
	if served == 0 || served > service.Limits.PerCaller {
		t.Errorf("%d are served", served)
	}
	// Somebody else is.
	if resp, text := call(t, s, "bob-token", "GET", "/api/v1/namespaces/team-b/trainingjobs", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("another caller: %d %s", resp.StatusCode, text)
	}
	for _, b := range all {
		b.Close()
	}
	await(t, "end of the streams", func() bool { return service.streams.count() == 0 })
}

// Many who come with one token before it is known cost one review, and one of the places for such.
func TestManyWithANewToken(t *testing.T) {
	c := newCluster(t)
	gate, err := NewReviewer(c.config(), nil)
	if err != nil {
		t.Fatal(err)
	}
	reviews := func() int {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.requests["POST /apis/authentication.k8s.io/v1/tokenreviews"]
	}
	before := reviews()
	c.mu.Lock() // the cluster doesn't answer until all have come
	var all errgroup.Group
	var come sync.WaitGroup
	for range 10 * maxAsking {
		come.Add(1)
		all.Go(func() error {
			come.Done()
			_, err := gate.Authenticate(t.Context(), "ann-token")
			return err
		})
	}
	come.Wait()
	time.Sleep(100 * time.Millisecond) // from here to the flight that all wait for
	c.mu.Unlock()
	if err := all.Wait(); err != nil {
		t.Error(err)
	}
	if n := reviews() - before; n != 1 {
		t.Errorf("they cost %d reviews", n)
	}
}

func TestComeBack(t *testing.T) {
	for _, x := range []struct {
		streams int
		share   float64
		want    time.Duration
	}{{0, 0, backFirst}, {1, 1, 2 * time.Second}, {1000, 1, 2 * time.Second}, {5000, 1, 10 * time.Second}, {5000, 0.5, 5250 * time.Millisecond}, {1_000_000, 1, backLast}} {
		if got := comeBack(x.streams, x.share); got != x.want {
			t.Errorf("of %d streams, %g: %s, want %s", x.streams, x.share, got, x.want)
		}
	}
}

package progress

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

func ptr[T any](v T) *T { return &v }

func TestDecode(t *testing.T) {
	many := make([]string, 300)
	for i := range many {
		many[i] = fmt.Sprintf(`{"name":"m%d","value":"%d"}`, i, i)
	}
	tests := map[string]struct {
		body    string
		want    *wire.Progress
		dropped string
		err     string
	}{
		"as upstream's clients write it": {
			body: `{"trainerStatus":{"progressPercentage":42,"estimatedRemainingSeconds":120,"metrics":[{"name":"loss","value":"0.123"},{"name":"accuracy","value":"0.95"}],"lastUpdatedTime":"2026-01-02T03:04:05+00:00"}}`,
			want: &wire.Progress{Percent: ptr(42), RemainingSeconds: ptr(120), Metrics: []wire.Metric{{Name: "loss", Value: 0.123}, {Name: "accuracy", Value: 0.95}}},
		},
		"numbers, and parts of them": {
			body: `{"trainerStatus":{"progressPercentage":42.9,"estimatedRemainingSeconds":-3,"metrics":[{"name":"loss","value":1e-5}]}}`,
			want: &wire.Progress{Percent: ptr(42), RemainingSeconds: ptr(0), Metrics: []wire.Metric{{Name: "loss", Value: 1e-5}}},
		},
		"beyond its ends": {
			body:    `{"trainerStatus":{"progressPercentage":1e300,"estimatedRemainingSeconds":1e300}}`,
			want:    &wire.Progress{Percent: ptr(100), RemainingSeconds: ptr(wire.MaxRemaining)},
			dropped: "taken for the nearer",
		},
		"nothing":     {body: `{}`},
		"only a time": {body: `{"trainerStatus":{"lastUpdatedTime":"2026-01-02T03:04:05Z"}}`},
		"the last of a name counts": {
			body: `{"trainerStatus":{"metrics":[{"name":"loss","value":"2"},{"name":"loss","value":"1"}]}}`,
			want: &wire.Progress{Metrics: []wire.Metric{{Name: "loss", Value: 1}}},
		},
		"what is no number": {
			body:    `{"trainerStatus":{"progressPercentage":1,"metrics":[{"name":"loss","value":"nan"}]}}`,
			want:    &wire.Progress{Percent: ptr(1)},
			dropped: "metric loss is no finite number",
		},
		"what is another kind": {
			body:    `{"trainerStatus":{"progressPercentage":1,"metrics":[{"name":"loss","value":{"a":[]}}]}}`,
			want:    &wire.Progress{Percent: ptr(1)},
			dropped: "metric loss is no finite number",
		},
		"what is no name": {
			body:    `{"trainerStatus":{"progressPercentage":1,"metrics":[{"name":"<b>loss</b>","value":"1"}]}}`,
			want:    &wire.Progress{Percent: ptr(1)},
			dropped: "a metric's name may have up to 63",
		},
		"too many": {
			body:    `{"trainerStatus":{"metrics":[` + strings.Join(many, ",") + `]}}`,
			want:    &wire.Progress{Metrics: first(wire.MaxMetrics)},
			dropped: "only the first 16",
		},
		"no JSON":          {body: `40%`, err: "this is no report"},
		"of another shape": {body: `{"trainerStatus":[1]}`, err: "this is no report"},
		"no number at all": {body: `{"trainerStatus":{"progressPercentage":"40"}}`, err: "this is no report"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, dropped, err := decode([]byte(tt.body))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("progress (-want +got):\n%s", diff)
			}
			if !strings.Contains(dropped, tt.dropped) || tt.dropped == "" && dropped != "" {
				t.Errorf("dropped %q, want %q", dropped, tt.dropped)
			}
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

func first(n int) (out []wire.Metric) {
	for i := range n {
		out = append(out, wire.Metric{Name: fmt.Sprintf("m%d", i), Value: float64(i)})
	}
	return out
}

// Whatever a program sends, what comes out is within its bounds.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"trainerStatus":{"progressPercentage":42,"estimatedRemainingSeconds":120,"metrics":[{"name":"loss","value":"0.123"},{"name":"x","value":1}]}}`))
	f.Add([]byte(`{"trainerStatus":{"progressPercentage":-1e999,"metrics":[{"name":"","value":null}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, _, err := decode(body)
		if p == nil {
			return
		}
		if err != nil {
			t.Errorf("a progress and an error: %v", err)
		}
		p.At = time.Now()
		if err := p.Check(); err != nil {
			t.Error(err)
		}
	})
}

// Whatever bytes come in on the port, the agent reads no more than its limits and takes only reports with
// the job's token.
func FuzzRequest(f *testing.F) {
	f.Add([]byte("POST /trainer-status HTTP/1.1\r\nAuthorization: Bearer uid\r\nContent-Length: 42\r\n\r\n" + `{"trainerStatus":{"progressPercentage":42}}`))
	f.Add([]byte("POST /trainer-status HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"))
	f.Add([]byte("\x16\x03\x01\x02\x00\x01"))
	f.Fuzz(func(t *testing.T, in []byte) {
		s := &Server{token: "uid", say: func(string) {}, said: map[string]bool{}, take: func(p wire.Progress) {
			if !bytes.Contains(in, []byte("uid")) {
				t.Error("taken without the token")
			}
			if err := p.Check(); err != nil {
				t.Error(err)
			}
		}}
		_ = s.request(struct {
			io.Reader
			io.Writer
		}{bytes.NewReader(in), io.Discard})
	})
}

// place is a server in a test, and what it takes and says.
type place struct {
	job *wire.Job
	mu  sync.Mutex
	got []wire.Progress
	say []string
}

func (p *place) taken() []wire.Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

// somePort is a job's port that leads to the upper half of the places for progress. The tests of the agent, which
// run beside these, have the lower one.
func somePort() int { return 3*4500 + 2250 + rand.IntN(2250) }

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{job: &wire.Job{Version: 1, Namespace: "ns", Name: "job", UID: "uid", Transport: wire.TransportBuiltin, Port: somePort()}}
	take := func(w wire.Progress) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.got = append(p.got, w)
	}
	say := func(line string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.say = append(p.say, line)
	}
	s, err := Listen(p.job, take, say)
	// Someone else's may be there.
	for n := 0; err != nil && n < 20; n++ {
		p.job.Port = somePort()
		s, err = Listen(p.job, take, say)
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		s.Run(ctx)
		close(done)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return p
}

func (p *place) post(t *testing.T, path, token string, body io.Reader) (code int, answer string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, "http://"+p.job.ProgressAddress()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	// As curl does with long bodies.
	r.Header.Set("Expect", "100-continue")
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{ExpectContinueTimeout: 20 * time.Second}}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || !json.Valid(b) {
		t.Errorf("answer %q, %v", b, err)
	}
	return res.StatusCode, string(b)
}

const good = `{"trainerStatus":{"progressPercentage":42}}`

func TestServer(t *testing.T) {
	p := newPlace(t)
	for name, tc := range map[string]struct {
		path, token string
		body        io.Reader
		code        int
		says        string
	}{
		"a report":         {wire.ProgressPath, "uid", strings.NewReader(good), 200, "Success"},
		"another path":     {"/", "uid", strings.NewReader(good), 404, wire.EnvProgressURL},
		"a stranger":       {wire.ProgressPath, "x", strings.NewReader(good), 403, "the token isn't this job's"},
		"no report":        {wire.ProgressPath, "uid", strings.NewReader("x"), 422, "this is no report"},
		"without a length": {wire.ProgressPath, "uid", io.MultiReader(strings.NewReader(good)), 411, "Content-Length"},
		"too long":         {wire.ProgressPath, "uid", bytes.NewReader(make([]byte, limits.ProgressBody+1)), 413, "65536 bytes"},
	} {
		if code, answer := p.post(t, tc.path, tc.token, tc.body); code != tc.code || !strings.Contains(answer, tc.says) {
			t.Errorf("%s: %d %s", name, code, answer)
		}
	}
	got := p.taken()
	if len(got) != 1 || got[0].Percent == nil || *got[0].Percent != 42 || got[0].At.IsZero() {
		t.Errorf("taken %+v", got)
	}
}

// A program that sends its report before it listens hears why it is refused, and sees no broken connection;
// the pod's log says it once.
func TestRefusedWithBody(t *testing.T) {
	p := newPlace(t)
	for range 2 {
		for head, want := range map[string]string{
			"POST / HTTP/1.1\r\nAuthorization: Bearer uid":                   "404",
			"GET /trainer-status HTTP/1.1\r\nAuthorization: Bearer uid":      "405",
			"POST /trainer-status HTTP/1.1\r\nAuthorization: Bearer another": "403",
		} {
			conn, err := net.Dial("tcp", p.job.ProgressAddress())
			if err != nil {
				t.Fatal(err)
			}
			if _, err = fmt.Fprintf(conn, "%s\r\nContent-Length: %d\r\n\r\n%s", head, limits.ProgressBody, make([]byte, limits.ProgressBody)); err != nil {
				t.Errorf("%s: %v", want, err)
			}
			if b, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 "+want+" ") {
				t.Errorf("%s: %.30q, %v", want, b, err)
			}
			conn.Close()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.say) != 3 {
		t.Errorf("said %q", p.say)
	}
}

// A loop that reports at every step is told once that it is too fast, and costs no more than its pace.
func TestPace(t *testing.T) {
	p := newPlace(t)
	refused := 0
	for range 3 * limits.ProgressPerSecond {
		if code, _ := p.post(t, wire.ProgressPath, "uid", strings.NewReader(good)); code == 429 {
			refused++
		}
	}
	s := &Server{}
	now := time.Now()
	for range limits.ProgressPerSecond {
		if !s.paced(now) {
			t.Fatal("refused within the pace")
		}
	}
	if s.paced(now.Add(time.Second-1)) || !s.paced(now.Add(time.Second)) {
		t.Error("a second isn't one")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if refused > 0 && len(p.say) != 1 {
		t.Errorf("%d refused, said %q", refused, p.say)
	}
}

func TestTell(t *testing.T) {
	p := newPlace(t)
	file := filepath.Join(t.TempDir(), "job.json")
	b, err := json.Marshal(p.job)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Tell(file, []string{"--percent", "40%", "--left=12m", "loss=0.31", "train/acc=1e-3"}); err != nil {
		t.Fatal(err)
	}
	got := p.taken()
	if len(got) != 1 {
		t.Fatalf("taken %+v", got)
	}
	got[0].At = time.Time{}
	want := wire.Progress{Percent: ptr(40), RemainingSeconds: ptr(720), Metrics: []wire.Metric{{Name: "loss", Value: 0.31}, {Name: "train/acc", Value: 1e-3}}}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, args := range [][]string{{"loss"}, {"--percent"}, {"--percent", "x"}, {"--percent", "140"}, {"--percent=-1"}, {"--left=-5s"}, {"--left", "soon"}, {"--loss", "1"}, {"loss=nan"}, {"a b=1"}} {
		if err := Tell(file, args); err == nil || !strings.Contains(err.Error(), "write it as: mpi-agent progress") {
			t.Errorf("%q: %v", args, err)
		}
	}
	p.job.UID = "another"
	if b, err = json.Marshal(p.job); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Tell(file, []string{"loss=1"}); err == nil || !strings.Contains(err.Error(), "the token isn't this job's") {
		t.Errorf("another job's agent: %v", err)
	}
}

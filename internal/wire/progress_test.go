package wire

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func whole(n int) *int { return &n }

func metrics(n int) (out []Metric) {
	for i := range n {
		out = append(out, Metric{Name: fmt.Sprintf("m%d", i), Value: float64(i)})
	}
	return out
}

func clock(t *testing.T, text string) (at time.Time) {
	t.Helper()
	if err := json.Unmarshal([]byte(`"`+text+`"`), &at); err != nil {
		t.Fatal(err)
	}
	return at
}

func TestCheckProgress(t *testing.T) {
	for name, tc := range map[string]struct {
		p    Progress
		want string // in the error, empty for none
	}{
		"all there is":         {Progress{Percent: whole(100), RemainingSeconds: whole(0), Metrics: metrics(MaxMetrics)}, ""},
		"nothing":              {Progress{}, ""},
		"names of frameworks":  {Progress{Metrics: []Metric{{"train/loss", 1}, {"eval_top-5@1k", -1}, {strings.Repeat("x", MaxMetricName), 1e-300}}}, ""},
		"more than all":        {Progress{Percent: whole(101)}, "101 %"},
		"less than none":       {Progress{Percent: whole(-1)}, "-1 %"},
		"a time that has gone": {Progress{RemainingSeconds: whole(-1)}, "-1 remaining"},
		"for ever":             {Progress{RemainingSeconds: whole(MaxRemaining + 1)}, "remaining"},
		"too many":             {Progress{Metrics: metrics(MaxMetrics + 1)}, "17 metrics"},
		"no number":            {Progress{Metrics: []Metric{{"loss", math.NaN()}}}, "no finite number"},
		"no end":               {Progress{Metrics: []Metric{{"loss", math.Inf(-1)}}}, "no finite number"},
		"twice":                {Progress{Metrics: []Metric{{"loss", 1}, {"loss", 2}}}, "twice"},
		"no name":              {Progress{Metrics: []Metric{{"", 1}}}, "name"},
		"a name too long":      {Progress{Metrics: []Metric{{strings.Repeat("x", MaxMetricName+1), 1}}}, "name"},
		"a page's language":    {Progress{Metrics: []Metric{{"<script>", 1}}}, "name"},
		"a terminal's":         {Progress{Metrics: []Metric{{"\x1b[31mloss", 1}}}, "name"},
		"before all clocks":    {Progress{At: clock(t, "0000-01-01T00:00:00+23:00")}, "year -1"},
		"after all clocks":     {Progress{At: clock(t, "9999-12-31T23:59:59-23:00")}, "year 10000"},
		"a list's":             {Progress{Metrics: []Metric{{"a=1, b", 1}}}, "name"},
	} {
		if tc.p.At.IsZero() {
			tc.p.At = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		}
		err := tc.p.Check()
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// What may be told fits into every message that carries it, so that no reader ends a session for it.
func TestProgressFits(t *testing.T) {
	p := Progress{At: time.Date(2026, 1, 2, 3, 4, 5, 999999999, time.UTC), Percent: whole(100), RemainingSeconds: whole(MaxRemaining)}
	for i := range MaxMetrics {
		p.Metrics = append(p.Metrics, Metric{Name: fmt.Sprintf("%02d", i) + strings.Repeat("+", MaxMetricName-2), Value: -math.SmallestNonzeroFloat64 * 3})
	}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(ControlMessage{Kind: ControlHello, Version: Version, Worker: 9999, Instance: strings.Repeat("x", 26), UID: strings.Repeat("x", 36),
		Attempt: math.MaxInt32, StartedAt: p.At, Starts: math.MaxInt32, Progress: &p})
	if err != nil || len(b) >= MaxControlMessage {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

// The port meets none that something else is given: jobs' own, node ports, and those of outgoing connections.
func TestProgressPort(t *testing.T) {
	for port := 10000; port < 30000; port++ {
		address := (&Job{Port: port}).ProgressAddress()
		at, err := netip.ParseAddrPort(address)
		if err != nil || !at.Addr().IsLoopback() || at.Port() <= 60999 {
			t.Fatalf("job port %d: %s, %v", port, address, err)
		}
	}
}

func TestTells(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p := &Progress{At: at, Percent: whole(40), Metrics: metrics(1)}
	later := *p
	later.At = at.Add(time.Minute)
	further := later
	further.Percent = whole(41)
	timed, again := *p, later
	timed.RemainingSeconds, again.RemainingSeconds = whole(60), whole(60)
	over, overAgain := timed, again
	over.RemainingSeconds, overAgain.RemainingSeconds = whole(0), whole(0)
	for name, tc := range map[string]struct {
		p, o *Progress
		want bool
	}{
		"nothing":                {nil, p, false},
		"the first":              {p, nil, true},
		"the same, later":        {&later, p, false},
		"further":                {&further, p, true},
		"a time that ran down":   {&again, &timed, true},
		"no time left any more":  {&overAgain, &over, false},
		"a time where none was":  {&again, p, true},
		"other metrics":          {&Progress{At: at, Percent: whole(40), Metrics: metrics(2)}, p, true},
		"the same twice is once": {&timed, &timed, false},
	} {
		if got := tc.p.Tells(tc.o); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

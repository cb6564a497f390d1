package jobfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

const valid = `{"version":1,"namespace":"ns","name":"pi","transport":"builtin","port":12000,"launcher":"pi-launcher.pi.ns.svc",` +
	`"workers":["pi-worker-0.pi.ns.svc","pi-worker-1.pi.ns.svc"],"slots":2,"waitSeconds":5,"newer":true}`

func TestParse(t *testing.T) {
	for _, tc := range []struct{ name, text, err string }{
		{"valid, with a field of a newer controller", valid, ""},
		{"empty", ``, "isn't valid JSON"},
		{"no object", `[]`, "isn't valid JSON"},
		{"more after it", valid + `{}`, "more after"},
		{"other version", strings.Replace(valid, `"version":1`, `"version":2`, 1), "version is 2, this agent knows 1"},
		{"no name", strings.Replace(valid, `"pi"`, `""`, 1), "name or namespace is empty"},
		{"transport", strings.Replace(valid, `builtin`, `pigeon`, 1), `transport is "pigeon"`},
		{"port", strings.Replace(valid, `12000`, `70000`, 1), "port is 70000"},
		{"wait", strings.Replace(valid, `"waitSeconds":5`, `"waitSeconds":-1`, 1), "waitSeconds is -1"},
		{"nameless Worker", strings.Replace(valid, `"pi-worker-1.pi.ns.svc"`, `""`, 1), "workers[1] is empty"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			job, err := Parse([]byte(tc.text))
			switch {
			case tc.err == "" && (err != nil || len(job.Workers) != 2):
				t.Errorf("%+v, %v", job, err)
			case tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)):
				t.Errorf("error %v, want %q", err, tc.err)
			}
		})
	}
}

func TestLoadIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "job.json")
	if err := os.WriteFile(path, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "is larger than") {
		t.Errorf("error %v", err)
	}
	if _, err := Key(path); err == nil {
		t.Error("a key of zeros")
	}
}

func TestWorkerOf(t *testing.T) {
	job, err := Parse([]byte(valid))
	if err != nil {
		t.Fatal(err)
	}
	withDomain := *job
	withDomain.Workers = []string{"pi-worker-0.pi.ns.svc.cluster.local", "pi-worker-1.pi.ns.svc.cluster.local"}
	for _, tc := range []struct {
		job  *wire.Job
		host string
		want int
	}{
		{job, "pi-worker-1.pi.ns.svc", 1},
		{job, "pi-worker-1.pi.ns.svc.", 1},
		{job, "PI-worker-1", 1},
		{job, "pi-worker-1.pi", 1},
		{job, "pi-worker-1.pi.ns.svc.cluster.local", 1},
		{job, "pi-worker-1.pi.other", Nowhere},
		{job, "pi-worker-10", Nowhere},
		{job, "pi-worker-", Nowhere},
		{job, "pi-worker-1.elsewhere.org", Nowhere},
		{job, "", Nowhere},
		{job, "localhost", Nowhere},
		{job, "pi-launcher", Nowhere},
		{&withDomain, "pi-worker-0", 0},
		{&withDomain, "pi-worker-0.pi.ns.svc", 0},
		{&withDomain, "pi-worker-0.pi.ns.svc.cluster.local.evil", Nowhere},
	} {
		if got := WorkerOf(tc.job, tc.host); got != tc.want {
			t.Errorf("%q: %d, want %d", tc.host, got, tc.want)
		}
	}
	if !IsLauncher(job, "pi-launcher") || IsLauncher(job, "pi-worker-0") {
		t.Error("the Launcher isn't told apart")
	}
}

func FuzzParseJob(f *testing.F) {
	f.Add([]byte(valid), "pi-worker-0")
	f.Fuzz(func(t *testing.T, data []byte, host string) {
		job, err := Parse(data)
		if err != nil {
			return
		}
		if i := WorkerOf(job, host); i != Nowhere && (i < 0 || i >= len(job.Workers)) {
			t.Errorf("Worker %d of %d", i, len(job.Workers))
		}
	})
}

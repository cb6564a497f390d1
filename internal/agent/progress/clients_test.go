//go:build parity

package progress

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opendatahub-io/mpijob/internal/testkit"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// clients are those that report to Kubeflow Trainer, as released.
const clients = "kubeflow==0.5.0\ntransformers==5.24.0"

// withSDK and withTransformers report as programs do that use these libraries; the trainer's own loop, which
// needs PyTorch, is played.
const (
	withSDK = `
from kubeflow.trainer import update_trainjob_status
assert update_trainjob_status(progress_percent=50, estimated_remaining_seconds=3600, metrics={"loss": 0.5, "step": 100})
`
	withTransformers = `
from types import SimpleNamespace
from transformers.integrations import KubeflowCallback, get_available_reporting_integrations
assert "kubeflow" in get_available_reporting_integrations()
callback, state = KubeflowCallback(), SimpleNamespace(is_world_process_zero=True, max_steps=10, global_step=5, epoch=0.5)
callback.on_train_begin(None, state, None)
callback.on_log(None, state, None, logs={"loss": 0.25, "learning_rate": 1e-5})
callback.on_train_end(None, state, None)
`
)

// certificate is some: the file is read, though the address is plain HTTP.
const certificate = `-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUTs4kFiW6f8Ityoomx5BZgUpqPbIwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEZmVlZDAgFw0yNjExMjkxNjI4MzNaGA8yMTI2MTEwNTE2Mjgz
M1owDzENMAsGA1UEAwwEZmVlZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNu3
7vF8kOKvZdEFaWg9XQZSoaVq9DrhIwFc5/DqGbjK9XsX1Gw/Do1y2wDm6E1mywSm
41fZqT2fBIcMg1L59iajUzBRMB0GA1UdDgQWBBSiFvSWrG7yVTWppbHIhtPsoIgO
dDAfBgNVHSMEGDAWgBSiFvSWrG7yVTWppbHIhtPsoIgOdDAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIQDGMwRJp3pui8yMk/4/1T669R1+bTzJm2aa
sAUfWRAJSAIgAYfiFYhbeoPFrPoUCI9pFY4TqFEMm5qgMq4rmjwNspM=
-----END CERTIFICATE-----
`

// shown is the program of docs/progress.md that needs no library.
func shown(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../../docs/progress.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "Without a library:\n\n```python\n")
	text, _, found := strings.Cut(text, "```")
	if !found {
		t.Fatal("docs/progress.md shows no program")
	}
	return text
}

// Code that reports to Kubeflow Trainer reports here unchanged: upstream's own script, its SDK and Hugging
// Face's trainer.
func TestClientsOfKubeflowTrainer(t *testing.T) {
	python := testkit.Python(t, clients)
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/kubeflow/trainer/v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		args []string
		want wire.Progress
	}{
		"upstream's script": {[]string{filepath.Join(strings.TrimSpace(string(out)), "test/e2e/testdata/status_update.py")},
			wire.Progress{Percent: ptr(42), RemainingSeconds: ptr(120), Metrics: []wire.Metric{{Name: "loss", Value: 0.123}, {Name: "accuracy", Value: 0.95}}}},
		"upstream's SDK": {[]string{"-c", withSDK},
			wire.Progress{Percent: ptr(50), RemainingSeconds: ptr(3600), Metrics: []wire.Metric{{Name: "loss", Value: 0.5}, {Name: "step", Value: 100}}}},
		"the docs' own": {[]string{"-c", shown(t)}, wire.Progress{Percent: ptr(40), Metrics: []wire.Metric{{Name: "loss", Value: 0.31}}}},
		"transformers": {[]string{"-c", withTransformers},
			wire.Progress{Percent: ptr(100), RemainingSeconds: ptr(0), Metrics: []wire.Metric{{Name: "loss", Value: 0.25}, {Name: "learning_rate", Value: 1e-5}}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			token, ca := filepath.Join(t.TempDir(), "token"), filepath.Join(t.TempDir(), "ca.crt")
			for file, text := range map[string]string{token: p.job.UID, ca: certificate} {
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), python, tc.args...)
			cmd.Env = append(os.Environ(), wire.EnvProgressURL+"="+p.job.ProgressURL(), wire.EnvProgressToken+"="+token, wire.EnvProgressCA+"="+ca)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			got := p.taken()
			if len(got) == 0 {
				t.Fatal("nothing was reported")
			}
			last := got[len(got)-1]
			last.At = time.Time{}
			if diff := cmp.Diff(tc.want, last); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

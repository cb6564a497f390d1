package command

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

func TestPodLogs(t *testing.T) {
	c := config.Config{State: t.TempDir()}
	write := func(pod, text string) {
		t.Helper()
		path := c.Path("pod-logs", "mpijob-system_mpijob-controller-7d9-"+pod+"_uid", "controller", "0.log")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("aaaaa", "2026-01-01T00:00:01Z stderr F one\n2026-01-01T00:00:03Z stderr F three\n2026-01-01T00:00:04Z stderr F fo")
	write("bbbbb", "2026-01-01T00:00:02Z stderr F two\n")
	logs := controllerLogs(c)
	var out bytes.Buffer
	if err := logs.copyTo(context.Background(), &out, false); err != nil {
		t.Fatal(err)
	}
	write("aaaaa", "2026-01-01T00:00:01Z stderr F one\n2026-01-01T00:00:03Z stderr F three\n2026-01-01T00:00:04Z stderr F four\n")
	if err := logs.copyTo(context.Background(), &out, false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("aaaaa | one\nbbbbb | two\naaaaa | three\naaaaa | four\n", out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

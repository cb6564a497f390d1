package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is typed wrong, or too early, is answered with what to do; 2 is the command line's fault, 1 the rest.
func TestVerbsSayWhatToDo(t *testing.T) {
	t.Setenv("SANDBOX_STATE", t.TempDir())
	t.Setenv("SANDBOX_REPO", "../../..")
	image := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(image, []byte("no image"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		line string
		code int
		says string
	}{
		{"status", 1, "`sandbox up` starts it"},
		{"kubeconfig", 1, "`sandbox up` starts it"},
		{"token", 1, "`sandbox up` starts it"},
		{"logs etcd", 1, "`sandbox up` starts it"},
		{"load " + image, 1, "`sandbox up` starts it"},
		{"load no-such-file.tar", 1, "docker save"},
		{"up --with nope", 1, "mpi-operator"},
		{"up --arg controller", 1, "COMPONENT=ARG"},
		{"upp", 2, "sandbox --help"},
		{"up now", 2, "sandbox up --help"},
		{"up --fast", 2, "unknown flag"},
		{"logs", 2, "sandbox logs --help"},
		{"kubeconfig a b", 2, "sandbox kubeconfig --help"},
		{"load", 2, "sandbox load --help"},
	} {
		var out, errOut bytes.Buffer
		if code := Main(strings.Fields(c.line), strings.NewReader(""), &out, &errOut); code != c.code || !strings.Contains(errOut.String(), c.says) {
			t.Errorf("sandbox %s: exit code %d, want %d; said %q, want %q in it", c.line, code, c.code, errOut.String(), c.says)
		}
		if out.Len() > 0 {
			t.Errorf("sandbox %s: printed %q", c.line, out.String())
		}
	}
}

package images

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// failing is a writer's callback that breaks off in the middle.
func failing(w io.Writer) error {
	_, err := io.WriteString(w, "half")
	return errors.Join(err, errors.New("no more"))
}

func TestDebianLines(t *testing.T) {
	text := `# deb http://commented.example bookworm main
deb http://deb.example/debian bookworm main contrib
deb [arch=amd64 signed-by=/k.gpg] http://deb.example/security bookworm-security main
deb-src http://deb.example/debian bookworm main
deb http://vendor.example/apt bookworm stable
deb http://deb.example/debian trixie main
`
	want := `deb http://deb.example/debian bookworm main contrib
deb [arch=amd64 signed-by=/k.gpg] http://deb.example/security bookworm-security main
`
	if diff := cmp.Diff(want, debianLines(text)); diff != "" {
		t.Error(diff)
	}
}

func TestDebianStanzas(t *testing.T) {
	ours := "Types: deb\n# a comment: here\nURIs: http://deb.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /k.gpg"
	vendor := "Types: deb\nURIs: https://vendor.example\nSuites: nodistro\nComponents: main"
	disabled := "Enabled: no\n" + ours
	got := debianStanzas(ours + "\n\n" + vendor + "\n\n" + disabled + "\n")
	if diff := cmp.Diff(ours+"\n\n", got); diff != "" {
		t.Error(diff)
	}
}

func TestDebianSourcesFiles(t *testing.T) {
	etc := t.TempDir()
	if err := os.Mkdir(filepath.Join(etc, "sources.list.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	files, remove, err := debianSources(etc, suite)
	if err != nil || len(files) != 0 {
		t.Errorf("without any source got %v, %v, want none", files, err)
	}
	remove()
	list := "deb http://deb.example/debian bookworm main\n"
	if err := os.WriteFile(filepath.Join(etc, "sources.list"), []byte(list), 0o644); err != nil {
		t.Fatal(err)
	}
	files, remove, err = debianSources(etc, suite)
	if err != nil || len(files) != 1 || filepath.Ext(files[0]) != ".list" {
		t.Fatalf("got %v, %v, want one .list", files, err)
	}
	remove()
	if exists(files[0]) {
		t.Error("the file must be gone afterwards")
	}
}

func TestExplain(t *testing.T) {
	missing := explain(&exec.Error{Name: "mmdebstrap", Err: exec.ErrNotFound}, "")
	if !strings.Contains(missing.Error(), "apt-get install mmdebstrap") {
		t.Errorf("%q doesn't say how to mend it", missing)
	}
	log := "I: running\nE: Unable to locate package nope\nI: removing tempdir\n"
	failed := explain(errors.New("exit status 1"), log)
	if !strings.Contains(failed.Error(), "Unable to locate package nope") || strings.Contains(failed.Error(), "I: running") {
		t.Errorf("%q doesn't show just the error lines", failed)
	}
}

func TestParseList(t *testing.T) {
	table := `REF                         TYPE                                       DIGEST         SIZE      PLATFORMS   LABELS
mpijob.sandbox/openmpi:4.1  application/vnd.oci.image.manifest.v1+json sha256:2a55    176.1 MiB linux/amd64 -
broken
`
	if diff := cmp.Diff(map[string]string{"mpijob.sandbox/openmpi:4.1": "sha256:2a55"}, parseList(table)); diff != "" {
		t.Error(diff)
	}
}

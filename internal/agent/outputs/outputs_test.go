package outputs

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// mounted is a claim with results, and around them what a program could do to lead a reader astray.
func mounted(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	mount := filepath.Join(dir, "claim")
	err := errors.Join(
		os.MkdirAll(filepath.Join(mount, "runs/1/deep"), 0o755),
		os.WriteFile(filepath.Join(dir, "secret"), []byte("hidden"), 0o600),
		os.WriteFile(filepath.Join(mount, "beside"), []byte("hidden"), 0o600),
		os.WriteFile(filepath.Join(mount, "runs/1/model"), []byte("weights"), 0o600),
		os.WriteFile(filepath.Join(mount, "runs/1/deep/log"), nil, 0o600),
		os.Symlink("../../../secret", filepath.Join(mount, "runs/1/out")),
		os.Symlink("/etc", filepath.Join(mount, "runs/1/etc")),
		os.Symlink("../..", filepath.Join(mount, "runs/up")),
		syscall.Mkfifo(filepath.Join(mount, "runs/1/pipe"), 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	return mount
}

func TestList(t *testing.T) {
	mount := mounted(t)
	var out bytes.Buffer
	if err := List(mount, "/runs/1", nil, &out); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for s := bufio.NewScanner(&out); s.Scan(); {
		var f wire.OutputFile
		if err := json.Unmarshal(s.Bytes(), &f); err != nil {
			t.Fatal(err)
		}
		if !f.End {
			got[f.Path] = f.Problem
		}
	}
	for name, want := range map[string]string{"model": "", "deep/log": "", "out": "is a link", "etc": "is a link", "pipe": "is no file"} {
		if problem, ok := got[name]; !ok || problem != want {
			t.Errorf("%s: %q, %v", name, problem, ok)
		}
	}
	if len(got) != 5 {
		t.Errorf("listed %v", got)
	}
	for _, folder := range []string{"/nowhere", "/runs/../../nowhere"} {
		out.Reset()
		if err := List(mount, folder, nil, &out); err != nil || names(t, &out) != "" {
			t.Errorf("%s: %v, %s", folder, err, &out)
		}
	}
	for _, folder := range []string{"/runs/up", "/runs/1/etc"} {
		if err := List(mount, folder, nil, &out); err == nil {
			t.Errorf("%s leads out of the claim and was listed", folder)
		}
	}
}

func TestListSomeOfIt(t *testing.T) {
	mount := mounted(t)
	for below, want := range map[string]string{
		"deep": "deep/log", "model": "model", "deep/log": "deep/log", "nowhere": "", "out": "out", "../../other": "", "/": "deep/log etc model out pipe",
	} {
		var out bytes.Buffer
		if err := List(mount, "/runs/1", []string{below}, &out); err != nil {
			t.Errorf("%s: %v", below, err)
		}
		if got := names(t, &out); got != want {
			t.Errorf("%s: listed %q, want %q", below, got, want)
		}
	}
}

// names are the paths of a listing, which must have its end.
func names(t *testing.T, listing *bytes.Buffer) string {
	t.Helper()
	var out []string
	ended := false
	for s := bufio.NewScanner(listing); s.Scan(); {
		var f wire.OutputFile
		if err := json.Unmarshal(s.Bytes(), &f); err != nil || ended {
			t.Fatalf("%s: %v", s.Text(), err)
		}
		if ended = f.End; !ended {
			out = append(out, f.Path)
		}
	}
	if !ended {
		t.Error("the listing has no end")
	}
	return strings.Join(out, " ")
}

func TestSend(t *testing.T) {
	mount := mounted(t)
	var out bytes.Buffer
	if err := Send(mount, "/runs/1", strings.NewReader("model\x00deep/log\x00"), &out); err != nil {
		t.Fatal(err)
	}
	var got []string
	for in := bufio.NewReader(&out); ; {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		var f wire.OutputFile
		if err := errors.Join(err, json.Unmarshal(line, &f)); err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(io.LimitReader(in, f.Size))
		if err != nil || f.Modified.IsZero() {
			t.Fatal(err, f)
		}
		got = append(got, f.Path+"="+string(text))
	}
	if strings.Join(got, ",") != "model=weights,deep/log=" {
		t.Errorf("got %v", got)
	}
	for _, name := range []string{"out", "etc/passwd", "../../beside", "/etc/passwd", "pipe", "deep", "", "nowhere"} {
		out.Reset()
		if err := Send(mount, "/runs/1", strings.NewReader(name+"\x00"), &out); err == nil || out.Len() > 0 {
			t.Errorf("%q was sent: %v", name, err)
		}
	}
}

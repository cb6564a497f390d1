package training

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func paths(c *Code) (out []string) {
	for _, f := range c.Files {
		out = append(out, f.Path)
	}
	return out
}

func TestPackCodeLeavesOutWhatIsIgnored(t *testing.T) {
	text := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	c, err := PackCode(fstest.MapFS{
		"train.py": text("print()"), "lib/model.py": text("x"), "lib/notes.txt": text("x"), "notes.txt": text("x"), "keep.log": text("x"), "old.log": text("x"),
		"data/a.bin": text("x"), "lib/__pycache__/m.pyc": text("x"), ".git/config": text("x"), "deep/er/tmp/x": text("x"), "deep/er/y": text("x"), "empty": text(""),
		".gitignore": text("# logs\n*.log\n!keep.log\n/data/\n"), ".odhignore": text("/notes.txt\r\ntmp/\n.gitignore\n"), "deep/.gitignore": text("y\n"), "deep/.odhignore": text("!y\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{".odhignore", "deep/.odhignore", "deep/er/y", "empty", "keep.log", "lib/model.py", "lib/notes.txt", "train.py"}
	if d := cmp.Diff(want, paths(c)); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
}

func TestPackCodeIsDeterministic(t *testing.T) {
	files := func(mode fs.FileMode, content string) fstest.MapFS {
		return fstest.MapFS{"a": {Data: []byte(content), Mode: mode}, "b/c": {Data: []byte("2")}}
	}
	digest := func(f fstest.MapFS) string { return must(PackCode(f)).Digest }
	same := digest(files(0o644, "1"))
	if digest(files(0o600, "1")) != same {
		t.Error("rights of others make another digest")
	}
	for name, f := range map[string]fstest.MapFS{"content": files(0o644, "3"), "mode": files(0o700, "1"), "name": {"ab": {Data: []byte("1")}, "/c": {Data: []byte("2")}}} {
		if name != "name" && digest(f) == same {
			t.Errorf("another %s makes no other digest", name)
		}
	}
	// What one file loses another can't gain: "a"+"b" in files "x" and "y".
	if digest(fstest.MapFS{"x": {Data: []byte("ab")}, "y": {}}) == digest(fstest.MapFS{"x": {Data: []byte("a")}, "y": {Data: []byte("b")}}) {
		t.Error("content moved from file to file makes no other digest")
	}
}

// On a real folder, seen through os.Root as the command line sees it.
func TestPackCodeRefusesWhatCantComeAlong(t *testing.T) {
	outside := t.TempDir()
	write := func(dir, name string, mode fs.FileMode, content string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755), os.WriteFile(filepath.Join(dir, name), []byte(content), mode)); err != nil {
			t.Fatal(err)
		}
	}
	write(outside, "secret", 0o600, "hidden")
	for name, c := range map[string]struct {
		make func(dir string) error
		want string // "" is no error
	}{
		"a link inside":       {func(d string) error { return os.Symlink("train.py", filepath.Join(d, "link.py")) }, ""},
		"a link out":          {func(d string) error { return os.Symlink(filepath.Join(outside, "secret"), filepath.Join(d, "x")) }, "leads out of the folder"},
		"a relative link out": {func(d string) error { return os.Symlink("../../../../../../etc/passwd", filepath.Join(d, "x")) }, "leads out of the folder"},
		"a dangling link":     {func(d string) error { return os.Symlink("nowhere", filepath.Join(d, "x")) }, "or nowhere"},
		"a link to a folder":  {func(d string) error { return os.Symlink("lib", filepath.Join(d, "x")) }, "link to a folder"},
		"a loop":              {func(d string) error { return os.Symlink("x", filepath.Join(d, "x")) }, "or nowhere"},
		"a pipe":              {func(d string) error { return syscall.Mkfifo(filepath.Join(d, "x"), 0o600) }, "pipe or socket"},
		"a pipe that ignores": {func(d string) error { return syscall.Mkfifo(filepath.Join(d, ".gitignore"), 0o600) }, "it is no file"},
		"an ignored pipe": {func(d string) error {
			write(d, ".odhignore", 0o600, "x\n")
			return syscall.Mkfifo(filepath.Join(d, "x"), 0o600)
		}, ""},
		"a large file": {func(d string) error { return os.WriteFile(filepath.Join(d, "x"), make([]byte, MaxCodeFile+1), 0o600) }, "larger than 1000000 bytes"},
		"too much": {func(d string) error {
			for i := range 4 {
				write(d, fmt.Sprint(i), 0o600, strings.Repeat("x", MaxCodeFile))
			}
			return nil
		}, "3 MiB in all"},
		"too many": {func(d string) error {
			for i := range MaxCodeFiles {
				write(d, fmt.Sprint("f", i), 0o600, "x")
			}
			return nil
		}, "more than 300 files"},
		"a name with a newline": {func(d string) error { write(d, "a\nb", 0o600, "x"); return nil }, "can't be printed"},
		"a name with dots":      {func(d string) error { write(d, "..a", 0o600, "x"); return nil }, "begins with '..'"},
	} {
		dir := t.TempDir()
		write(dir, "train.py", 0o644, "print()")
		write(dir, "lib/m.py", 0o644, "x")
		if err := c.make(dir); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		code, err := PackCode(root.FS())
		_ = root.Close()
		var invalid *InvalidError
		if c.want == "" && (err != nil || len(code.Files) < 2) || c.want != "" && (!errors.As(err, &invalid) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
		if code != nil {
			for _, f := range code.Files {
				if strings.Contains(string(f.content), "hidden") {
					t.Errorf("%s: what is outside came along as %s", name, f.Path)
				}
			}
		}
	}
	if _, err := PackCode(fstest.MapFS{".git/x": {}}); err == nil || !strings.Contains(err.Error(), "has no files") {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestCodeIsSpreadOverConfigMaps(t *testing.T) {
	big := func() *fstest.MapFile { return &fstest.MapFile{Data: make([]byte, MaxCodeFile-10)} }
	c := must(PackCode(fstest.MapFS{"a": big(), "b": {Data: []byte("small")}, "c": big(), "d": {Data: []byte("small too"), Mode: 0o755}}))
	job := Spec{Name: "j", Image: "i", Workers: 1, Command: []string{"p"}, Code: c}.MPIJob()
	maps := c.configMaps(job)
	if len(maps) != 2 {
		t.Fatalf("%d ConfigMaps", len(maps))
	}
	v := job.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Volumes[0].Projected
	for i, source := range v.Sources {
		size := 0
		for _, item := range source.ConfigMap.Items {
			content, ok := maps[i].BinaryData[item.Key]
			if size += len(content); !ok || source.ConfigMap.Name != maps[i].Name {
				t.Errorf("%s is not in %s", item.Path, maps[i].Name)
			}
		}
		if size > 1<<20 {
			t.Errorf("ConfigMap %d holds %d bytes", i, size)
		}
	}
	if last := v.Sources[1].ConfigMap.Items[1]; last.Path != "d" || *last.Mode != 0o755 {
		t.Errorf("%+v", last)
	}
	if dir := onlyContainer(job, "Launcher").WorkingDir; dir != CodePath {
		t.Errorf("the Launcher works in %q", dir)
	}
}

package training

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
)

// tarOf is a tar file, compressed.
func tarOf(t testing.TB, entries ...*tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	w := tar.NewWriter(zipped)
	for _, h := range entries {
		if h.Mode == 0 && h.Typeflag != tar.TypeXGlobalHeader {
			h.Mode = 0o644
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(w, zeros{}, h.Size); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestReadCode(t *testing.T) {
	got, err := ReadCode(bytes.NewReader(tarOf(t,
		&tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "0123"}}, &tar.Header{Typeflag: tar.TypeDir, Name: "./"}, &tar.Header{Typeflag: tar.TypeDir, Name: "./pkg/", Mode: 0o755},
		&tar.Header{Typeflag: tar.TypeReg, Name: "./train.py", Size: 3}, &tar.Header{Typeflag: tar.TypeReg, Name: "pkg/run.sh", Mode: 0o700}, &tar.Header{Typeflag: tar.TypeReg, Name: ".hidden"},
	)))
	if err != nil {
		t.Fatal(err)
	}
	want, err := PackCode(fstest.MapFS{"train.py": {Data: make([]byte, 3)}, "pkg/run.sh": {Mode: 0o755}, ".hidden": {}})
	if err != nil || got.Digest != want.Digest || got.Bytes() != 3 || !got.Files[1].Executable {
		t.Errorf("got %+v, want %+v, %v", got, want, err)
	}
}

func TestReadCodeRefuses(t *testing.T) {
	file := func(name string, size int64) *tar.Header {
		return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size}
	}
	many := make([]*tar.Header, MaxCodeFiles+1)
	for i := range many {
		many[i] = file("f"+itoa(i), 0)
	}
	folders := make([]*tar.Header, maxCodeEntries+1)
	for i := range folders {
		folders[i] = &tar.Header{Typeflag: tar.TypeDir, Name: "d" + itoa(i) + "/"}
	}
	whole := tarOf(t, file("a", 100), file("b", 200))
	noise := make([]byte, 1000)
	rand.New(rand.NewSource(1)).Read(noise) //nolint:gosec // any noise does
	for name, c := range map[string]struct {
		tar  []byte
		says string
	}{
		"a link":                   {tarOf(t, &tar.Header{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "/etc/passwd"}), "is a link"},
		"a hard link":              {tarOf(t, &tar.Header{Typeflag: tar.TypeLink, Name: "a", Linkname: "b"}), "is a link"},
		"a device":                 {tarOf(t, &tar.Header{Typeflag: tar.TypeChar, Name: "a"}), "device"},
		"a pipe":                   {tarOf(t, &tar.Header{Typeflag: tar.TypeFifo, Name: "a"}), "pipe"},
		"an absolute path":         {tarOf(t, file("/etc/x", 0)), "leads out"},
		"out of the folder":        {tarOf(t, file("../x", 0)), "leads out"},
		"out of it, later":         {tarOf(t, file("a/../../x", 0)), "leads out"},
		"not as it is written":     {tarOf(t, file("a//b", 0)), "another place"},
		"a folder that leads out":  {tarOf(t, &tar.Header{Typeflag: tar.TypeDir, Name: "../x/"}), "leads out"},
		"a line break":             {tarOf(t, file("a\nb", 0)), "printed"},
		"a long name":              {tarOf(t, file(strings.Repeat("x", 300), 0)), "longer"},
		"twice":                    {tarOf(t, file("a", 1), file("a", 2)), "twice"},
		"a file that is a folder":  {tarOf(t, file("a", 1), file("a/b", 2)), "which is a file"},
		"a folder that is a file":  {tarOf(t, file("a/b", 1), file("a", 2)), "twice"},
		"a large file":             {tarOf(t, file("a", MaxCodeFile+1)), "larger than"},
		"too much in all":          {tarOf(t, file("a", MaxCodeFile), file("b", MaxCodeFile), file("c", MaxCodeFile), file("d", MaxCodeFile)), "MiB in all"},
		"a bomb":                   {tarOf(t, file("a", 200<<20)), "larger than"},
		"a bomb behind a bad name": {tarOf(t, file("../a", 200<<20), file("b", 0)), "expands"},
		"too many files":           {tarOf(t, many...), "more than 300 files"},
		"too many folders":         {tarOf(t, folders...), "entries"},
		"no files":                 {tarOf(t), "no files"},
		"nothing":                  {nil, "no tar file"},
		"noise":                    {noise, "no tar file"},
		"noise in gzip":            {append(whole[:20:20], noise...), "no tar file"},
		"cut off":                  {whole[:len(whole)-20], "no tar file"},
	} {
		_, err := ReadCode(bytes.NewReader(c.tar))
		var invalid *InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("the sender is gone")
	if _, err := ReadCode(io.MultiReader(bytes.NewReader(whole[:50]), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("a sender that is gone: %v", err)
	}
}

// Whatever comes: an answer, bounded, with files that stay in their folder.
func FuzzReadCode(f *testing.F) {
	f.Add(tarOf(f, &tar.Header{Typeflag: tar.TypeReg, Name: "a/b", Size: 3}))
	f.Add(tarOf(f, &tar.Header{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "b"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadCode(bytes.NewReader(data))
		if err != nil {
			return
		}
		if p := c.problems(); len(p) > 0 || c.Bytes() > MaxCodeBytes {
			t.Errorf("%v, %d bytes", p, c.Bytes())
		}
	})
}

package images

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// member is a tar header with its content, for tests.
type member struct {
	tar.Header
	text string
}

func tarOf(t testing.TB, members ...member) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, m := range members {
		m.Size = int64(len(m.text))
		if err := w.WriteHeader(&m.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, m.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func namesIn(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	names := map[string]string{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		names[h.Name] = string(text) + h.Linkname
	}
}

func rootAt(t testing.TB, when time.Time) []byte {
	file := func(name, text string) member {
		return member{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, ModTime: when}, text}
	}
	dir := func(name string) member {
		return member{tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755, ModTime: when}, ""}
	}
	return tarOf(t,
		dir("./"), dir("./dev/"),
		member{tar.Header{Typeflag: tar.TypeChar, Name: "./dev/null", Devmajor: 1, Devminor: 3, ModTime: when}, ""},
		member{tar.Header{Typeflag: tar.TypeSymlink, Name: "./bin", Linkname: "usr/bin", ModTime: when}, ""},
		file("./etc/passwd", "root:x:0:0::/root:/bin/sh\n"), file("./etc/group", "root:x:0:\n"), file("./etc/shadow", "root:*:::::::\n"),
		file("./etc/ssh/ssh_host_rsa_key", "secret"), file("./etc/ssh/ssh_config", "Host *"),
		file("./etc/machine-id", "1234"), file("./etc/resolv.conf", "nameserver"),
		dir("./usr/share/doc/"), file("./usr/share/doc/a/copyright", "text"),
		file("./usr/bin/a", "a"),
		member{tar.Header{Typeflag: tar.TypeLink, Name: "./usr/bin/b", Linkname: "./usr/bin/a", ModTime: when}, ""},
	)
}

func reduced(t testing.TB, when time.Time) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := reduce(&out, bytes.NewReader(rootAt(t, when))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestReduceKeepsWhatRuns(t *testing.T) {
	want := map[string]string{
		"dev/": "", "bin": "usr/bin", "usr/share/doc/": "",
		"etc/passwd": "root:x:0:0::/root:/bin/sh\n", "etc/group": "root:x:0:\n", "etc/shadow": "root:*:::::::\n",
		"etc/ssh/ssh_config": "Host *", "usr/bin/a": "a", "usr/bin/b": "usr/bin/a",
	}
	if diff := cmp.Diff(want, namesIn(t, reduced(t, time.Now()))); diff != "" {
		t.Error(diff)
	}
}

func TestReduceForgetsTimes(t *testing.T) {
	if !bytes.Equal(reduced(t, time.Now()), reduced(t, time.Unix(1e9, 0))) {
		t.Error("the same files at another time must give the same layer")
	}
}

func TestReduceReportsBrokenInput(t *testing.T) {
	whole := rootAt(t, time.Now())
	half := whole[:bytes.Index(whole, []byte("Host *"))+3]
	if err := reduce(io.Discard, bytes.NewReader(half)); err == nil {
		t.Error("half an archive must be an error, else half a system would be cached")
	}
}

// FuzzReduce feeds reduce what a broken mmdebstrap might write. Whatever it
// accepts has to be an archive whose names stay inside the root.
func FuzzReduce(f *testing.F) {
	f.Add(rootAt(f, time.Unix(0, 0)))
	f.Add(tarOf(f, member{tar.Header{Typeflag: tar.TypeReg, Name: "../../etc/passwd"}, "x"}))
	f.Fuzz(func(t *testing.T, archive []byte) {
		var out bytes.Buffer
		if reduce(&out, bytes.NewReader(archive)) != nil {
			return
		}
		for name := range namesIn(t, out.Bytes()) {
			if got := memberName(name); got == "" || bytes.HasPrefix([]byte(name), []byte("/")) {
				t.Errorf("name %q leaves the root", name)
			}
		}
	})
}

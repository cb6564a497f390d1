package images

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// builderAt returns a builder whose cache and repository hold all that spec
// needs, so that nothing is downloaded or compiled.
func builderAt(t *testing.T, when time.Time) (*builder, map[compiled]string) {
	t.Helper()
	b := newBuilder(Options{Cache: t.TempDir(), RepoRoot: t.TempDir()})
	write := func(path string, text []byte) {
		t.Helper()
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(b.Cache, "packages-"+packagesKey(newSystem("", testSpec().Packages))+".tar"), reduced(t, when))
	program := filepath.Join(b.Cache, "program")
	write(program, []byte("ELF"))
	write(filepath.Join(b.RepoRoot, "config"), []byte("Port 2222\n"))
	return b, map[compiled]string{{openMPICompiler.Name, "pi.c"}: program}
}

func testSpec() Spec {
	return Spec{
		Name: "a.b/c", Tag: "1", Packages: []string{"dash"},
		Users:    []User{{Name: "mpiuser", ID: 1000, Home: "/home/mpiuser", Shell: "/bin/sh"}},
		Dirs:     []Dir{{Path: "/home/mpiuser", Mode: 0o755, Owner: 1000}},
		Files:    []File{{Path: "/etc/ssh/x.conf", Source: "config", Mode: 0o644}},
		Programs: []Program{{Source: "pi.c", Paths: []string{"/usr/local/bin/pi", "/home/mpiuser/pi"}}},
		Config:   Config{User: "1000", Env: []string{"A=b"}, Entrypoint: []string{"/x"}, WorkingDir: "/home"},
	}
}

func assembled(t *testing.T, s Spec, when time.Time) *Image {
	t.Helper()
	b, programs := builderAt(t, when)
	image, err := b.assemble(t.Context(), s, programs)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func TestSameInputSameDigest(t *testing.T) {
	one := assembled(t, testSpec(), time.Now())
	two := assembled(t, testSpec(), time.Unix(1e9, 0))
	if one.Digest != two.Digest {
		t.Errorf("digests %s and %s differ", one.Digest, two.Digest)
	}
	changed := testSpec()
	changed.Config.User = "1001"
	if got := assembled(t, changed, time.Now()); got.Digest == one.Digest {
		t.Error("another configuration must give another digest")
	}
}

func TestRef(t *testing.T) {
	s := testSpec()
	if got := assembled(t, s, time.Now()).Ref; got != "a.b/c:1" {
		t.Errorf("got %s", got)
	}
	s.Tag = ""
	image := assembled(t, s, time.Now())
	if want := "a.b/c:" + image.Digest[len("sha256:"):][:12]; image.Ref != want {
		t.Errorf("without tag got %s, want %s", image.Ref, want)
	}
}

func TestArchive(t *testing.T) {
	image := assembled(t, testSpec(), time.Now())
	var out bytes.Buffer
	if err := image.WriteArchive(&out); err != nil {
		t.Fatal(err)
	}
	members := namesIn(t, out.Bytes())
	for name, text := range members {
		if blob, ok := bytes.CutPrefix([]byte(name), []byte("blobs/sha256/")); ok && digest([]byte(text)) != string(blob) {
			t.Errorf("%s holds other content", name)
		}
	}
	index := decode[v1.IndexManifest](t, members["index.json"])
	if len(index.Manifests) != 1 || index.Manifests[0].Annotations[nameAnnotation] != "a.b/c:1" {
		t.Fatalf("index names no image a.b/c:1: %s", members["index.json"])
	}
	manifest := decode[v1.Manifest](t, members["blobs/sha256/"+index.Manifests[0].Digest.Hex])
	config := decode[v1.ConfigFile](t, members["blobs/sha256/"+manifest.Config.Digest.Hex])
	want := v1.Config{User: "1000", Env: []string{"A=b"}, Entrypoint: []string{"/x"}, WorkingDir: "/home"}
	if diff := cmp.Diff(want, config.Config); diff != "" {
		t.Error(diff)
	}
	if len(manifest.Layers) != 2 {
		t.Fatalf("%d layers, want packages and our own", len(manifest.Layers))
	}
	own := namesIn(t, []byte(members["blobs/sha256/"+manifest.Layers[1].Digest.Hex]))
	wantOwn := map[string]string{
		"home/mpiuser/": "", "home/mpiuser/pi": "ELF", "usr/local/bin/pi": "ELF", "etc/ssh/x.conf": "Port 2222\n",
		"etc/passwd": "root:x:0:0::/root:/bin/sh\nmpiuser:x:1000:1000::/home/mpiuser:/bin/sh\n",
		"etc/group":  "root:x:0:\nmpiuser:x:1000:\n",
		"etc/shadow": "root:*:::::::\nmpiuser:*:19000:0:99999:7:::\n",
	}
	if diff := cmp.Diff(wantOwn, own); diff != "" {
		t.Error(diff)
	}
}

func decode[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWriteFileIsWholeOrNothing(t *testing.T) {
	b, _ := builderAt(t, time.Now())
	path := filepath.Join(b.Cache, "x")
	if err := writeFile(path, failing); err == nil {
		t.Fatal("want the error of the writer")
	}
	if left, _ := filepath.Glob(filepath.Join(b.Cache, ".partial-*")); exists(path) || len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

package images

import (
	"archive/zip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func testWheel() Wheel {
	return Wheel{Name: "some-rt", Version: "1.2", SHA256: strings.Repeat("a", 64), Prefix: "/opt/x", Keep: []string{"bin/run*", "lib/*"}}
}

func writeWheel(t *testing.T, members map[string]os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "w.whl")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	for name, mode := range members {
		h := &zip.FileHeader{Name: name}
		h.SetMode(mode)
		m, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write([]byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestUnpackKeepsWhatIsWanted(t *testing.T) {
	const data = "some_rt-1.2.data/data/"
	members := map[string]os.FileMode{
		data + "bin/run": 0o755, data + "bin/other": 0o755, data + "lib/x.so": 0o644, data + "lib/deep/y.so": 0o644,
		"some_rt-1.2.dist-info/RECORD": 0o644,
	}
	got, err := testWheel().unpack(writeWheel(t, members))
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]int64{}
	for _, e := range got {
		modes[e.path] = e.mode
	}
	if diff := cmp.Diff(map[string]int64{"/opt/x/bin/run": 0o755, "/opt/x/lib/x.so": 0o644}, modes); diff != "" {
		t.Error(diff)
	}
	delete(members, data+"bin/run")
	if _, err := testWheel().unpack(writeWheel(t, members)); err == nil || !strings.Contains(err.Error(), "bin/run*") {
		t.Errorf("got %v, want an error that names the pattern nothing fits", err)
	}
}

func TestWheelIsPinned(t *testing.T) {
	w := testWheel()
	if err := w.validate(); err != nil {
		t.Fatal(err)
	}
	if want := "some-rt==1.2 --hash=sha256:" + w.SHA256 + "\n"; w.requirement() != want {
		t.Errorf("got %q, want %q", w.requirement(), want)
	}
	if !slices.Contains(w.pipArgs("d"), "--require-hashes") {
		t.Error("pip must check the hash")
	}
	for name, change := range map[string]func(*Wheel){
		"option as name": func(w *Wheel) { w.Name = "-r" },
		"range":          func(w *Wheel) { w.Version = "1.2,<3" },
		"no digest":      func(w *Wheel) { w.SHA256 = "" },
		"bad pattern":    func(w *Wheel) { w.Keep = []string{"["} },
	} {
		changed := testWheel()
		change(&changed)
		if changed.validate() == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}

package images

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPackagesKey(t *testing.T) {
	base := packagesKey(newSystem("", []string{"a1", "b1"}))
	if got := packagesKey(newSystem("", []string{"b1", "a1", "a1"})); got != base {
		t.Error("order and repetition of packages must not matter")
	}
	if got := packagesKey(newSystem("", []string{"a1"})); got == base {
		t.Error("another list of packages must give another key")
	}
	if got := packagesKey(newSystem("trixie", []string{"a1", "b1"})); got == base {
		t.Error("another release must give another key")
	}
	if got := key("packages", 1); got == key("program", 1) {
		t.Error("things of different kinds must not share a key")
	}
}

func TestProgramKeyFollowsSource(t *testing.T) {
	c := openMPICompiler
	if programKey(c, []byte("int a;")) == programKey(c, []byte("int b;")) {
		t.Error("another source must give another key")
	}
	if programKey(c, nil) == programKey(mpichCompiler, nil) {
		t.Error("another compiler must give another key")
	}
}

func TestSystemsAreDistinct(t *testing.T) {
	got := systems([]Spec{
		{Packages: []string{"b", "a"}}, {}, {Packages: []string{"a", "b"}}, {Packages: []string{"a"}},
		{Suite: "trixie", Packages: []string{"a"}}, {Suite: "bookworm", Packages: []string{"a"}},
	})
	want := []system{{suite, []string{"a", "b"}}, {suite, []string{"a"}}, {"trixie", []string{"a"}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(system{})); diff != "" {
		t.Error(diff)
	}
}

func TestCommands(t *testing.T) {
	lines, err := Commands(Options{Socket: "/s"})
	if err != nil {
		t.Fatal(err)
	}
	count := func(prefix string) (n int) {
		for _, l := range lines {
			if strings.HasPrefix(l, prefix) {
				n++
			}
		}
		return n
	}
	want := map[string]int{
		"mmdebstrap ": 2, "chroot TOOLCHAIN ": 2, "env CGO_ENABLED=0 go build ": 2,
		"ctr -a /s -n k8s.io images import -": 3,
	}
	for prefix, n := range want {
		if got := count(prefix); got != n {
			t.Errorf("%d commands begin with %q, want %d", got, prefix, n)
		}
	}
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, `'--aptopt=Acquire::Languages "none"'`) }) {
		t.Error("an argument with blanks must be quoted")
	}
}

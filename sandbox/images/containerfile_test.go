package images

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// repo is the root of the repository, seen from this package.
const repo = "../.."

// TestContainerfilesMatchSpecs keeps the two ways to make each image in step.
func TestContainerfilesMatchSpecs(t *testing.T) {
	for _, s := range append(Specs(), ControllerSpec(), ServiceSpec()) {
		if s.Name == Pause {
			continue // real clusters have their own
		}
		t.Run(path.Base(s.Name), func(t *testing.T) {
			build, final := stages(t, path.Base(s.Name))
			if diff := cmp.Diff(sorted(s.Packages), installed(final)); diff != "" {
				t.Errorf("packages of Specs and Containerfile differ:\n%s", diff)
			}
			if len(s.Programs) > 0 {
				want := s.compiler().Packages
				if len(s.Wheels) > 0 {
					want = append([]string{"python3-pip"}, want...)
				}
				if diff := cmp.Diff(sorted(want), installed(build)); diff != "" {
					t.Errorf("the compilers' packages differ:\n%s", diff)
				}
			}
			if from := "docker.io/library/debian:" + newSystem(s.Suite, nil).suite + "-slim\n"; len(s.Packages) > 0 && !strings.HasPrefix(final, from) {
				t.Errorf("the image must be made from %q", from)
			}
			for _, want := range traces(s) {
				if !strings.Contains(build+final, want) {
					t.Errorf("the Containerfile lacks %q", want)
				}
			}
			if got := directive(final, "USER"); got != s.Config.User {
				t.Errorf("USER is %q, want %q", got, s.Config.User)
			}
			if got := directive(final, "WORKDIR"); got != s.Config.WorkingDir {
				t.Errorf("WORKDIR is %q, want %q", got, s.Config.WorkingDir)
			}
		})
	}
}

// traces are the words that a Containerfile for the spec cannot do without.
func traces(s Spec) []string {
	var all []string
	for _, f := range s.Files {
		all = append(all, f.Source+" "+f.Path)
	}
	for _, p := range s.Programs {
		compiled := strings.Replace(strings.Join(s.compiler().Command, " "), "/usr/bin/", "", 1)
		all = append(all, p.Source, compiled+" -o /usr/local/bin/"+strings.TrimSuffix(path.Base(p.Source), ".c"))
	}
	for _, w := range s.Wheels {
		all = append(all, "--prefix="+w.Prefix+" ", w.Name+"=="+w.Version, "sha256:"+w.SHA256)
	}
	for _, l := range s.Links {
		all = append(all, "ln -s "+l.Target+" "+l.Path)
	}
	for _, v := range s.Config.Env {
		if v != searchPath { // the base image's
			all = append(all, v)
		}
	}
	for _, u := range s.Users {
		all = append(all, "useradd --uid 1000 ", " --shell "+u.Shell+" "+u.Name)
	}
	for _, b := range s.Binaries {
		all = append(all, "-o "+b.Path+" "+b.Package, "-trimpath", "CGO_ENABLED=0")
	}
	return all
}

// stages returns what builds and what becomes the image, on one line each.
func stages(t *testing.T, name string) (build, final string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repo, "images", name, "Containerfile"))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split("\n"+string(text), "\nFROM ")
	if len(parts) < 3 {
		t.Fatalf("%d stages, want one to build and one to run", len(parts)-1)
	}
	last := len(parts) - 1
	return strings.Join(parts[1:last], "\n"), parts[last]
}

var installForm = regexp.MustCompile(`apt-get install -y --no-install-recommends ([a-z0-9.+ -]+)`)

func installed(stage string) []string {
	found := installForm.FindStringSubmatch(stage)
	if found == nil {
		return nil
	}
	return sorted(strings.Fields(found[1]))
}

func directive(stage, name string) string {
	for line := range strings.SplitSeq(stage, "\n") {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return value
		}
	}
	return ""
}

// TestSourcesExist finds a source that was moved before a build does.
func TestSourcesExist(t *testing.T) {
	for _, s := range Specs() {
		for _, source := range s.sources() {
			if !exists(filepath.Join(repo, source)) {
				t.Errorf("image %s: there is no %s", s.Name, source)
			}
		}
	}
}

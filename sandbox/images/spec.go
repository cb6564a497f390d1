package images

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// Spec describes one image. The zero value of everything but Name is valid.
type Spec struct {
	// Name is the reference without tag, such as "mpijob.sandbox/openmpi".
	Name string
	// Tag is the tag; empty means a tag that hashes the image's content.
	Tag string

	// Component is the optional component that brings the image; empty means
	// the standard sandbox.
	Component string

	// Suite is the Debian release of Packages; empty means bookworm.
	Suite string
	// Packages are Debian packages, installed with what they depend on. None
	// means an image from scratch.
	Packages []string
	// Wheels are parts of Python wheels.
	Wheels []Wheel
	// Users are added to the packages' /etc/passwd, group and shadow.
	Users []User
	// Dirs are created, parents first.
	Dirs []Dir
	// Files are copied from the repository.
	Files []File
	// Links are symbolic links.
	Links []Link
	// Compiler compiles Programs; nil means Open MPI's.
	Compiler *Compiler
	// Programs are MPI programs in C, compiled outside the image.
	Programs []Program
	// Binaries are static Go programs.
	Binaries []Binary

	// Config is what the image tells the container runtime.
	Config Config
}

// Config is the part of an image's configuration that the sandbox uses.
type Config struct {
	// User is numeric: Kubernetes can check runAsNonRoot for nothing else.
	User       string
	Env        []string
	Entrypoint []string
	WorkingDir string
}

// User is an account with a home directory of its own and no password.
type User struct {
	Name  string
	ID    int
	Home  string
	Shell string
}

// Dir is a directory of the image.
type Dir struct {
	Path  string
	Mode  int64
	Owner int
}

// File is a file of the image. Source is its path in the repository.
type File struct {
	Path   string
	Source string
	Mode   int64
	Owner  int
}

// Link is a symbolic link at Path; Target is relative to its folder, or absolute.
type Link struct {
	Path   string
	Target string
}

// Program is one C file that mpicc turns into one executable at each of Paths.
type Program struct {
	Source string
	Paths  []string
}

// Binary is a Go program: Package, as `go build` in the repository's folder
// Module understands it, becomes the executable at Path.
type Binary struct {
	Module  string
	Package string
	Path    string
}

var (
	nameForm    = regexp.MustCompile(`^[a-z0-9-]+\.[a-z0-9.-]+/[a-z0-9-]+$`)
	tagForm     = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
	suiteForm   = regexp.MustCompile(`^[a-z]*$`)
	packageForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.+-]+$`)
	userForm    = regexp.MustCompile(`^[0-9]*$`)
)

// Validate reports the first mistake in the description of an image. Options
// of mmdebstrap and lines of /etc/passwd are made of these strings, so it
// refuses whatever could be read as something else there.
func (s Spec) Validate() error {
	if !nameForm.MatchString(s.Name) {
		return fmt.Errorf("image %q: the name must have the form host.domain/name, in lower case", s.Name)
	}
	if s.Tag != "" && !tagForm.MatchString(s.Tag) {
		return fmt.Errorf("image %s: %q is no valid tag", s.Name, s.Tag)
	}
	if !suiteForm.MatchString(s.Suite) {
		return fmt.Errorf("image %s: %q is no name of a Debian release", s.Name, s.Suite)
	}
	for _, p := range s.Packages {
		if !packageForm.MatchString(p) {
			return fmt.Errorf("image %s: %q is no name of a Debian package", s.Name, p)
		}
	}
	if !userForm.MatchString(s.Config.User) {
		return fmt.Errorf("image %s: user %q must be numeric, else Kubernetes cannot tell that it is not root", s.Name, s.Config.User)
	}
	if len(s.Users) > 0 && len(s.Packages) == 0 {
		return fmt.Errorf("image %s: users need the packages' /etc/passwd; give it packages or drop the users", s.Name)
	}
	for _, u := range s.Users {
		if strings.ContainsAny(u.Name+u.Home+u.Shell, ":\n") || u.Name == "" || u.ID <= 0 {
			return fmt.Errorf("image %s: user %q needs a name, an id above 0, and neither colon nor newline", s.Name, u.Name)
		}
	}
	for _, w := range s.Wheels {
		if err := w.validate(); err != nil {
			return fmt.Errorf("image %s: %w", s.Name, err)
		}
	}
	return s.validatePaths()
}

func (s Spec) validatePaths() error {
	seen := map[string]bool{}
	for _, p := range s.paths() {
		if !path.IsAbs(p) || path.Clean(p) != p || p == "/" {
			return fmt.Errorf("image %s: path %q must be absolute and clean", s.Name, p)
		}
		if seen[p] {
			return fmt.Errorf("image %s: path %q is given twice", s.Name, p)
		}
		seen[p] = true
	}
	for _, src := range s.sources() {
		if path.IsAbs(src) || path.Clean(src) != src || strings.HasPrefix(src, "..") {
			return fmt.Errorf("image %s: source %q must be a clean path inside the repository", s.Name, src)
		}
	}
	return nil
}

// paths lists everything the spec adds above the packages.
func (s Spec) paths() []string {
	var all []string
	for _, d := range s.Dirs {
		all = append(all, d.Path)
	}
	for _, f := range s.Files {
		all = append(all, f.Path)
	}
	for _, l := range s.Links {
		all = append(all, l.Path)
	}
	for _, w := range s.Wheels {
		all = append(all, w.Prefix)
	}
	for _, p := range s.Programs {
		all = append(all, p.Paths...)
	}
	for _, b := range s.Binaries {
		all = append(all, b.Path)
	}
	return all
}

// sources lists what the spec reads from the repository.
func (s Spec) sources() []string {
	var all []string
	for _, f := range s.Files {
		all = append(all, f.Source)
	}
	for _, p := range s.Programs {
		all = append(all, p.Source)
	}
	return all
}

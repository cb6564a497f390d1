package images

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Wheel is a package of PyPI, of whose files some become part of an image. Its
// files go below Prefix as pip would put them below the prefix of a Python.
type Wheel struct {
	Name, Version string
	// SHA256 is the digest of the one wheel file that is meant.
	SHA256 string
	Prefix string
	// Keep are patterns, as path.Match has them, of the files that are wanted.
	Keep []string
}

// wheelTime is what downloading a wheel of 100 MB takes.
const wheelTime = 20 * time.Second

var (
	wheelForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*$`)
	versionForm = regexp.MustCompile(`^[0-9][0-9a-z.]*$`)
	sha256Form  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

func (w Wheel) validate() error {
	switch {
	case !wheelForm.MatchString(w.Name) || !versionForm.MatchString(w.Version):
		return fmt.Errorf("wheel %q of version %q: needs a name and a version of PyPI", w.Name, w.Version)
	case !sha256Form.MatchString(w.SHA256):
		return fmt.Errorf("wheel %s: %q is no SHA-256 digest", w.Name, w.SHA256)
	}
	for _, pattern := range w.Keep {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("wheel %s: pattern %q: %w", w.Name, pattern, err)
		}
	}
	return nil
}

// requirement is the wheel as pip's requirements file has it: no other file may
// come in its place.
func (w Wheel) requirement() string {
	return fmt.Sprintf("%s==%s --hash=sha256:%s\n", w.Name, w.Version, w.SHA256)
}

// pipArgs follow python3. pip and its configuration know the mirror.
func (w Wheel) pipArgs(dir string) []string {
	return []string{"-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes",
		"--requirement=" + filepath.Join(dir, "requirements.txt"), "--dest=" + dir}
}

// wheel returns the wanted files, and downloads the wheel first if the cache
// lacks it.
func (b *builder) wheel(ctx context.Context, w Wheel) ([]entry, error) {
	file := filepath.Join(b.Cache, "wheel-"+w.SHA256[:16]+".whl")
	if !exists(file) {
		err := b.step("wheel "+w.Name+" "+w.Version, wheelTime, func() error { return b.download(ctx, w, file) })
		if err != nil {
			return nil, err
		}
	}
	return w.unpack(file)
}

func (b *builder) download(ctx context.Context, w Wheel, file string) error {
	dir, err := os.MkdirTemp(b.Cache, ".wheel-")
	if err != nil {
		return fmt.Errorf("writing the image cache: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "requirements.txt"), []byte(w.requirement()), 0o644); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "python3", w.pipArgs(dir)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("pip could not download it (%w): %s\nCheck that pip is there (`apt-get install python3-pip`) and reaches a package index",
			err, errorLines(string(out)))
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(found) != 1 {
		return errors.Join(err, fmt.Errorf("pip downloaded %d wheels, want 1", len(found)))
	}
	return os.Rename(found[0], file)
}

// unpack reads the wanted files of a wheel. Where they go is the part of their
// name after "NAME.data/data/".
func (w Wheel) unpack(file string) ([]entry, error) {
	archive, err := zip.OpenReader(file)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w; delete it to have it downloaded anew", file, err)
	}
	defer func() { _ = archive.Close() }() // it was only read
	var all []entry
	unused := slices.Clone(w.Keep)
	for _, f := range archive.File {
		_, name, ok := strings.Cut(f.Name, ".data/data/")
		i := slices.IndexFunc(w.Keep, func(p string) bool { match, _ := path.Match(p, name); return match })
		if !ok || i < 0 || strings.HasSuffix(name, "/") {
			continue
		}
		unused = slices.DeleteFunc(unused, func(p string) bool { return p == w.Keep[i] })
		text, err := readZip(f)
		if err != nil {
			return nil, fmt.Errorf("reading %s of %s: %w; delete it to have it downloaded anew", name, file, err)
		}
		mode := cmp.Or(int64(f.Mode().Perm()), 0o644)
		all = append(all, entry{path: path.Join(w.Prefix, name), mode: mode, content: text})
	}
	if len(unused) > 0 {
		return nil, fmt.Errorf("wheel %s %s has no file like %q", w.Name, w.Version, unused)
	}
	return all, nil
}

func readZip(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	const most = 256 << 20
	return io.ReadAll(io.LimitReader(r, most))
}

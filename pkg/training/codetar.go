package training

import (
	"archive/tar"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Bounds of a tar file with a code folder: how many entries it may have, and how much it may expand to, which
// is more than its files for the headers between them.
const (
	maxCodeEntries  = 2000
	maxCodeExpanded = MaxCodeBytes + maxCodeEntries*1024
)

// ReadCode reads a code folder from a tar file compressed with gzip. Every file in it comes along: whoever
// packed it has left out what isn't needed. The same files make the same Code as PackCode makes. What can't
// come along is an InvalidError with every such file: links, devices, names that lead elsewhere, what is too
// large or too much. Nothing is written anywhere.
func ReadCode(r io.Reader) (*Code, error) {
	p := packer{invalid: InvalidError{What: "the code folder"}}
	unzipped, err := gzip.NewReader(r)
	if err != nil {
		return p.unreadable(err)
	}
	defer unzipped.Close() //nolint:errcheck // what was read is checked
	expanded := &io.LimitedReader{R: unzipped, N: maxCodeExpanded}
	archive := tar.NewReader(expanded)
	taken := map[string]bool{} // files, and the folders they are in
	for n := 0; len(p.invalid.Problems) < maxCodeProblems; n++ {
		h, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			if len(p.files) == 0 && len(p.invalid.Problems) == 0 {
				p.problem("", "has no files: add some, or leave the folder out")
			}
			return p.code()
		case err != nil && expanded.N <= 0 || n >= maxCodeEntries:
			p.problem("", "expands to more than %d MiB, or to more than %d entries: send only what the job needs", maxCodeExpanded>>20, maxCodeEntries)
			return p.code()
		case err != nil:
			return p.unreadable(err)
		}
		more, err := p.entry(h, archive, taken)
		if err != nil {
			if expanded.N > 0 {
				return p.unreadable(err)
			}
			continue // which says so
		}
		if !more {
			break
		}
	}
	return p.code()
}

// unreadable is a problem of the file's form, or an error of whoever sends it.
func (p *packer) unreadable(err error) (*Code, error) {
	var corrupt flate.CorruptInputError
	known := errors.As(err, &corrupt)
	for _, e := range []error{gzip.ErrHeader, gzip.ErrChecksum, tar.ErrHeader, tar.ErrFieldTooLong, io.ErrUnexpectedEOF, io.EOF} {
		known = known || errors.Is(err, e)
	}
	if !known {
		return nil, fmt.Errorf("reading the code folder: %w", err)
	}
	p.problem("", "is no tar file compressed with gzip, or is cut off: make it with `tar czf code.tar.gz -C DIR .`")
	return p.code()
}

// entry takes one entry of a tar file; more is false when it is too much in all.
func (p *packer) entry(h *tar.Header, content io.Reader, taken map[string]bool) (more bool, err error) {
	if h.Typeflag == tar.TypeXGlobalHeader { // a remark, as git's
		return true, nil
	}
	name := strings.TrimSuffix(strings.TrimPrefix(h.Name, "./"), "/")
	if h.Typeflag == tar.TypeDir && (name == "" || name == ".") {
		return true, nil
	}
	if why := codePathProblem(name); why != "" {
		p.problem(short(h.Name), "%s", why)
		return true, nil
	}
	switch {
	case path.Clean(name) != name:
		p.problem(short(h.Name), "leads to another place than it says: pack the folder again")
	case h.Typeflag == tar.TypeDir:
	case h.Typeflag == tar.TypeSymlink || h.Typeflag == tar.TypeLink:
		p.problem(name, "is a link: send the file itself (tar's --dereference does)")
	case h.Typeflag != tar.TypeReg:
		p.problem(name, "is no file but a device or a pipe: leave it out")
	case taken[name]:
		p.problem(name, "is there twice: pack the folder again")
	default:
		text, err := io.ReadAll(io.LimitReader(content, MaxCodeFile+1))
		if err != nil {
			return true, err
		}
		p.place(name, taken)
		return p.take(name, h.Mode&0o111 != 0, text), nil
	}
	return true, nil
}

// place notes where a file is. No file is a folder as well: neither of one that came before it, which taken
// has, nor of one that comes later.
func (p *packer) place(name string, taken map[string]bool) {
	taken[name] = true
	for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
		if slices.ContainsFunc(p.files, func(f CodeFile) bool { return f.Path == folder }) {
			p.problem(name, "is in %s, which is a file: pack the folder again", folder)
		}
		taken[folder] = true
	}
}

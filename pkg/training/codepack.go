package training

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

// Files that say which others to leave out, in the notation of .gitignore, in any folder; the second
// has the last word.
var ignoreFiles = []string{".gitignore", ".odhignore"}

// neverCode is left out of a code folder unless an ignore file takes it back in with a `!`.
var neverCode = []string{"__pycache__/", ".ipynb_checkpoints/", ".DS_Store"}

// maxIgnoreFile is the size of an ignore file, in bytes; maxCodeProblems how many are told at once;
// maxCodeWalked how many entries are looked at.
const (
	maxIgnoreFile   = 64 << 10
	maxCodeProblems = 20
	maxCodeWalked   = 100_000
)

// PackCode packs a folder: all its files but what .gitignore and .odhignore in it leave out, the .git
// folder, and caches. The same files make the same Code, whatever their times and owners. What can't
// come along is an error with every such file in it: links that leave the folder (where fsys doesn't
// follow those, as os.Root's), links to folders, devices, what is too large or too much.
func PackCode(fsys fs.FS) (*Code, error) {
	p := packer{fsys: fsys, invalid: InvalidError{What: "the code folder"}}
	for _, line := range neverCode {
		p.patterns = append(p.patterns, gitignore.ParsePattern(line, nil))
	}
	if err := fs.WalkDir(fsys, ".", p.visit); err != nil && !errors.Is(err, fs.SkipAll) {
		return nil, fmt.Errorf("reading the code folder: %w", err)
	}
	if len(p.files) == 0 && len(p.invalid.Problems) == 0 {
		p.problem("", "has no files, or .gitignore and .odhignore leave all of them out")
	}
	return p.code()
}

// code is what was packed, or an error with everything that can't come along.
func (p *packer) code() (*Code, error) {
	if len(p.invalid.Problems) > 0 {
		return nil, &p.invalid
	}
	slices.SortFunc(p.files, func(a, b CodeFile) int { return strings.Compare(a.Path, b.Path) })
	return newCode(p.files), nil
}

type packer struct {
	fsys     fs.FS
	patterns []gitignore.Pattern // the later ones take precedence
	files    []CodeFile
	bytes    int
	walked   int
	invalid  InvalidError
}

func (p *packer) problem(file, format string, args ...any) {
	p.invalid.Problems = append(p.invalid.Problems, Problem{Field: file, Message: fmt.Sprintf(format, args...)})
}

func (p *packer) visit(name string, d fs.DirEntry, err error) error {
	if p.walked++; p.walked > maxCodeWalked {
		p.problem("", "has more than %d files and folders in it: name a smaller folder", maxCodeWalked)
	}
	if len(p.invalid.Problems) >= maxCodeProblems || p.walked > maxCodeWalked {
		return fs.SkipAll
	}
	if err != nil {
		p.problem(name, "can't be read: %v", cause(err))
		if d != nil && d.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	if name == "." {
		return p.readIgnored(name)
	}
	if d.IsDir() && path.Base(name) == ".git" || p.ignored(name, d.IsDir()) {
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	if d.IsDir() {
		return p.readIgnored(name)
	}
	return p.add(name, d)
}

func (p *packer) ignored(name string, dir bool) bool {
	return gitignore.NewMatcher(p.patterns).Match(strings.Split(name, "/"), dir)
}

// readIgnored adds the patterns of a folder's own ignore files.
func (p *packer) readIgnored(folder string) error {
	var domain []string
	if folder != "." {
		domain = strings.Split(folder, "/")
	}
	for _, base := range ignoreFiles {
		name := path.Join(folder, base)
		text, err := p.read(name, maxIgnoreFile)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			p.problem(name, "can't be read: %v", cause(err))
			continue
		case len(text) > maxIgnoreFile:
			p.problem(name, "is larger than %d bytes: shorten it", maxIgnoreFile)
			continue
		}
		for _, line := range strings.Split(string(text), "\n") {
			if line = strings.TrimRight(line, "\r"); strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
				p.patterns = append(p.patterns, gitignore.ParsePattern(line, domain))
			}
		}
	}
	return nil
}

func (p *packer) add(name string, d fs.DirEntry) error {
	if why := codePathProblem(name); why != "" {
		p.problem(name, "%s", why)
		return nil
	}
	info, err := d.Info()
	if err == nil && d.Type()&fs.ModeSymlink != 0 {
		if info, err = fs.Stat(p.fsys, name); err != nil {
			p.problem(name, "is a link that leads out of the folder, or nowhere: copy the file, or list the link in .odhignore")
			return nil //nolint:nilerr // it is among the problems
		}
	}
	switch {
	case err != nil:
		p.problem(name, "can't be read: %v", cause(err))
		return nil
	case info.IsDir():
		p.problem(name, "is a link to a folder: copy the folder, or list the link in .odhignore")
		return nil
	case !info.Mode().IsRegular():
		p.problem(name, "is no file but a device, pipe or socket: remove it, or list it in .odhignore")
		return nil
	}
	content, err := p.read(name, MaxCodeFile)
	if err != nil {
		p.problem(name, "can't be read: %v", cause(err))
		return nil
	}
	if !p.take(name, info.Mode().Perm()&0o111 != 0, content) {
		return fs.SkipAll
	}
	return nil
}

// take adds a file, of which one byte more than MaxCodeFile is enough; false says that it is too much in all.
func (p *packer) take(name string, executable bool, content []byte) bool {
	if len(content) > MaxCodeFile {
		p.problem(name, "is larger than %d bytes: put data into the image, on a claim or in S3, or list it in .odhignore", MaxCodeFile)
		return true
	}
	if len(p.files) == MaxCodeFiles {
		p.problem("", "has more than %d files: put large folders into the image, or on a claim, or list what isn't needed in .odhignore", MaxCodeFiles)
		return false
	}
	if p.bytes += len(content); p.bytes > MaxCodeBytes {
		p.problem("", "is larger than %d MiB in all: put data into the image, on a claim or in S3, or list it in .odhignore", MaxCodeBytes>>20)
		return false
	}
	p.files = append(p.files, CodeFile{Path: name, Executable: executable, content: content})
	return true
}

// read returns a file's content, one byte more than limit at most; it opens no pipe, which would wait.
func (p *packer) read(name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(p.fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}
	f, err := p.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if content == nil {
		content = []byte{}
	}
	return content, err
}

// cause drops the operation and path that a problem names already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

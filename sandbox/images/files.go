package images

import (
	"archive/tar"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// entry is a file or, with a trailing slash, a folder of our own layer.
type entry struct {
	path    string
	mode    int64
	owner   int
	content []byte
	target  string // of a symbolic link
}

// layerTar is the tar of entries; their order doesn't matter.
func layerTar(entries []entry) ([]byte, error) {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.path, b.path) })
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, e := range entries {
		h := &tar.Header{
			Typeflag: tar.TypeReg, Name: strings.TrimPrefix(e.path, "/"), Mode: e.mode,
			Uid: e.owner, Gid: e.owner, Size: int64(len(e.content)), ModTime: epoch,
		}
		if strings.HasSuffix(e.path, "/") {
			h.Typeflag = tar.TypeDir
		}
		if e.target != "" {
			h.Typeflag, h.Linkname = tar.TypeSymlink, e.target
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, fmt.Errorf("adding %s: %w", e.path, err)
		}
		if _, err := w.Write(e.content); err != nil {
			return nil, fmt.Errorf("adding %s: %w", e.path, err)
		}
	}
	return buf.Bytes(), w.Close()
}

// The files that know accounts, and whether group members may read them.
const (
	passwdFile = "/etc/passwd"
	groupFile  = "/etc/group"
	shadowFile = "/etc/shadow"
)

// accounts returns the account files of the packages with users added.
func accounts(packages string, users []User) ([]entry, error) {
	if len(users) == 0 {
		return nil, nil
	}
	files, err := readMembers(packages, passwdFile, groupFile, shadowFile)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		files[0].add("%s:x:%d:%d::%s:%s\n", u.Name, u.ID, u.ID, u.Home, u.Shell)
		files[1].add("%s:x:%d:\n", u.Name, u.ID)
		// "*" is no password that fits; "!" would lock the account for sshd.
		files[2].add("%s:*:19000:0:99999:7:::\n", u.Name)
	}
	return files, nil
}

func (e *entry) add(format string, args ...any) {
	e.content = fmt.Appendf(e.content, format, args...)
}

// readMembers reads files of a tar, in the order of the names.
func readMembers(file string, names ...string) ([]entry, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	found := make([]entry, len(names))
	missing := len(names)
	for in := tar.NewReader(f); missing > 0; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("the packages lack one of %q", names)
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w; delete it to have it made anew", file, err)
		}
		i := slices.Index(names, "/"+memberName(h.Name))
		if i < 0 {
			continue
		}
		content, err := io.ReadAll(in)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w; delete it to have it made anew", file, err)
		}
		found[i] = entry{path: names[i], mode: h.Mode, owner: h.Uid, content: content}
		missing--
	}
	return found, nil
}

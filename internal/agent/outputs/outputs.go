// Package outputs reads a folder for someone who is outside of the pod: it lists files, and sends those
// that are asked for. It follows no link out of the folder and changes nothing.
package outputs

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path"
	"strings"
	"syscall"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Hold keeps the pod alive until it is told to end.
func Hold() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	<-end
}

// open opens a folder below mount, given by its path from there.
func open(mount, folder string) (*os.Root, error) {
	root, err := os.OpenRoot(mount)
	if err != nil {
		return nil, err
	}
	rel := strings.TrimPrefix(path.Clean("/"+folder), "/")
	if rel == "" {
		return root, nil
	}
	defer root.Close()
	return root.OpenRoot(rel)
}

// List writes a line of JSON for each file of a folder, or for those at or below paths in it. What isn't
// there has none.
func List(mount, folder string, below []string, w io.Writer) error {
	root, err := open(mount, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return json.NewEncoder(w).Encode(wire.OutputFile{End: true})
	}
	if err != nil {
		return err
	}
	defer root.Close()
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	n := 0
	list := func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() || d == nil && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if n++; n > wire.MaxOutputFiles {
			return errors.Join(encoder.Encode(wire.OutputFile{Truncated: true}), fs.SkipAll)
		}
		line := wire.OutputFile{Path: name}
		info, infoErr := fs.FileInfo(nil), err
		if err == nil {
			info, infoErr = d.Info()
		}
		switch {
		case infoErr != nil:
			line.Problem = why(infoErr)
		case d.Type()&fs.ModeSymlink != 0:
			line.Problem = "is a link"
		case !info.Mode().IsRegular():
			line.Problem = "is no file"
		default:
			line.Size, line.Modified = info.Size(), info.ModTime().UTC()
		}
		if err := encoder.Encode(line); err != nil {
			return err
		}
		if err != nil && d != nil && d.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	if len(below) == 0 {
		below = []string{"."}
	}
	for _, p := range below {
		p = within(p)
		if info, linkErr := root.Lstat(p); linkErr == nil && info.Mode()&fs.ModeSymlink != 0 {
			err = list(p, fs.FileInfoToDirEntry(info), nil) // a walk would begin behind it
		} else {
			err = fs.WalkDir(root.FS(), p, list)
		}
		if err != nil {
			break
		}
	}
	if errors.Is(err, fs.SkipAll) {
		err = nil
	}
	if err == nil {
		err = encoder.Encode(wire.OutputFile{End: true})
	}
	return errors.Join(err, out.Flush())
}

// within is a path from the folder, which it can't leave.
func within(p string) string {
	if p = strings.TrimPrefix(path.Clean("/"+p), "/"); p != "" {
		return p
	}
	return "."
}

// Send writes the files of a folder whose names it reads, each ended by a NUL: a line of JSON about each,
// and behind it what is in it. A file that can't be read ends it: the transfer would otherwise look complete.
func Send(mount, folder string, names io.Reader, w io.Writer) error {
	root, err := open(mount, folder)
	if err != nil {
		return err
	}
	defer root.Close()
	in := bufio.NewReader(names)
	for {
		name, err := in.ReadString(0)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name = strings.TrimSuffix(name, "\x00")
		if err := send(root, name, w); err != nil {
			return errors.New(name + ": " + why(err))
		}
	}
}

func send(root *os.Root, name string, w io.Writer) error {
	if info, err := root.Lstat(name); err != nil {
		return err
	} else if !info.Mode().IsRegular() {
		return errors.New("is no file")
	}
	// Opening a pipe that took the file's place would wait for a writer.
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() { // a pipe did take its place
		return errors.New("is no file")
	}
	line, err := json.Marshal(wire.OutputFile{Path: name, Size: info.Size(), Modified: info.ModTime().UTC()})
	if err != nil {
		return err
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return err
	}
	// A program may still be writing: what it adds meanwhile doesn't come along.
	if n, err := io.Copy(w, io.LimitReader(f, info.Size())); err != nil {
		return err
	} else if n < info.Size() {
		return errors.New("became shorter while it was read: try again when the program has written it")
	}
	return nil
}

// why drops the operation and the path, which the line names already.
func why(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}

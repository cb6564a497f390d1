package training

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"
)

// DownloadOptions change what DownloadOutputs does.
type DownloadOptions struct {
	OutputOptions
	// Done is told of each file when it is complete, if it isn't nil: kept says that it was there
	// already. count is how many there are in all.
	Done func(f OutputFile, kept bool, number, count int)
}

// Download is what DownloadOutputs did.
type Download struct {
	// Files were written, Kept were there already, with the same size and time.
	Files []OutputFile `json:"files"`
	Kept  []OutputFile `json:"kept"`
	// Skipped can't be fetched.
	Skipped []SkippedOutput `json:"skipped,omitempty"`
	// Truncated says that there was more than MaxOutputFiles.
	Truncated bool `json:"truncated,omitempty"`
}

// partSuffix marks a file that is being written.
const partSuffix = ".odh-part"

// DownloadOutputs writes a job's output below a folder, which it makes. A file appears when it is complete,
// with its time; one that is there already with the same size and time isn't fetched again, so that an
// interrupted download goes on where it was. Nothing is written outside of the folder, whatever the
// names are and whatever links are in it.
func (j *Jobs) DownloadOutputs(ctx context.Context, name, dir string, o DownloadOptions) (*Download, error) {
	source, err := j.openOutput(ctx, name, o.OutputOptions)
	if err != nil {
		return nil, err
	}
	defer source.close()
	list, err := selectOutputs(ctx, source, o.Paths)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // as any file a user makes
		return nil, fmt.Errorf("making the folder for the results: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the folder for the results: %w", err)
	}
	defer root.Close()
	return download(ctx, source, list, root, o.Done)
}

func download(ctx context.Context, source outputSource, list *OutputList, root *os.Root, done func(OutputFile, bool, int, int)) (*Download, error) {
	if done == nil {
		done = func(OutputFile, bool, int, int) {}
	}
	out := &Download{Files: []OutputFile{}, Kept: []OutputFile{}, Skipped: list.Skipped, Truncated: list.Truncated}
	var missing []OutputFile
	for _, f := range list.Files {
		if info, err := root.Lstat(f.Path); err == nil && info.Mode().IsRegular() && info.Size() == f.Size && sameTime(info.ModTime(), f.Modified) {
			out.Kept = append(out.Kept, f)
			done(f, true, len(out.Kept), len(list.Files))
			continue
		}
		missing = append(missing, f)
	}
	if len(missing) == 0 {
		return out, nil
	}
	asked := map[string]bool{}
	for _, f := range missing {
		asked[f.Path] = true
	}
	for content, err := range source.read(ctx, missing) {
		if err != nil {
			return out, err
		}
		// The other side is not trusted to send what it was asked for.
		if !asked[content.Path] {
			return out, &OutputError{Place: list.Place, Err: fmt.Errorf("%q came, which wasn't asked for", content.Path)}
		}
		delete(asked, content.Path)
		if err := save(root, content); err != nil {
			return out, fmt.Errorf("writing %s: %w", content.Path, err)
		}
		out.Files = append(out.Files, content.OutputFile)
		done(content.OutputFile, false, len(out.Kept)+len(out.Files), len(list.Files))
	}
	for name := range asked {
		return out, &OutputError{Place: list.Place, Err: fmt.Errorf("%s did not come: the transfer ended early", name), Hint: "start the download again: what is complete isn't fetched again"}
	}
	return out, nil
}

// save writes a file beside its place and moves it there when it is complete.
func save(root *os.Root, content *OutputContent) (err error) {
	name := filepath.FromSlash(content.Path)
	if folder := path.Dir(content.Path); folder != "." {
		if err := root.MkdirAll(filepath.FromSlash(folder), 0o755); err != nil {
			return err
		}
	}
	part := name + partSuffix
	_ = root.Remove(part)
	f, err := root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = root.Remove(part)
		}
	}()
	n, err := io.Copy(f, io.LimitReader(content, content.Size+1))
	if err == nil && n != content.Size {
		err = fmt.Errorf("%d bytes came, and %d were announced", n, content.Size)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = root.Chtimes(part, content.Modified, content.Modified); err != nil {
		return err
	}
	return root.Rename(part, name)
}

// sameTime compares in seconds: that is what every file system and S3 keep.
func sameTime(a, b time.Time) bool { return a.Truncate(time.Second).Equal(b.Truncate(time.Second)) }

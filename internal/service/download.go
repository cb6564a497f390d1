package service

import (
	"archive/tar"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// download is an answer with the files of a job's output.
type download struct {
	transfer
	paths  []string
	wanted map[string]bool
	// skipped is how many can't be fetched.
	skipped int
	first   *training.OutputContent
	next    func() (*training.OutputContent, error, bool)
}

// VisitDownloadTrainingJobOutputsResponse sends the files.
func (d *download) VisitDownloadTrainingJobOutputsResponse(w http.ResponseWriter) error {
	return d.answer(w, d.send)
}

func (d *download) send(h http.Header, w io.Writer) error {
	// One file is sent as it is, where it is what was asked for.
	if len(d.paths) == 1 && d.first.Path == d.paths[0] {
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", attachment(path.Base(d.first.Path)))
		h.Set("Content-Length", strconv.FormatInt(d.first.Size, 10))
		return exact(w, d.first)
	}
	h.Set("Content-Type", "application/x-tar")
	h.Set("Content-Disposition", attachment(d.job+"-outputs.tar"))
	archive := tar.NewWriter(w)
	for content := d.first; content != nil; {
		// The other side isn't trusted to send what it was asked for.
		if !d.wanted[content.Path] {
			return fmt.Errorf("%q came, which wasn't asked for", content.Path)
		}
		delete(d.wanted, content.Path)
		header := &tar.Header{Typeflag: tar.TypeReg, Name: d.job + "/" + content.Path, Size: content.Size, Mode: 0o644, ModTime: content.Modified.Truncate(time.Second), Format: tar.FormatPAX}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if err := exact(archive, content); err != nil {
			return err
		}
		var err error
		var more bool
		if content, err, more = d.next(); err != nil {
			return err
		} else if !more {
			content = nil
		}
	}
	if len(d.wanted) > 0 {
		return fmt.Errorf("%d files did not come", len(d.wanted))
	}
	return archive.Close()
}

func attachment(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

// exact copies a file of the size it was listed with.
func exact(w io.Writer, content *training.OutputContent) error {
	n, err := io.Copy(w, io.LimitReader(content, content.Size))
	if err == nil && n != content.Size {
		err = fmt.Errorf("%s: %d bytes came, and %d were announced", content.Path, n, content.Size)
	}
	return err
}

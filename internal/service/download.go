package service

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// A download that moves less than slowBytes within slowFor is broken off: it holds a pod.
const (
	slowFor   = time.Minute
	slowBytes = 64 << 10
)

// download is an answer with the files of a job's output.
type download struct {
	s      *Service
	ctx    context.Context
	cancel context.CancelCauseFunc
	end    func()
	job    string
	right  Right
	paths  []string
	wanted map[string]bool
	// skipped is how many can't be fetched.
	skipped int
	first   *training.OutputContent
	next    func() (*training.OutputContent, error, bool)
	sent    atomic.Int64
}

// VisitDownloadTrainingJobOutputsResponse sends the files. What breaks off must not look whole: the
// connection is broken off too.
func (d *download) VisitDownloadTrainingJobOutputsResponse(w http.ResponseWriter) error {
	defer d.end()
	go d.watch(slowFor)
	err := d.send(&pacedWriter{w: w, control: http.NewResponseController(w), sent: &d.sent})
	if err == nil {
		return nil
	}
	if cause := context.Cause(d.ctx); cause != nil {
		err = cause
	}
	d.s.Log.Info("a download broke off", "job", d.job, "bytes", d.sent.Load(), "error", short(err.Error(), maxDetail))
	panic(http.ErrAbortHandler)
}

func (d *download) send(w *pacedWriter) error {
	h := w.w.Header()
	// One file is sent as it is, where it is what was asked for.
	if len(d.paths) == 1 && d.first.Path == d.paths[0] {
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", attachment(path.Base(d.first.Path)))
		h.Set("Content-Length", strconv.FormatInt(d.first.Size, 10))
		w.w.WriteHeader(http.StatusOK)
		return exact(w, d.first)
	}
	h.Set("Content-Type", "application/x-tar")
	h.Set("Content-Disposition", attachment(d.job+"-outputs.tar"))
	w.w.WriteHeader(http.StatusOK)
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

// errSlow is what ends a download that holds its pod for nothing.
var errSlow = errors.New("it was too slow")

// watch breaks the download off when the caller may no longer have it, when it hardly moves, and when the
// service ends.
func (d *download) watch(every time.Duration) {
	defer func() {
		// This isn't the request's goroutine, whose panics are caught.
		if p := recover(); p != nil {
			d.s.panicked(p)
			d.cancel(errInternal)
		}
	}()
	rights := d.s.watchdog(d.ctx, d.s.holds(d.right))
	defer rights.stop()
	pace := time.NewTicker(every)
	defer pace.Stop()
	var before int64
	for {
		select {
		case <-d.ctx.Done():
			return
		case <-rights.tick():
			if end, _ := rights.look(); end != nil {
				d.cancel(end)
				return
			}
		case <-pace.C:
			now := d.sent.Load()
			if now-before < slowBytes {
				d.cancel(errSlow)
				return
			}
			before = now
		case <-d.s.draining:
			d.cancel(draining())
			return
		}
	}
}

// pacedWriter gives each write its own time: a reader that takes nothing in is left.
type pacedWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	sent    *atomic.Int64
}

// Write counts what was sent.
func (p *pacedWriter) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(writeFor))
	n, err := p.w.Write(b)
	p.sent.Add(int64(n))
	if err == nil {
		err = p.control.SetWriteDeadline(time.Time{})
	}
	return n, err
}

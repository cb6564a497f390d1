package service

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// logDownload is an answer with logs as a file of text.
type logDownload struct {
	transfer
	several bool
	raw     bool
	first   training.LogLine
	some    bool
	next    func() (training.LogLine, error, bool)
}

// DownloadTrainingJobLogs reads logs as the caller. An error that comes before the first line is the answer; one that
// comes later breaks the file off.
func (s *operations) DownloadTrainingJobLogs(ctx context.Context, r api.DownloadTrainingJobLogsRequestObject) (api.DownloadTrainingJobLogsResponseObject, error) {
	p := r.Params
	o, err := logOptions(api.GetTrainingJobLogsParams{
		Type: p.Type, Launcher: p.Launcher, Worker: p.Worker, AllWorkers: p.AllWorkers, Tail: p.Tail,
		SinceSeconds: p.SinceSeconds, Match: p.Match, Previous: p.Previous,
	})
	if err != nil {
		return nil, err
	}
	done, err := s.downloads.open(callerOf(ctx).User)
	if err != nil {
		return nil, err
	}
	d := &logDownload{several: o.Several(deref(p.Type)), raw: deref(p.Raw)}
	d.patient = true
	d.s, d.job, d.right = s.Service, r.Name, logsIn(r.Namespace)
	d.ctx, d.cancel = context.WithCancelCause(ctx)
	next, stop := iter.Pull2(s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Logs(d.ctx, r.Name, o))
	d.next, d.end = next, func() { stop(); d.cancel(nil); done() }
	begun := false
	defer func() {
		if !begun {
			d.end()
		}
	}()
	go d.watch(slowFor) // the first line that matches may be far
	if d.first, err, d.some = next(); err == nil && !d.some {
		err = context.Cause(d.ctx)
	}
	if err != nil {
		return nil, err
	}
	begun = true
	return d, nil
}

// VisitDownloadTrainingJobLogsResponse sends the lines.
func (d *logDownload) VisitDownloadTrainingJobLogsResponse(w http.ResponseWriter) error {
	return d.answer(w, d.send)
}

func (d *logDownload) send(h http.Header, w io.Writer) error {
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", attachment(d.job+".log"))
	out := bufio.NewWriterSize(w, 64<<10)
	for line, ok := d.first, d.some; ok; {
		if _, err := out.WriteString(logText(line, d.several, d.raw) + "\n"); err != nil {
			return err
		}
		var err error
		if line, err, ok = d.next(); err != nil {
			return err
		}
	}
	if err := d.ctx.Err(); err != nil {
		return err // it ended since nothing more was read
	}
	return out.Flush()
}

// logText is a line behind whose it is. A file that is downloaded is opened in an editor, which shows a program's colours as
// escape codes: it gets plain text unless the caller wants what the program wrote. What `odh training logs` writes into a
// pipe is that always, as kubectl's is: what reads there may want the colours, or compare bytes.
func logText(l training.LogLine, several, raw bool) string {
	text := l.Text
	if !raw {
		text = plainText(text)
	}
	switch whose := l.Whose(several); {
	case l.Note:
		text = "note: " + text
	case whose != "":
		text = whose + " │ " + text
	}
	if l.Truncated > 0 {
		text += fmt.Sprintf(" … %d more bytes of this line are left out", l.Truncated)
	}
	return text
}

package training

import (
	"context"
	"errors"
	"sync"
	"time"
)

// lingerAfterEnd is for how long logs must be quiet after their job's end until those that don't end
// by themselves are left; and for how long that of a pod which is gone or replaced may be silent.
const lingerAfterEnd = 2 * time.Second

// followed are the logs of a job that are being followed.
type followed struct {
	jobs   *Jobs
	name   string
	o      LogOptions
	roster *roster
	merged *merger

	mu     sync.Mutex
	opened map[int]bool // by index: a log was read
	failed chan error
}

// followLogs reads each log as it appears and merges what is read.
func (j *Jobs) followLogs(ctx context.Context, name string, o LogOptions, yield func(LogLine) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	f := &followed{
		jobs: j, name: name, o: o, roster: newRoster(), merged: newMerger(mergeWindow),
		opened: map[int]bool{}, failed: make(chan error, 1),
	}
	done := make(chan error, 1)
	go func() {
		defer f.merged.finish()
		done <- caught(func() error { return f.run(ctx) })
	}()
	all := f.merged.drain(ctx, yield)
	cancel()
	if err := <-done; all {
		return err
	}
	return nil
}

// run returns when the job is over and every log is read to its end.
func (f *followed) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	begun := map[int]bool{}
	var last observed
	err := f.jobs.observe(ctx, f.name, f.failed, func(seen observed, denied []*DeniedError) (bool, error) {
		for _, d := range denied {
			if d.Resource == "pods" {
				return false, d
			}
		}
		last = seen
		if _, _, err := choose(seen, f.o, f.jobs.c.now()); err != nil {
			return false, err
		}
		d := newDetail(seen, f.jobs.c.now())
		f.roster.change(func() { f.roster.tries = triesOf(seen.pods, seen.parts(), d.Created) })
		for _, m := range d.Members() { // of some types it is known with their pods which there are
			if !begun[m.Index] && f.o.selects(m.Index) {
				begun[m.Index] = true
				reading.Go(func() {
					f.fail(ctx, caught(func() error { return f.source(ctx, m.Index, m.Where) }))
				})
			}
		}
		return !d.Phase.Finished(), nil
	})
	var gone *NotFoundError
	if err != nil && (!errors.As(err, &gone) || !gone.Deleted) || ctx.Err() != nil {
		return err
	}
	// A pod's last state may be seen after its job's.
	if pods, listErr := f.jobs.listPods(ctx, last.parts().selector()); err == nil && listErr == nil {
		last.pods = pods
	}
	d := newDetail(last, f.jobs.c.now())
	f.roster.change(func() {
		f.roster.tries, f.roster.over, f.roster.ran = triesOf(last.pods, last.parts(), d.Created), true, d.ran
	})
	f.linger(ctx, &reading)
	select {
	case failed := <-f.failed:
		return failed
	default:
	}
	if err == nil {
		err = f.unread(last)
	}
	return err
}

func (f *followed) fail(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil || errors.Is(err, errUnread) {
		return
	}
	select {
	case f.failed <- err:
	default:
	}
}

// linger waits for the logs to end. The Launcher's ends by itself; Workers may stay for inspection.
func (f *followed) linger(ctx context.Context, reading *sync.WaitGroup) {
	finished := make(chan struct{})
	go func() { reading.Wait(); close(finished) }()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	left := false
	for ended := time.Now(); ; {
		select {
		case <-finished:
			return
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if !left && min(f.merged.idle(now), now.Sub(ended)) >= lingerAfterEnd {
				left = true
				f.roster.change(func() { f.roster.leave = true })
			}
		}
	}
}

// unread says which logs were never there to be read: an error where none was.
func (f *followed) unread(last observed) error {
	now := f.jobs.c.now()
	_, missing, err := choose(last, f.o, now)
	if err != nil || len(missing) == 0 {
		return err
	}
	f.mu.Lock()
	none := len(f.opened) == 0
	f.mu.Unlock()
	if none {
		return noLog(last.summary(now), missing[0], f.o)
	}
	b := f.merged.open()
	defer b.rest()
	noteMissing(last.summary(now), missing, f.o, b.put)
	return nil
}

// source follows the log of the Launcher or a Worker, from one pod to the next.
func (f *followed) source(ctx context.Context, index int, where string) error {
	b := f.merged.open()
	defer b.rest()
	r := newReader(f.o.reading(f.jobs.c.now()), index, where, b.put)
	from := f.o.After[index]
	if !from.At.IsZero() {
		r.resumeAt(from)
	}
	for before := ""; ; {
		b.rest()
		t, ok := f.roster.next(ctx, index, where, before, from)
		if !ok {
			return nil
		}
		if before != "" { // what starts later is wanted whole, and may have another clock
			r.tail, r.seen = 0, recall{}
		}
		before = t.pod
		f.mu.Lock()
		f.opened[index] = true
		f.mu.Unlock()
		if err := f.pod(ctx, r, t); err != nil {
			return err
		}
	}
}

// How often in a row reading a log may fail until a note says so, and until one that has ended is
// given up.
const (
	failuresNoted  = 4
	failuresGiveUp = 8
)

// pod follows the log of one pod until it has ended, opening it again whenever it breaks off before.
func (f *followed) pod(ctx context.Context, r *reader, t target) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		f.fail(ctx, caught(func() error { f.roster.notice(ctx, t, r); return nil }))
	}()
	open := f.jobs.opener(t)
	gap := func() error { return r.catchUp(ctx, open, f.roster.standing(t).restarts) }
	wait, failures := retryFirst, 0
	owed := false // what the container wrote before it was restarted, which is its previous log
	for at := f.roster.standing(t); ; {
		before := r.seen.last
		var err error
		if owed {
			err = gap()
			owed = err != nil
		}
		if !owed {
			err = r.once(ctx, open, logRequest{follow: !at.ended && !at.left}, at.ended || at.left, gap)
		}
		if stop, err := r.settled(err, at, &failures); stop || err != nil {
			return err
		}
		if !r.seen.last.Equal(before) {
			wait, failures = retryFirst, 0
		}
		now := f.roster.await(ctx, t, at, wait)
		if ctx.Err() != nil {
			return nil
		}
		wait = min(wait*2, retryMost)
		owed = owed || now.restarts > at.restarts
		at = now
	}
}

// settled judges how a reading ended: for good, for now, or with what no retry mends. It counts the
// failures in a row.
func (r *reader) settled(err error, at standing, failures *int) (stop bool, _ error) {
	var denied *DeniedError
	var gone *NoLogError
	var missing *NotFoundError
	switch {
	case errors.Is(err, errUnread), errors.As(err, &denied):
		return true, err
	case err == nil && (at.ended || at.left): // and was when it was opened
		return true, nil
	case errors.As(err, &gone):
		return true, r.note("%v", gone)
	case errors.As(err, &missing) && at.left:
		if *failures > 0 {
			return true, r.note("the log of %s broke off, and the rest is gone with its pod", r.where)
		}
		return true, nil
	case err == nil, errors.Is(err, errSilent) && !at.ended && !at.left:
		*failures = 0
		return false, nil
	}
	*failures++
	switch {
	case *failures == failuresGiveUp && (at.ended || at.left):
		return true, r.note("the rest of the log of %s can't be read: %v", r.where, err)
	case *failures == failuresNoted:
		return false, r.note("the log of %s can't be read at the moment, it is tried again: %v", r.where, err)
	}
	return false, nil
}

// catchUp reads what a container wrote before it was restarted. Where it wasn't, its log was rotated.
func (r *reader) catchUp(ctx context.Context, open openLog, restarts int32) error {
	lost := r.missing
	if r.caught.Equal(r.seen.last) && restarts <= r.complete+1 { // what comes then needn't follow on it
		lost = nil
	}
	err := r.once(ctx, open, logRequest{previous: true}, true, lost)
	var server *ServerError
	var gone *NoLogError
	switch {
	case (errors.As(err, &server) || errors.As(err, &gone)) && lost != nil:
		return lost()
	case err == nil, errors.As(err, &server), errors.As(err, &gone):
		err = nil
		r.caught, r.complete = r.seen.last, restarts
	}
	return err
}

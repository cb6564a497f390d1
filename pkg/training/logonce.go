package training

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// readLogs merges logs as they are.
func (j *Jobs) readLogs(ctx context.Context, name string, o LogOptions, yield func(LogLine) bool) error {
	seen, err := j.look(ctx, name)
	if err != nil {
		return err
	}
	now := j.c.now()
	targets, missing, err := choose(seen, o, now)
	if err != nil {
		return err
	}
	job := seen.summary(now)
	if len(targets) == 0 && len(missing) > 0 {
		return noLog(job, missing[0], o)
	}
	if !noteMissing(job, missing, o, yield) {
		return nil
	}
	merged := newMerger(0)
	var mu sync.Mutex
	var failed []error
	var reading sync.WaitGroup
	for _, t := range targets {
		b := merged.open()
		reading.Go(func() {
			defer b.rest()
			r := newReader(o.reading(now), t.index, t.where, b.put)
			if p, ok := o.After[t.index]; ok {
				r.resumeAt(p)
			}
			err := caught(func() error { return r.once(ctx, j.opener(t), logRequest{}, true, r.missing) })
			if err == nil || ctx.Err() != nil || errors.Is(err, errUnread) {
				return
			}
			if errors.Is(err, errSilent) {
				err = fmt.Errorf("the log of %s broke off: nothing came for %s", r.where, silentRead)
			}
			mu.Lock()
			failed = append(failed, err)
			mu.Unlock()
			if len(targets) > 1 {
				_ = r.note("the log of %s can't be read: %v", r.where, err)
			}
		})
	}
	go func() {
		reading.Wait()
		merged.finish()
	}()
	if !merged.drain(ctx, yield) {
		return nil
	}
	// Some logs are better than none; none is an error.
	if len(targets) > 0 && len(failed) == len(targets) {
		return failed[0]
	}
	return nil
}

// fewNotes is how many members without a log are named one by one.
const fewNotes = 3

// noteMissing says who has no log, in a few lines however many they are.
func noteMissing(job *Job, missing []Member, o LogOptions, yield func(LogLine) bool) bool {
	for i, of := range missing {
		text := noLog(job, of, o).Error()
		last := i == fewNotes-1 && len(missing) > fewNotes
		if last {
			text = fmt.Sprintf("%d others have no log either", len(missing)-i)
		}
		if !yield(LogLine{Where: of.Where, Index: of.Index, Note: true, Text: text}) {
			return false
		}
		if last {
			break
		}
	}
	return true
}

// missing notes that lines are gone that should have come here.
func (r *reader) missing() error {
	return r.note("lines of %s may be missing here: the cluster no longer has all that was written since the last one", r.where)
}

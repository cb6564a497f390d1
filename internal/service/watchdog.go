package service

import (
	"context"
	"time"
)

// watchdog looks after an open stream: is the caller still who they were, may they still see it.
type watchdog struct {
	s         *Service
	ctx       context.Context
	check     func(context.Context) error
	timer     *time.Timer
	nextCheck time.Time
	nextBeat  time.Time
	// patience is how long a cluster that doesn't say whether the stream may go on is waited for; since when it
	// hasn't, zero where it has.
	patience time.Duration
	since    time.Time
}

// watchdog begins to look after a stream; check says, in the context of the caller as they are then, why it can't
// go on.
func (s *Service) watchdog(ctx context.Context, check func(context.Context) error) *watchdog {
	now := s.now()
	d := &watchdog{s: s, ctx: ctx, check: check, nextCheck: now.Add(s.Recheck), nextBeat: now.Add(s.Heartbeat)}
	d.timer = time.NewTimer(d.wait(now))
	return d
}

// wait is how long until there is something to look after.
func (d *watchdog) wait(now time.Time) time.Duration {
	next := d.nextCheck
	if d.nextBeat.Before(next) {
		next = d.nextBeat
	}
	if end := callerOf(d.ctx).Expires; !end.IsZero() && end.Before(next) {
		next = end
	}
	return max(time.Millisecond, next.Sub(now))
}

func (d *watchdog) tick() <-chan time.Time { return d.timer.C }

func (d *watchdog) stop() { d.timer.Stop() }

// look returns why the stream must end, and whether it is time for a sign of life.
func (d *watchdog) look() (end error, beat bool) {
	now := d.s.now()
	defer func() { d.timer.Reset(d.wait(now)) }()
	c := callerOf(d.ctx)
	if !c.Expires.IsZero() && !now.Before(c.Expires) {
		return unauthenticated("the token has expired"), false
	}
	if !now.Before(d.nextCheck) {
		d.nextCheck = now.Add(d.s.Recheck)
		if err := d.s.still(d.ctx, c, d.check); d.ends(err, now) {
			return err, false
		}
	}
	if !now.Before(d.nextBeat) {
		d.nextBeat = now.Add(d.s.Heartbeat)
		return nil, true
	}
	return nil, false
}

// ends says whether what a look has found, at its beginning, ends the stream: that the caller may not go on does at once.
func (d *watchdog) ends(found error, at time.Time) bool {
	switch {
	case found == nil:
		d.since = time.Time{}
		return false
	case isDenied(found):
		return true
	case d.since.IsZero():
		d.since = at
	}
	return at.Sub(d.since) >= d.patience
}

// stillLimit is how long a stream, which tells nothing meanwhile, waits for the cluster's word.
const stillLimit = 5 * time.Second

// still says whether the caller is who they were and may still do all of it. A cluster that doesn't answer
// says neither: a stream without patience ends, and its client tries again.
func (s *Service) still(ctx context.Context, c *Caller, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, stillLimit)
	defer cancel()
	now, err := s.gate.Authenticate(ctx, c.token)
	if err != nil {
		return err
	}
	return check(withCaller(ctx, now)) // with the groups they have by now
}

// holds checks that a caller has these rights.
func (s *Service) holds(rights ...Right) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, r := range rights {
			if err := s.may(ctx, r); err != nil {
				return err
			}
		}
		return nil
	}
}

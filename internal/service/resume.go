package service

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/service/index"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// placeOf is a position as callers have it: with the types that they were told of up to there. Who may see others
// when they come back begins again, and neither misses the jobs of those nor keeps what is no longer theirs.
func placeOf(position, mark string) string {
	if position == "" {
		return ""
	}
	return position + "/" + mark
}

// typesSet is a set of types by their places, typesMark the same as text.
func typesSet(x *index.Index, types []training.Type) (set uint64) {
	for i, t := range x.Types() {
		if slices.Contains(types, t) {
			set |= 1 << i
		}
	}
	return set
}

func typesMark(x *index.Index, types []training.Type) string {
	return strconv.FormatUint(typesSet(x, types), 16)
}

const (
	// positionFor is how long a position is waited for by who is about to read something else.
	positionFor = 500 * time.Millisecond
	// nowhere is a position that nobody can go on from: a stream begins with everything.
	nowhere = "0"
)

// position is where a stream of a namespace's jobs has come to; nil for callers whom it wouldn't tell of jobs of the
// type, and nowhere where it isn't known yet.
func (s *Service) position(ctx context.Context, namespace string, t training.Type) *string {
	ctx, cancel := context.WithTimeout(ctx, positionFor)
	defer cancel()
	x, types, _, err := s.reads(ctx, "watch", namespace, nil)
	switch {
	case isDenied(err):
		return nil
	case err != nil:
		return new(nowhere)
	case !slices.Contains(types, t):
		return nil
	default:
		return new(placeOf(x.Position().String(), typesMark(x, types)))
	}
}

// resumeFrom is the position to go on from; nil for none, or one that makes no sense, or is of other types. Of a
// single job, one that is of more types will do.
func resumeFrom(x *index.Index, types []training.Type, single bool, lastEventID, from *string) index.Position {
	for _, s := range []*string{lastEventID, from} {
		if s == nil || *s == "" {
			continue
		}
		position, mark, _ := strings.Cut(*s, "/")
		told, err := strconv.ParseUint(mark, 16, 64)
		if want := typesSet(x, types); err != nil || told&want != want || told != want && !single {
			return nil
		}
		p, _ := index.ParsePosition(position, len(x.Types()))
		return p
	}
	return nil
}

// How fast clients are to come back, of all streams together, and the bounds of how long one waits.
const (
	backPerSecond = 500
	backFirst     = 500 * time.Millisecond
	backLast      = 30 * time.Second
)

// comeBack is how long one of so many clients is to wait until it comes back, share (from 0 to 1) of the time that
// all of them take: else thousands would come at once to the replica that is left.
func comeBack(streams int, share float64) time.Duration {
	all := min(backLast, max(2*time.Second, time.Duration(streams)*time.Second/backPerSecond))
	return backFirst + time.Duration(share*float64(all-backFirst))
}

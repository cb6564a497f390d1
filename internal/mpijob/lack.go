package mpijob

import "github.com/opendatahub-io/mpijob/internal/failure"

// lack is what pods of an attempt can't start without, the first of these: a queue, an object of the namespace, or room.
type lack struct {
	queue  string // what is to be said of one that doesn't exist
	object *absence
	room   *shortage
}

func lackOf(job *Job, c cast, o *Observed) lack {
	l := lack{queue: o.noQueueText()}
	if l.queue == "" {
		l.object = absenceOf(job, c, o)
	}
	if l.queue == "" && l.object == nil {
		l.room = shortageOf(job, c)
	}
	return l
}

// text says what is missing, as what is waited for; empty where nothing is.
func (l lack) text(job *Job, o *Observed) string {
	switch {
	case l.object != nil:
		return l.object.text(job)
	case l.room != nil:
		return l.room.text(job, o)
	}
	return l.queue
}

// hint is the catalogue's reason for it; empty where it has none.
func (l lack) hint(o *Observed) failure.Reason {
	switch {
	case l.queue != "":
		return failure.Unschedulable
	case l.object != nil:
		return l.object.reason
	case l.room == nil:
		return ""
	case l.room.tooLarge == "" && l.room.partial(o): // where no node is large enough, a gang is no better off
		return failure.GangIncomplete
	}
	return failure.Unschedulable
}

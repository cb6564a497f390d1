package training

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// How many events Describe and Events return at most; the newest are kept.
const (
	maxEvents    = 50
	maxAllEvents = 2000
)

// Events reads the events of a job, its Launcher and its Workers, oldest first. Kubernetes keeps events
// for an hour, unless its administrator says otherwise.
func (j *Jobs) Events(ctx context.Context, name string) ([]Event, error) {
	o, err := j.observedForEvents(ctx, name)
	if err != nil {
		return nil, err
	}
	all, err := j.listEvents(ctx)
	if err != nil {
		return nil, err
	}
	return newestEvents(jobEvents(all, o), maxAllEvents), nil
}

// observedForEvents is whose events are looked for. Without the right to list pods, it is the job alone.
func (j *Jobs) observedForEvents(ctx context.Context, name string) (observed, error) {
	o, err := j.look(ctx, name)
	var denied *DeniedError
	if err != nil && (o.job == nil || !errors.As(err, &denied)) {
		return observed{}, err
	}
	return o, nil
}

// settleEvents is how long events may come after the end of the job they are about.
const settleEvents = 3 * time.Second

// FollowEvents yields a job's events, oldest first, and each further one as it happens; one that
// repeats itself is yielded again with its Count. It ends without an error shortly after the job is
// finished, or when the context ends.
func (j *Jobs) FollowEvents(ctx context.Context, name string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		wake := make(chan struct{}, 1)
		events := newMirror[*corev1.Event](wake)
		failed := start(ctx, events.task(j.c, query{
			client: j.c.core, namespace: j.namespace, list: &corev1.EventList{},
			about: subject{kind: "Event", resource: "events", verb: "watch", namespace: j.namespace},
		}))
		states := make(chan observed, 1)
		over := start(ctx, func(ctx context.Context) error {
			return j.observe(ctx, name, nil, func(o observed, _ []*DeniedError) (bool, error) {
				select {
				case <-states: // the newest takes the place of one not looked at
				default:
				}
				states <- o
				return true, nil
			})
		})
		var is observed
		var end <-chan time.Time
		shown := map[string]int32{}
		for {
			select {
			case <-ctx.Done():
				return
			case err := <-failed:
				yield(Event{}, err)
				return
			case err := <-over:
				yield(Event{}, err)
				return
			case <-end:
				return
			case is = <-states:
				if end == nil && is.summary(j.c.now()).Phase.Finished() {
					end = time.After(settleEvents)
				}
			case <-wake:
			}
			all, ok := events.all()
			if !ok || is.job == nil {
				continue
			}
			for _, e := range jobEvents(all, is) {
				if shown[e.id] >= e.Count {
					continue
				}
				shown[e.id] = e.Count
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// jobEvents picks the events of a job, its pods and what lies between them out of a namespace's,
// oldest first.
func jobEvents(all []*corev1.Event, o observed) []Event {
	is := o.parts()
	about := map[string]string{string(o.job.GetUID()): string(o.of().name)}
	for _, p := range o.pods {
		if index, ok := is.index(p); ok {
			about[string(p.UID)] = is.where(index)
		}
	}
	var out []Event
	for _, e := range all {
		who, ours := about[string(e.InvolvedObject.UID)]
		if !ours {
			if who, ours = is.event(e); !ours {
				continue
			}
		}
		count := e.Count
		if e.Series != nil { // written by the newer API
			count = max(count, e.Series.Count)
		}
		out = append(out, Event{
			id: string(e.UID) + e.Name, At: eventTime(e), Warning: e.Type == corev1.EventTypeWarning,
			Reason: e.Reason, Message: strings.TrimSpace(e.Message), Count: max(1, count), About: who,
		})
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].At.Before(out[b].At) })
	return out
}

func newestEvents(all []Event, most int) []Event { return all[max(0, len(all)-most):] }

// maxAttempts bounds the search below; the events of pods that are gone of more attempts are lost.
const maxAttempts = 20

// madeOf knows the names of what is made for a job: its pods' events outlive them.
type madeOf struct{ attempts, launchers, workers []string }

func newMadeOf(m *MPIJob) madeOf {
	var out madeOf
	for attempt := 1; attempt <= maxAttempts; attempt++ {
		name := mpijob.AttemptName(m, attempt)
		out.attempts = append(out.attempts, name+"-")
		out.launchers = append(out.launchers, mpijob.JobName(name, mpijob.RoleLauncher)+"-")
		out.workers = append(out.workers, mpijob.JobName(name, mpijob.RoleWorker)+"-")
	}
	return out
}

// job says whether a Kubernetes Job of that name is one of the MPIJob's.
func (of madeOf) job(name string) bool {
	return slices.ContainsFunc(of.attempts, func(p string) bool { return strings.HasPrefix(name, p) })
}

// pod is whose pod had that name: "Launcher", "Worker 3".
func (of madeOf) pod(name string) (who string, ok bool) {
	if slices.ContainsFunc(of.launchers, func(p string) bool { return strings.HasPrefix(name, p) }) {
		return where(-1), true
	}
	for _, p := range of.workers {
		if rest, ok := strings.CutPrefix(name, p); ok {
			index, _, _ := strings.Cut(rest, "-")
			if n, err := strconv.Atoi(index); err == nil && n >= 0 {
				return where(n), true
			}
		}
	}
	return "", false
}

func eventTime(e *corev1.Event) time.Time {
	switch {
	case e.Series != nil && !e.Series.LastObservedTime.IsZero():
		return e.Series.LastObservedTime.Time
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	}
	return e.CreationTimestamp.Time
}

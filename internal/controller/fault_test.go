package controller

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// lives are what may become of a job, move by move; after each the controller does what follows.
var lives = []struct {
	name  string
	moves []func(*world)
}{
	{"succeeds", []func(*world){(*world).run, exits(0)}},
	{"fails", []func(*world){(*world).run, exits(3)}},
	{"is suspended and resumed", []func(*world){(*world).run, (*world).suspend, (*world).resume, (*world).run, exits(0)}},
	{"is suspended before it runs", []func(*world){(*world).suspend, (*world).resume, (*world).run, exits(0)}},
	{"is deleted", []func(*world){(*world).run, (*world).deleted}},
	{"is deleted while suspended", []func(*world){(*world).suspend, (*world).deleted}},
}

// seeds is how often each life is led through troubles of chance.
const seeds = 4

func exits(code int32) func(*world) { return func(w *world) { w.exit(code) } }

// live leads a job through a life and returns what remains of it.
func (w *world) live(moves []func(*world)) []string {
	w.t.Helper()
	w.settle()
	for _, move := range moves {
		move(w)
		w.settle()
	}
	return w.state()
}

func undisturbed(t *testing.T, moves []func(*world)) (end []string, writes int) {
	t.Helper()
	w := newWorld(t, mpijobtest.Job("pi").BackoffLimit(0).Obj())
	end = w.live(moves)
	return end, w.writes
}

// The controller dies at each of its writes in turn, once before the write was done and once after: what
// remains is what remains without that.
func TestKilledBetweenEveryTwoWrites(t *testing.T) {
	for _, life := range lives {
		t.Run(life.name, func(t *testing.T) {
			want, writes := undisturbed(t, life.moves)
			for n := 1; n <= writes; n++ {
				for _, done := range []bool{false, true} {
					t.Run(fmt.Sprintf("write %d, done %v", n, done), func(t *testing.T) {
						w := newWorld(t, mpijobtest.Job("pi").BackoffLimit(0).Obj())
						w.fault = func(write int, _ client.Object) fault {
							switch {
							case write != n:
								return fault{}
							case done:
								return fault{after: errDead, dies: true}
							default:
								return fault{before: errDead, dies: true}
							}
						}
						if diff := cmp.Diff(want, w.live(life.moves)); diff != "" {
							t.Errorf("(-undisturbed +killed):\n%s", diff)
						}
					})
				}
			}
		})
	}
}

// storm is an API server that refuses two of three writes, some of them after it carried them out, as a
// time-out does, and that comes to itself in the end.
func storm(random *rand.Rand) func(int, client.Object) fault {
	left := 60
	return func(int, client.Object) fault {
		if left--; left < 0 {
			return fault{}
		}
		switch random.IntN(6) {
		case 0:
			return fault{before: apierrors.NewTooManyRequests("slow down", 1)}
		case 1:
			return fault{before: apierrors.NewInternalError(errors.New("storm"))}
		case 2:
			return fault{after: apierrors.NewTimeoutError("storm", 1)}
		case 3:
			return fault{after: errDead, dies: true}
		default:
			return fault{}
		}
	}
}

func TestAPIServerInTrouble(t *testing.T) {
	for _, life := range lives {
		t.Run(life.name, func(t *testing.T) {
			want, _ := undisturbed(t, life.moves)
			for seed := range uint64(seeds) {
				w := newWorld(t, mpijobtest.Job("pi").BackoffLimit(0).Obj())
				w.fault = storm(rand.New(rand.NewPCG(seed, 1)))
				if diff := cmp.Diff(want, w.live(life.moves)); diff != "" {
					t.Errorf("seed %d (-undisturbed +storm):\n%s", seed, diff)
				}
			}
		})
	}
}

// Watch events that come late, twice or not at all until the next resync: the controller acts on a cache
// that is behind, as often as it likes.
func TestWatchInTrouble(t *testing.T) {
	for _, life := range lives {
		t.Run(life.name, func(t *testing.T) {
			want, _ := undisturbed(t, life.moves)
			for seed := range uint64(seeds) {
				random := rand.New(rand.NewPCG(seed, 2))
				w := newWorld(t, mpijobtest.Job("pi").BackoffLimit(0).Obj())
				w.settle()
				for _, move := range life.moves {
					w.stale = w.snapshot()
					move(w)
					for range random.IntN(8) {
						if random.IntN(3) == 0 {
							w.stale = w.snapshot()
						}
						_, _ = w.look() // a conflict is an answer, too
						w.cluster()
						w.check()
					}
					w.stale = nil
					w.settle()
				}
				if diff := cmp.Diff(want, w.state()); diff != "" {
					t.Errorf("seed %d (-undisturbed +behind):\n%s", seed, diff)
				}
			}
		})
	}
}

// A quota that is used up when all but the last object is there: the job waits, says so, and starts when
// there is room, with nothing made twice.
func TestQuotaInMidStart(t *testing.T) {
	life := lives[0]
	want, _ := undisturbed(t, life.moves)
	w := newWorld(t, mpijobtest.Job("pi").BackoffLimit(0).Obj())
	refusals := 5
	w.fault = func(_ int, o client.Object) fault {
		if _, ok := o.(*trainer.TrainJob); ok && refusals > 0 {
			refusals--
			return fault{before: apierrors.NewForbidden(trainer.GroupVersion.WithResource("trainjobs").GroupResource(), o.GetName(), errors.New("exceeded quota"))}
		}
		return fault{}
	}
	if diff := cmp.Diff(want, w.live(life.moves)); diff != "" {
		t.Errorf("(-undisturbed +short of quota):\n%s", diff)
	}
	if refusals != 0 {
		t.Errorf("%d refusals were not met", refusals)
	}
}

package training

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// collect reads logs to their end: the lines of each source, and the notes.
func collect(ctx context.Context, j *Jobs, o LogOptions) (lines map[string][]string, notes []string, err error) {
	lines = map[string][]string{}
	for l, err := range j.Logs(ctx, "pi", o) {
		if err != nil {
			return lines, notes, err
		}
		if l.Note {
			notes = append(notes, l.Text)
			continue
		}
		lines[l.Where] = append(lines[l.Where], l.Text)
	}
	return lines, notes, nil
}

// Whatever breaks streams, restarts containers and starts pods late: every line comes once, each log in
// its order. The logs are rotated, too, but nothing that wasn't read by then.
func TestFollowLosesAndDoublesNothing(t *testing.T) {
	for seed := range uint64(16) {
		synctest.Test(t, func(t *testing.T) { followThrough(t, seed) })
	}
}

func followThrough(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	c, client := newLogCluster(t)
	luck := rand.New(rand.NewPCG(seed, 2)) // under the cluster's lock
	row := map[string]int{}
	c.fault = func(pod string, _ int) fault {
		if row[pod]++; row[pod]%4 == 0 {
			return fault{}
		}
		switch luck.IntN(6) {
		case 0:
			return fault{after: 1 + luck.IntN(900)}
		case 1:
			return fault{after: 1 + luck.IntN(900), clean: true}
		case 2:
			return fault{after: 1 + luck.IntN(900), stall: true}
		}
		return fault{}
	}
	want := map[string][]string{}
	n := 0
	say := func(who, pod string) {
		var lines []string
		for range 1 + random.IntN(8) { // all of one time
			n++
			lines = append(lines, fmt.Sprintf("line %d %s", n, strings.Repeat("x", random.IntN(40))))
			if random.IntN(5) == 0 { // the same text again
				lines = append(lines, "tick")
			}
		}
		want[who] = append(want[who], lines...)
		c.write(pod, lines...)
	}
	c.start("worker", "0", "w0")
	say("Worker 0", "w0")
	go func() {
		pause := func() { time.Sleep(time.Duration(random.IntN(700)) * time.Millisecond) }
		launcher := "l0"
		c.start("launcher", "", launcher)
		for step := range 40 {
			say("Launcher", launcher)
			pause()
			say("Worker 0", "w0")
			if step == 8 {
				c.start("worker", "1", "w1")
			}
			if step > 8 {
				say("Worker 1", "w1")
			}
			switch step {
			case 15, 22:
				c.restart("w0", time.Duration(random.IntN(1500))*time.Millisecond)
				time.Sleep(20 * time.Minute) // and a second one would be missed
			case 20:
				c.end(launcher, corev1.PodFailed)
				launcher = "l1"
				c.start("launcher", "", launcher)
			case 30:
				time.Sleep(20 * time.Minute) // all is read, stalled streams too
				c.change(func() { c.logs["w1"].rotated = len(c.logs["w1"].runs[0]) - 1 })
			}
		}
		c.end("w1", corev1.PodSucceeded)
		c.end(launcher, corev1.PodSucceeded)
		c.finish() // Worker 0 runs on
	}()
	got, notes, err := collect(t.Context(), client.Jobs(""), LogOptions{Launcher: true, AllWorkers: true, Follow: true})
	notes = slices.DeleteFunc(notes, func(n string) bool { return strings.Contains(n, "tried again") })
	if err != nil || len(notes) > 0 {
		t.Fatalf("seed %d: notes %q, error %v", seed, notes, err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("seed %d: lines (-want +got):\n%s", seed, d)
	}
}

// What was rotated away before it was read is said to be missing, where it is.
func TestFollowSaysWhatRotationTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client := newLogCluster(t)
		c.start("launcher", "", "l")
		c.write("l", "a", "b")
		c.fault = func(_ string, opening int) fault {
			if opening == 1 {
				return fault{after: 30} // a line and a half
			}
			return fault{}
		}
		go func() {
			time.Sleep(100 * time.Millisecond)
			c.change(func() { c.logs["l"].rotated = 2 })
			c.write("l", "c")
			time.Sleep(time.Minute)
			c.end("l", corev1.PodSucceeded)
			c.finish()
		}()
		var got []string
		for l, err := range client.Jobs("").Logs(t.Context(), "pi", LogOptions{Follow: true}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, l.Text)
		}
		if len(got) != 3 || got[0] != "a" || !strings.Contains(got[1], "may be missing here") || got[2] != "c" {
			t.Errorf("got %q", got)
		}
	})
}

// A reader that takes its time makes the cluster wait: what is held meanwhile is bounded.
func TestSlowReadersHoldLittle(t *testing.T) {
	for _, follow := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			c, client := newLogCluster(t)
			line := strings.Repeat("x", 1000)
			for i := range 2 {
				name := fmt.Sprint("w", i)
				c.start("worker", fmt.Sprint(i), name)
				for range 100 {
					c.write(name, strings.Split(strings.Repeat(line+"\n", 199)+line, "\n")...)
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			n := 0
			for _, err := range client.Jobs("").Logs(ctx, "pi", LogOptions{AllWorkers: true, Follow: follow}) {
				if err != nil {
					t.Fatal(err)
				}
				if n++; n == 10 {
					time.Sleep(time.Hour)
					synctest.Wait()
					c.mu.Lock()
					held := c.held
					c.mu.Unlock()
					if held > 2*bufferBytes+batchBytes+1<<20 || held < bufferBytes {
						t.Errorf("after 10 lines, %d bytes were read of 40 MB", held)
					}
					break
				}
			}
		})
	}
}

func TestLogsOfAMissingRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client := newLogCluster(t)
		c.start("launcher", "", "l")
		c.forbid = "log"
		for _, follow := range []bool{true, false} {
			_, _, err := collect(t.Context(), client.Jobs(""), LogOptions{Follow: follow})
			var denied *DeniedError
			if !errors.As(err, &denied) || denied.Resource != "pods/log" || denied.User != "ann" {
				t.Errorf("follow %v: got %v", follow, err)
			}
		}
	})
}

// A job can be over before its pods' statuses say that they have begun.
func TestLogsOfAJobThatWasFasterThanItsPodsStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client := newLogCluster(t)
		c.start("launcher", "", "l0")
		c.write("l0", "quick")
		c.change(func() {
			p := c.pods["l0"]
			p.Status.ContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}
			c.publish("pods", "MODIFIED", p)
		})
		var none *NoLogError
		if _, _, err := collect(t.Context(), client.Jobs(""), LogOptions{}); !errors.As(err, &none) {
			t.Errorf("before its end: %v", err)
		}
		followed := make(chan map[string][]string)
		go func() {
			got, _, err := collect(t.Context(), client.Jobs(""), LogOptions{Follow: true})
			if err != nil {
				t.Error("followed:", err)
			}
			followed <- got
		}()
		time.Sleep(time.Second)
		c.finish()
		want := map[string][]string{"Launcher": {"quick"}}
		if d := cmp.Diff(want, <-followed); d != "" {
			t.Errorf("lines of a follower (-want +got):\n%s", d)
		}
		got, _, err := collect(t.Context(), client.Jobs(""), LogOptions{})
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("error %v, lines (-want +got):\n%s", err, d)
		}
	})
}

// Of a job that failed as fast, it is known from the rank or the Launcher's own code that there is a log.
func TestRanOfAJobThatIsOver(t *testing.T) {
	three := 3
	for _, c := range []struct {
		name             string
		job              Job
		launcher, worker bool
	}{
		{"succeeded", Job{Phase: Succeeded}, true, true},
		{"succeeded without Worker 0", Job{Phase: Succeeded, Name: "unranked"}, true, false},
		{"running", Job{Phase: Running}, false, false},
		{"a rank failed", Job{Phase: Failed, Failure: &Failure{Where: "Worker 1", Rank: &three}}, true, false},
		{"the Launcher failed", Job{Phase: Failed, Failure: &Failure{Where: "Launcher", ExitCode: &three}}, true, false},
		{"a Worker failed, perhaps before the start", Job{Phase: Failed, Failure: &Failure{Where: "Worker 1", ExitCode: &three}}, false, false},
		{"no image", Job{Phase: Failed, Failure: &Failure{Where: "Launcher"}}, false, false},
	} {
		d := &Detail{Job: c.job, WorkerPods: []Member{{Where: "Worker 0"}}}
		if c.job.Name != "unranked" {
			d.WorkerPods[0].Ranks = []int{0}
		}
		if got := [2]bool{d.ran(-1), d.ran(0)}; got != [2]bool{c.launcher, c.worker} {
			t.Errorf("%s: Launcher and Worker %v, want %v", c.name, got, [2]bool{c.launcher, c.worker})
		}
	}
}

func TestLogOptionsOfAFinishedJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client := newLogCluster(t)
		c.start("launcher", "", "l0")
		c.write("l0", "first try")
		time.Sleep(time.Second)
		c.end("l0", corev1.PodFailed)
		c.start("launcher", "", "l1")
		c.write("l1", "loss 1", "epoch 1", "loss 0.5")
		time.Sleep(10 * time.Second)
		late := time.Now()
		c.write("l1", "loss 0.25\r", "caf\xe9 \x1b[31mred\x1b[0m")
		c.start("worker", "0", "w0")
		c.write("w0", "one")
		c.restart("w0", 0)
		c.write("w0", "two")
		c.end("l1", corev1.PodSucceeded)
		c.end("w0", corev1.PodSucceeded)
		c.finish()
		jobs := client.Jobs("")
		for _, x := range []struct {
			name string
			o    LogOptions
			want map[string][]string
		}{
			{"all", LogOptions{}, map[string][]string{"Launcher": {"loss 1", "epoch 1", "loss 0.5", "loss 0.25\r", "caf\xe9 \x1b[31mred\x1b[0m"}}},
			{"tail", LogOptions{Tail: 1, Workers: []int{0}, Launcher: true}, map[string][]string{"Launcher": {"caf\xe9 \x1b[31mred\x1b[0m"}, "Worker 0": {"two"}}},
			{"match", LogOptions{Match: `^loss 0\.\d`}, map[string][]string{"Launcher": {"loss 0.5", "loss 0.25\r"}}},
			{"since", LogOptions{Since: 5 * time.Second, Match: "loss"}, map[string][]string{"Launcher": {"loss 0.25\r"}}},
			{"since time", LogOptions{SinceTime: late, Match: "loss"}, map[string][]string{"Launcher": {"loss 0.25\r"}}},
			{"previous", LogOptions{Previous: true, Launcher: true, Workers: []int{0}}, map[string][]string{"Launcher": {"first try"}, "Worker 0": {"one"}}},
			{"long lines", LogOptions{MaxLine: 6, Tail: 2}, map[string][]string{"Launcher": {"loss 0", "caf\xe9 \x1b"}}},
			{"resumed", LogOptions{After: map[int]LogPoint{-1: {At: late.Add(-10 * time.Second), Nth: 2}}, Match: "loss"}, map[string][]string{"Launcher": {"loss 0.5", "loss 0.25\r"}}},
			{"followed", LogOptions{Follow: true, Tail: 1}, map[string][]string{"Launcher": {"caf\xe9 \x1b[31mred\x1b[0m"}}},
		} {
			got, _, err := collect(t.Context(), jobs, x.o)
			if d := cmp.Diff(x.want, got); d != "" || err != nil {
				t.Errorf("%s: error %v, lines (-want +got):\n%s", x.name, err, d)
			}
		}
		got, notes, err := collect(t.Context(), jobs, LogOptions{MaxBytes: 20})
		if len(got["Launcher"]) != 2 || len(notes) != 1 || !strings.Contains(notes[0], "20 bytes") || err != nil {
			t.Errorf("20 bytes: %q, notes %q, error %v", got, notes, err)
		}
		c.remove("w0")
		var none *NoLogError
		for _, follow := range []bool{true, false} {
			if _, _, err = collect(t.Context(), jobs, LogOptions{Workers: []int{0}, Follow: follow}); !errors.As(err, &none) {
				t.Errorf("a log that is gone, follow %v: %v", follow, err)
			}
			if _, notes, err = collect(t.Context(), jobs, LogOptions{Launcher: true, AllWorkers: true, Follow: follow}); len(notes) != 2 || err != nil {
				t.Errorf("logs of which two are gone, follow %v: notes %q, error %v", follow, notes, err)
			}
		}
		var invalid *InvalidError
		for _, bad := range []LogOptions{
			{Match: "("}, {Match: strings.Repeat("x", 1001)}, {Tail: -1}, {Since: -1}, {MaxLine: -1}, {MaxLine: 2 << 20},
			{MaxBytes: -1}, {Follow: true, Previous: true}, {Workers: []int{2}}, {Workers: []int{-1}},
		} {
			if _, _, err := collect(t.Context(), jobs, bad); !errors.As(err, &invalid) {
				t.Errorf("%+v: got %v", bad, err)
			}
		}
	})
}

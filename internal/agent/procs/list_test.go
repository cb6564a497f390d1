package procs

import (
	"maps"
	"os/exec"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// While the processes are read one after the other, some end: what those had started is still below the root.
func TestListWhileParentsEnd(t *testing.T) {
	for _, tc := range []struct {
		name  string
		table map[int]int // PID → PPID
		after map[int]map[int]int
		want  []int // below 1
	}{
		{name: "nothing ends", table: map[int]int{1: 0, 7: 1, 5: 7}, want: []int{5, 7}},
		{name: "a parent before it is read", table: map[int]int{1: 0, 7: 1, 5: 7}, after: map[int]map[int]int{5: {1: 0, 5: 1}}, want: []int{5}},
		{name: "all of them", table: map[int]int{1: 0, 7: 1, 5: 7}, after: map[int]map[int]int{5: {1: 0}}},
		{
			name: "a parent and its own", table: map[int]int{1: 0, 2: 3, 3: 4, 4: 5, 5: 1},
			after: map[int]map[int]int{3: {1: 0, 2: 3, 3: 5, 5: 1}, 4: {1: 0, 2: 3, 3: 1}}, want: []int{2, 3},
		},
		// The root's own parent is hidden in a container, and may be anywhere else.
		{name: "hidden parents", table: map[int]int{1: 70, 5: 1}, want: []int{5}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reads := 0
			all := list(slices.Sorted(maps.Keys(tc.table)), func(pid int) (Proc, bool) {
				if reads++; reads > 100 {
					t.Fatal("it reads without end")
				}
				parent, ok := tc.table[pid]
				if next := tc.after[pid]; next != nil {
					tc.table = next
				}
				return Proc{PID: pid, PPID: parent}, ok
			})
			var got []int
			for _, p := range Below(all, 1) {
				got = append(got, p.PID)
			}
			slices.Sort(got)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What has ended can be told from what is only missed.
func TestGone(t *testing.T) {
	cmd := exec.Command("cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p, _ := read(cmd.Process.Pid)
	if gone(identity{p.PID, p.Start}) || !gone(identity{p.PID, p.Start + 1}) {
		t.Error("it runs, under this number and start")
	}
	_ = in.Close()
	_ = cmd.Wait()
	if !gone(identity{p.PID, p.Start}) {
		t.Error("it has ended")
	}
}

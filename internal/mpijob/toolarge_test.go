package mpijob

import "testing"

// Only where ending all that runs would gain nothing, on any node, is a pod too large for them all.
func TestTooLarge(t *testing.T) {
	for message, want := range map[string]bool{
		"0/1 nodes are available: 1 Insufficient memory. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.":                                                                                                true,
		"0/3 nodes are available: 3 Insufficient cpu, 3 Insufficient memory. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.":                                                                                                         true,
		"0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient memory. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.":                                                  true,
		"0/3 nodes are available: 1 node(s) had untolerated taint(s) {node-role.kubernetes.io/master: }, 1 Insufficient memory, 1 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.": true,
		"0/1 nodes are available: 1 Insufficient memory. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.":                                                                                            false,
		"0/3 nodes are available: 3 Insufficient memory. preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.":                                                                             false,
		"0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient memory. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.":                                                                                               false,
		"0/3 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }, 2 Insufficient memory. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.":                                                           false,
		"0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.":                                                                                               false,
		"0/1 nodes are unavailable: 1 Insufficient nvidia.com/gpu.": false,
		"": false,
	} {
		if got := tooLarge(message); got != want {
			t.Errorf("%s: %v", message, got)
		}
	}
}

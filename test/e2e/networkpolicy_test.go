//go:build e2e

package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// The API server takes every template as it is meant. What each lets through is told by
// internal/mpijob/network_test.go; the sandbox's network enforces none.
func TestNetworkTemplatesAreAccepted(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for _, template := range []mpijob.Network{mpijob.NetworkDefault, mpijob.NetworkRestricted, mpijob.NetworkIsolated} {
		for _, feed := range []string{"10.88.0.1:9444", "mpijob-controller.mpijob-system.svc:9444", "[fd00::1]:9444"} {
			job := mpijob.WithDefaults(newJob(teamA, "e2e-template", annotation(mpijob.AnnotationNetwork, string(template)),
				annotation(mpijob.AnnotationEgress, "10.0.0.0/8, 192.0.2.7/32:443, [2001:db8::/32]:443")))
			job.UID = "d0d1d2d3-0000-4000-8000-000000000000"
			want := mpijob.NetworkPolicy(job, mpijob.Settings{Feed: &wire.Feed{Address: feed}})
			if err := e.admin.Client.Create(e.ctx, want, client.DryRunAll); err != nil {
				t.Errorf("%s, feed at %s: %v", template, feed, err)
			}
		}
	}
}

// listeners are the ports a program's log says are listened on beyond the pod itself: lines as
// "LISTEN pod 00000000:7530", which are /proc/net/tcp's.
func listeners(t *testing.T, log string) map[string][]int {
	t.Helper()
	found := map[string][]int{}
	for _, line := range lines(log, "LISTEN ") {
		_, said, _ := strings.Cut(line, "LISTEN ")
		fields := strings.Fields(said)
		if len(fields) != 2 {
			t.Fatalf("line %q: want a pod and an address", line)
		}
		address, port, _ := strings.Cut(fields[1], ":")
		n, err := strconv.ParseInt(port, 16, 32)
		if err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		if address != "0100007F" && address != "00000000000000000000000001000000" {
			found[fields[0]] = append(found[fields[0]], int(n))
		}
	}
	return found
}

// A restricted job runs, with its policy up before its pods; and what mpirun, its daemons and real
// ranks listen on is what the policy lets through.
func TestRestrictedNetwork(t *testing.T) {
	t.Parallel()
	e := setup(t)
	// Looked at again until MPI listens in its range, for half a minute.
	look := fmt.Sprintf(`look() { for f in tcp tcp6; do while read -r _ local _ state _; do [ "$state" != 0A ] || echo "$local"; done < /proc/net/$f; done; }
listens() { for local in $(look); do port=$((0x${local##*:})); [ $port -lt %d ] || [ $port -gt %d ] || return 0; done; return 1; }
for i in $(seq 30); do sleep 1; listens && break; done; sleep 3
for local in $(look); do echo "LISTEN $(hostname) $local"; done; wait`, mpijob.MPIPortLow, mpijob.MPIPortHigh)
	rank := "/usr/local/bin/pi 3000000000 & " + look
	job := e.submit(e.scientist, newJob(teamA, "e2e-restricted", annotation(mpijob.AnnotationNetwork, "restricted"),
		command("sh", "-c", `mpirun -n 4 sh -c '`+strings.ReplaceAll(rank, `'`, `'\''`)+`' & `+look)))
	e.awaitCondition(job, kubeflow.JobSucceeded)

	policy := &networkingv1.NetworkPolicy{}
	e.must(e.admin.Client.Get(e.ctx, client.ObjectKey{Namespace: teamA, Name: mpijob.NetworkName(job)}, policy), "reading the policy")
	for _, p := range e.podsOf(job, "") {
		if p.CreationTimestamp.Before(&policy.CreationTimestamp) {
			t.Errorf("%s was there before the policy", p.Name)
		}
		for k, v := range policy.Spec.PodSelector.MatchLabels {
			if p.Labels[k] != v {
				t.Errorf("%s: the policy doesn't select it: label %s", p.Name, k)
			}
		}
		if p.Labels["sidecar.istio.io/inject"] != "false" || p.Annotations["linkerd.io/inject"] != "disabled" {
			t.Errorf("%s: a service mesh isn't kept off it", p.Name)
		}
	}
	found := listeners(t, e.launcherLog(e.scientist, job))
	if len(found) != 3 {
		t.Fatalf("no word on what the Launcher and two Workers listen on: %v", found)
	}
	open := policy.Spec.Ingress[0].Ports
	for host, ports := range found {
		own := 0
		for _, n := range ports {
			let := false
			for _, p := range open {
				last := p.Port.IntVal
				if p.EndPort != nil {
					last = *p.EndPort
				}
				let = let || int32(n) >= p.Port.IntVal && int32(n) <= last
			}
			if !let {
				t.Errorf("%s listens on %d, which the policy closes", host, n)
			}
			if n >= mpijob.MPIPortLow && n <= mpijob.MPIPortHigh {
				own++
			}
		}
		if own == 0 {
			t.Errorf("%s: MPI listens nowhere in its range: %v", host, ports)
		}
	}
	e.remove(e.scientist, job)
	e.awaitGone(policy)
}

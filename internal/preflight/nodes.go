package preflight

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// nodeChecks say whether the nodes have room for all of the job at once: a gang starts only so, and
// without one the Launcher waits for every Worker all the same.
func (j *judge) nodeChecks(n int32) []Check {
	c := Check{Name: "nodes", Kind: KindNodes, Outcome: Fits, Estimate: true}
	ever := j.places.most(j.places.whole, j.launcher, j.worker)
	switch {
	case len(j.places.nodes) == 0:
		c.Outcome, c.Permanent = Waits, true
		c.Message = fmt.Sprintf("none of the cluster's %d nodes takes the job: they are tainted, not ready, or not what its nodeSelector and affinity ask for", len(j.Nodes))
		c.Suggestion = "check nodeSelector, affinity and tolerations in the manifest, or ask the cluster's administrator which nodes it has"
		return []Check{c}
	case ever < int64(n):
		c.Outcome, c.Permanent = Waits, true
		c.Message, c.Resource, c.Requested, c.Limit = j.tooSmall(n, ever)
		c.Suggestion = "ask for less, or ask the cluster's administrator for more nodes"
		return []Check{c}
	}
	if g := j.gap(SourcePods); g != nil {
		return []Check{g.unknown(KindNodes, "the cluster's nodes have room at the moment")}
	}
	now := j.places.most(j.places.nodes, j.launcher, j.worker)
	r := j.scarcest(n)
	if r != "" {
		asked, used, all := j.sums(r, n)
		free := minus(all, used)
		c.Resource, c.Requested, c.Used, c.Limit = string(r), mpijob.AmountText(asked), mpijob.AmountText(used), mpijob.AmountText(all)
		c.Message = fmt.Sprintf("Requested %s %s, %s free on the nodes that take it (%s of %s in use)", mpijob.AmountText(asked), mpijob.ResourceWord(r), mpijob.AmountText(free), mpijob.AmountText(used), mpijob.AmountText(all))
	} else {
		c.Message = fmt.Sprintf("%d nodes take it", len(j.places.nodes))
	}
	if now >= int64(n) {
		return []Check{c}
	}
	c.Outcome, c.Suggestion = Waits, "wait, or end a job you no longer need"
	asked, used, all := j.sums(r, n)
	free := minus(all, used)
	if r == "" || asked.Cmp(free) <= 0 {
		// There is enough of it, in pieces that are too small.
		if now < 0 {
			c.Message = fmt.Sprintf("no room for the Launcher: no node has enough free (%s)", per(j.launcher))
		} else {
			c.Message = fmt.Sprintf("room for %d of %d Workers: what is free is spread over nodes in pieces smaller than a Worker (%s)", now, n, per(j.worker))
		}
	}
	return []Check{c}
}

// tooSmall says why the job doesn't fit on empty nodes either.
func (j *judge) tooSmall(n int32, ever int64) (text, name, asked, limit string) {
	for _, p := range j.parts() {
		for _, r := range sortedNames(p.requests) {
			q := p.requests[r]
			if largest := j.largestNode(r, p == j.launcher); q.Cmp(largest) > 0 {
				return fmt.Sprintf("%s asks for %s %s, and the largest node that takes it has %s", p.name, mpijob.AmountText(q), mpijob.ResourceWord(r), mpijob.AmountText(largest)),
					string(r), mpijob.AmountText(q), mpijob.AmountText(largest)
			}
		}
	}
	if r := j.scarcest(n); r != "" {
		asked, _, all := j.sums(r, n)
		if asked.Cmp(all) > 0 {
			return fmt.Sprintf("Requested %s %s, and all nodes that take it have %s together", mpijob.AmountText(asked), mpijob.ResourceWord(r), mpijob.AmountText(all)), string(r), mpijob.AmountText(asked), mpijob.AmountText(all)
		}
	}
	if j.places.alone {
		return fmt.Sprintf("room for %d of %d Workers, were all nodes empty: no two Workers share a node", max(0, ever), n), "", "", ""
	}
	return fmt.Sprintf("room for %d of %d Workers, were all nodes empty", max(0, ever), n), "", "", ""
}

func (j *judge) largestNode(r corev1.ResourceName, launcher bool) resource.Quantity {
	var largest resource.Quantity
	for _, n := range j.places.whole {
		if takes := n.worker && !launcher || n.launcher && launcher; !takes {
			continue
		}
		if q := n.free[r]; q.Cmp(largest) > 0 {
			largest = q
		}
	}
	return largest
}

// scarcest is the resource of which most is missing, or else least is left.
func (j *judge) scarcest(n int32) corev1.ResourceName {
	var best corev1.ResourceName
	var share float64
	for _, r := range sortedNames(j.requested(n)) {
		asked, used, all := j.sums(r, n)
		if asked.Sign() <= 0 {
			continue
		}
		free := minus(all, used)
		s := asked.AsApproximateFloat64() / max(free.AsApproximateFloat64(), 1e-9)
		if s > share {
			best, share = r, s
		}
	}
	return best
}

// sums are what the job asks for of a resource, and what is in use and there of it on the nodes that
// take any part of the job that asks for it.
func (j *judge) sums(r corev1.ResourceName, n int32) (asked, used, all resource.Quantity) {
	asked = j.requested(n)[r]
	for i, p := range j.places.whole {
		launcher, worker := j.asks(j.launcher, r) && p.launcher, j.asks(j.worker, r) && p.worker
		if !launcher && !worker {
			continue
		}
		all.Add(p.free[r])
		used.Add(minus(p.free[r], j.places.nodes[i].free[r]))
	}
	used.Format, all.Format = asked.Format, asked.Format
	return asked, used, all
}

func (j *judge) asks(p *part, r corev1.ResourceName) bool {
	if p == nil {
		return false
	}
	q := p.requests[r]
	return q.Sign() > 0
}

// per is what one pod of a part asks for.
func per(p *part) string {
	text := ""
	for _, r := range sortedNames(p.requests) {
		q := p.requests[r]
		if q.Sign() <= 0 {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += mpijob.AmountText(q) + " " + mpijob.ResourceWord(r)
	}
	if text == "" {
		return "it asks for no resources"
	}
	return text
}

package sshd

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
)

var errTooMany = errors.New("too many connections")

// peerLog writes a line about each peer that was refused, once a peer, and not more than one a
// second: a scanner in the cluster must not fill the Worker's log.
type peerLog struct {
	log  func(string, ...any)
	mu   sync.Mutex
	seen map[string]bool
	last time.Time
}

func newPeerLog(log func(string, ...any)) *peerLog {
	return &peerLog{log: log, seen: map[string]bool{}}
}

func (p *peerLog) refused(addr net.Addr, err error) {
	host, _, splitErr := net.SplitHostPort(addr.String())
	if splitErr != nil {
		host = addr.String()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen[host] || len(p.seen) >= limits.PeerLogs || time.Since(p.last) < limits.LogEvery {
		return
	}
	p.seen[host] = true
	p.last = time.Now()
	p.log("refused a connection from %s: %v; only this job's own pods may connect (said once for each peer)", host, err)
}

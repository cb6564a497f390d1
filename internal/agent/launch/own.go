package launch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/environ"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/mpirun"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
	"github.com/opendatahub-io/mpijob/internal/agent/supervise"
)

// prober finds out when Workers that bring an sshd of their own can be reached, by the image's own
// ssh: only that knows the ports, keys and users of the image's configuration.
type prober struct {
	l     *Launcher
	ssh   string // empty: the image has none
	args  []string
	slots chan struct{}
}

func newProber(l *Launcher) *prober {
	p := &prober{l: l, slots: make(chan struct{}, limits.OwnProbesAtOnce)}
	if path, err := environ.LookPath("ssh", l.Env); err == nil {
		p.ssh = path
		p.args = append([]string{
			"-o", "BatchMode=yes", "-o", fmt.Sprintf("ConnectTimeout=%d", int(limits.Dial.Seconds())),
		}, remoteShellArgs(l.Env, l.Command)...)
	} else {
		l.out.say("the image has no ssh, so Workers are only waited for by name")
	}
	return p
}

// remoteShellArgs are the arguments that mpirun is told to give its remote shell: a port or an identity
// among them counts for the probe too.
func remoteShellArgs(env, command []string) []string {
	value, _ := environ.Lookup(env, "OMPI_MCA_plm_rsh_args")
	for i := 0; i+1 < len(command); i++ {
		if command[i] == "plm_rsh_args" {
			value = command[i+1]
		}
	}
	return strings.Fields(value)
}

// answer is what one try says: why the Worker can't be reached, empty when it can; and what an ssh that
// did reach it says against a login.
type answer struct {
	why, refused string
	// local: the image's ssh refused without having tried, so the Worker was not asked.
	local bool
}

// probe tries until the Worker answers. After that nothing is known about it.
func (p *prober) probe(ctx context.Context, i int) {
	host := p.l.job.Workers[i]
	var local time.Time // when ssh first refused by itself
	for attempt := 1; ctx.Err() == nil; attempt++ {
		a := p.try(ctx, host)
		if a.local {
			if local.IsZero() {
				local = time.Now()
			}
			if time.Since(local) < limits.OwnLocal && !listens(ctx, host, p.ports()) {
				a.why = a.refused
			}
		}
		if a.why == "" {
			p.l.send(ctx, supervise.Reachable{Worker: i, Refused: a.refused})
			return
		}
		p.l.send(ctx, supervise.Waiting{Worker: i, Why: a.why})
		select {
		case <-ctx.Done():
		case <-time.After(limits.Backoff(attempt, limits.RetryFirst, limits.RetryMax)):
		}
	}
}

func (p *prober) try(ctx context.Context, host string) answer {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return answer{why: "stopped"}
	}
	ctx, cancel := context.WithTimeout(ctx, limits.OwnProbe)
	defer cancel()
	// Starting ssh costs; a name that isn't there yet, or again, doesn't need it.
	resolver := net.Resolver{PreferGo: true}
	if _, err := resolver.LookupHost(ctx, host); err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) && dns.IsNotFound {
			return answer{why: "no such host"}
		}
		return answer{why: "the cluster's DNS doesn't answer"}
	}
	if p.ssh == "" {
		return answer{}
	}
	return p.ask(ctx, host)
}

func (p *prober) ask(ctx context.Context, host string) answer {
	var said bytes.Buffer
	argv := append(append([]string{"ssh"}, p.args...), host, "true")
	cmd := exec.CommandContext(ctx, p.ssh, argv[1:]...)
	cmd.Env = p.l.Env
	cmd.Stderr = &limited{w: &said, left: 4 << 10}
	cmd.WaitDelay = time.Second
	if err := p.l.reaper.Start(cmd); err != nil {
		return answer{why: fmt.Sprintf("starting ssh: %v", err)}
	}
	err := p.l.reaper.Wait(cmd)
	switch {
	case err == nil:
		return answer{}
	case cmd.ProcessState == nil:
		return answer{why: err.Error()}
	case procs.StatusOf(cmd).Code != 255:
		// It came as far as a shell there.
		return answer{}
	}
	return judge(said.String())
}

// judge reads ssh's complaint. Where the server answered, waiting doesn't help: either mpirun knows
// better how to reach it, or its message is the one that tells what is wrong.
func judge(said string) answer {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	for _, l := range lines {
		if l = strings.TrimSpace(l); mpirun.Refusal(l) {
			return answer{refused: l, local: mpirun.LocalRefusal(l)}
		}
	}
	for _, why := range []string{"Connection refused", "Connection timed out", "No route to host", "Connection closed", "Connection reset"} {
		if strings.Contains(said, why) {
			return answer{why: strings.ToLower(why)}
		}
	}
	if strings.Contains(said, "Could not resolve") {
		return answer{why: "no such host"}
	}
	return answer{why: cmp.Or(last, "no answer")}
}

// ports are where a Worker's sshd may listen, for as much as can be known where the image's ssh, which
// reads its configuration, doesn't work: where mpirun is told, and the usual ones.
func (p *prober) ports() []string {
	ports := []string{"22", "2222"}
	for i, arg := range p.args {
		switch port, joined := strings.CutPrefix(arg, "-p"); {
		case joined && port != "":
			return []string{port}
		case joined && i+1 < len(p.args):
			return []string{p.args[i+1]}
		}
	}
	return ports
}

// listens says whether anything takes connections at one of the ports.
func listens(ctx context.Context, host string, ports []string) bool {
	for _, port := range ports {
		dialer := net.Dialer{Timeout: limits.Dial}
		if conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, port)); err == nil {
			_ = conn.Close()
			return true
		}
	}
	return false
}

// limited takes the first bytes and drops the rest.
type limited struct {
	w    *bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	l.w.Write(p[:n])
	return len(p), nil
}

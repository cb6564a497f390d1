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

// probe tries until the Worker answers. After that nothing is known about it.
func (p *prober) probe(ctx context.Context, i int) {
	for attempt := 1; ctx.Err() == nil; attempt++ {
		why, refused := p.try(ctx, p.l.job.Workers[i])
		if why == "" {
			p.l.send(ctx, supervise.Reachable{Worker: i, Refused: refused})
			return
		}
		p.l.send(ctx, supervise.Waiting{Worker: i, Why: why})
		select {
		case <-ctx.Done():
		case <-time.After(limits.Backoff(attempt, limits.RetryFirst, limits.RetryMax)):
		}
	}
}

// try returns why the Worker can't be reached, empty when it can; and what an ssh that did reach it
// says against a login.
func (p *prober) try(ctx context.Context, host string) (why, refused string) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return "stopped", ""
	}
	ctx, cancel := context.WithTimeout(ctx, limits.OwnProbe)
	defer cancel()
	// Starting ssh costs; a name that isn't there yet, or again, doesn't need it.
	resolver := net.Resolver{PreferGo: true}
	if _, err := resolver.LookupHost(ctx, host); err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) && dns.IsNotFound {
			return "no such host", ""
		}
		return "the cluster's DNS doesn't answer", ""
	}
	if p.ssh == "" {
		return "", ""
	}
	return p.ask(ctx, host)
}

func (p *prober) ask(ctx context.Context, host string) (why, refused string) {
	var said bytes.Buffer
	argv := append(append([]string{"ssh"}, p.args...), host, "true")
	cmd := exec.CommandContext(ctx, p.ssh, argv[1:]...)
	cmd.Env = p.l.Env
	cmd.Stderr = &limited{w: &said, left: 4 << 10}
	cmd.WaitDelay = time.Second
	if err := p.l.reaper.Start(cmd); err != nil {
		return fmt.Sprintf("starting ssh: %v", err), ""
	}
	err := p.l.reaper.Wait(cmd)
	switch {
	case err == nil:
		return "", ""
	case cmd.ProcessState == nil:
		return err.Error(), ""
	case procs.StatusOf(cmd).Code != 255:
		// It came as far as a shell there.
		return "", ""
	}
	return judge(said.String())
}

// judge reads ssh's complaint. Where the server answered, waiting doesn't help: either mpirun knows
// better how to reach it, or its message is the one that tells what is wrong.
func judge(said string) (why, refused string) {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	for _, l := range lines {
		if mpirun.Refusal(strings.TrimSpace(l)) {
			return "", strings.TrimSpace(l)
		}
	}
	for _, why := range []string{"Connection refused", "Connection timed out", "No route to host", "Connection closed", "Connection reset"} {
		if strings.Contains(said, why) {
			return strings.ToLower(why), ""
		}
	}
	if strings.Contains(said, "Could not resolve") {
		return "no such host", ""
	}
	return cmp.Or(last, "no answer"), ""
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

package sshd

import (
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
)

// setEnv takes a variable from the client. Only the locale, as common sshd configurations have it:
// everything else comes from the Worker's own container.
func (s *session) setEnv(payload []byte) bool {
	var p struct{ Name, Value string }
	if ssh.Unmarshal(payload, &p) != nil || s.begun {
		return false
	}
	if p.Name != "LANG" && !strings.HasPrefix(p.Name, "LC_") {
		return false
	}
	if strings.ContainsAny(p.Name, "=\x00") || strings.ContainsRune(p.Value, 0) {
		return false
	}
	size := len(p.Name) + len(p.Value)
	if len(s.env) >= limits.EnvCount || s.envSize+size > limits.EnvBytes {
		return false
	}
	s.env = append(s.env, p.Name+"="+p.Value)
	s.envSize += size
	return true
}

// signals are those RFC 4254, section 6.10, names; the protocol has no others.
var signals = []syscall.Signal{
	syscall.SIGABRT, syscall.SIGALRM, syscall.SIGFPE, syscall.SIGHUP, syscall.SIGILL, syscall.SIGINT,
	syscall.SIGKILL, syscall.SIGPIPE, syscall.SIGQUIT, syscall.SIGSEGV, syscall.SIGTERM,
	syscall.SIGUSR1, syscall.SIGUSR2,
}

func signalOf(name string) syscall.Signal {
	for _, s := range signals {
		if sshSignal(s) == name {
			return s
		}
	}
	return 0
}

func sshSignal(s syscall.Signal) string { return strings.TrimPrefix(unix.SignalName(s), "SIG") }

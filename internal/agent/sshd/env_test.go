package sshd

import (
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
)

// FuzzSetEnv: whatever a client sends, only the locale gets in, whole variables of it, and never without end.
func FuzzSetEnv(f *testing.F) {
	f.Add(ssh.Marshal(struct{ Name, Value string }{"LANG", "C"}))
	f.Add(ssh.Marshal(struct{ Name, Value string }{"LC_ALL=x\nPATH", "/evil"}))
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		s := &session{}
		for range limits.EnvCount + 1 {
			s.setEnv(payload)
		}
		size := 0
		for _, e := range s.env {
			name, value, ok := strings.Cut(e, "=")
			size += len(e)
			if !ok || name != "LANG" && !strings.HasPrefix(name, "LC_") || strings.ContainsRune(name+value, 0) {
				t.Errorf("%q got in", e)
			}
		}
		if len(s.env) > limits.EnvCount || size > limits.EnvBytes+limits.EnvCount {
			t.Errorf("%d variables of %d bytes got in", len(s.env), size)
		}
	})
}

package pki

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

func TestEnsureLeaf(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	leaf := Leaf{File: "server", Name: "server", Hosts: []string{"127.0.0.1", "localhost"}}
	tests := []struct {
		name   string
		change func(dir string, l *Leaf, now *time.Time)
		want   bool // made anew
	}{
		{"the same", func(string, *Leaf, *time.Time) {}, false},
		{"another host", func(_ string, l *Leaf, _ *time.Time) { l.Hosts = append(l.Hosts, "10.0.0.1") }, true},
		{"another name", func(_ string, l *Leaf, _ *time.Time) { l.Name = "other" }, true},
		{"about to expire", func(_ string, _ *Leaf, now *time.Time) { *now = now.Add(leafValidity - time.Hour) }, true},
		{"another authority", func(dir string, _ *Leaf, _ *time.Time) { os.Remove(filepath.Join(dir, "ca.crt")) }, true},
		{"cut off", func(dir string, _ *Leaf, _ *time.Time) { _ = os.Truncate(filepath.Join(dir, "server.crt"), 0) }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			ca, err := Open(dir, "ca", now)
			if err != nil {
				t.Fatal(err)
			}
			if made, err := ca.Ensure(leaf); err != nil || !made {
				t.Fatalf("first Ensure: %v, %v", made, err)
			}
			l, later := leaf, now
			tt.change(dir, &l, &later)
			if ca, err = Open(dir, "ca", later); err != nil {
				t.Fatal(err)
			}
			if made, err := ca.Ensure(l); err != nil || made != tt.want {
				t.Errorf("made %v, want %v; error %v", made, tt.want, err)
			}
		})
	}
}

func TestEnsureKeepsTokens(t *testing.T) {
	c := config.Config{State: t.TempDir(), NodeName: "sandbox"}
	var before string
	for i := range 2 {
		if err := Ensure(c, time.Now()); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(c.TLS("tokens.csv"))
		if err != nil {
			t.Fatal(err)
		}
		if i == 1 && string(raw) != before {
			t.Error("tokens changed at the second Ensure")
		}
		before = string(raw)
	}
	if n := strings.Count(before, "\n"); n != len(Users) {
		t.Errorf("%d tokens, want %d", n, len(Users))
	}
	info, err := os.Stat(c.Kubeconfig("scientist"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("kubeconfig: %v, %v", info, err)
	}
}

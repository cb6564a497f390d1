package pki

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// User is a person of the sandbox, who comes with a token of their own. Engineer, who is a service
// account, is none of them.
type User struct {
	Name      string
	Groups    []string
	Namespace string // of the kubeconfig's context
}

// Users are the people of the sandbox. What they may do is bound in package cluster.
var Users = []User{
	{Name: "admin", Groups: []string{"system:masters"}, Namespace: "default"},
	{Name: "team-admin", Groups: []string{"team-a-admins"}, Namespace: "team-a"},
	{Name: "scientist", Groups: []string{"team-a-scientists"}, Namespace: "team-a"},
	{Name: "other-scientist", Groups: []string{"team-b-scientists"}, Namespace: "team-b"},
}

// Ensure makes all keys, certificates, tokens and kubeconfigs that do not depend on a running API
// server.
func Ensure(c config.Config, now time.Time) error {
	ca, err := Open(c.TLS(), "ca", now)
	if err != nil {
		return fmt.Errorf("certificate authority: %w", err)
	}
	front, err := Open(c.TLS(), "front-proxy-ca", now)
	if err != nil {
		return fmt.Errorf("front proxy's certificate authority: %w", err)
	}
	if _, err := front.Ensure(Leaf{File: "front-proxy", Name: "front-proxy"}); err != nil {
		return err
	}
	for _, l := range leaves(c) {
		if _, err := ca.Ensure(l); err != nil {
			return err
		}
	}
	if err := EnsureSigningKey(c.TLS("service-account.key"), c.TLS("service-account.pub")); err != nil {
		return err
	}
	// The controllers with webhooks read tls.crt, tls.key and ca.crt of a folder of their own.
	for _, dir := range []string{"jobset", "trainer/k8s-webhook-server/serving-certs", "controller", "training-service"} {
		if err := copyFile(c.TLS("ca.crt"), c.TLS(dir, "ca.crt")); err != nil {
			return err
		}
	}
	for _, name := range []string{"kube-controller-manager", "kube-scheduler", "kubelet", "coredns"} {
		if err := clientKubeconfig(c, name); err != nil {
			return err
		}
	}
	return ensureTokens(c)
}

func leaves(c config.Config) []Leaf {
	local := []string{config.Loopback, "localhost", config.Gateway}
	return []Leaf{
		{File: "etcd", Name: "etcd", Hosts: local},
		{File: "etcd-client", Name: "kube-apiserver"},
		{File: "apiserver", Name: "kube-apiserver", Hosts: append([]string{
			config.ServiceIP, "kubernetes", "kubernetes.default", "kubernetes.default.svc",
			"kubernetes.default.svc." + config.ClusterDomain,
		}, local...)},
		{File: "apiserver-kubelet", Name: "kube-apiserver-kubelet", Groups: []string{"system:masters"}},
		{File: "kube-controller-manager", Name: "system:kube-controller-manager", Hosts: local},
		{File: "kube-scheduler", Name: "system:kube-scheduler", Hosts: local},
		{File: "kubelet", Name: "system:node:" + c.NodeName, Groups: []string{"system:nodes"}, Hosts: append([]string{c.NodeName}, local...)},
		{File: "coredns", Name: "coredns"},
		{File: "training-service/tls", Name: "training-service", Hosts: append([]string{"training-service.mpijob-system.svc"}, local...)},
		{File: "metrics-server/tls", Name: "metrics-server", Hosts: append([]string{"metrics-server.kube-system.svc"}, local...)},
		{File: "jobset/tls", Name: "jobset", Hosts: local},
		{File: "trainer/k8s-webhook-server/serving-certs/tls", Name: "trainer", Hosts: local},
		// Services of config/manager.
		{File: "controller/tls", Name: "controller", Hosts: []string{
			"mpijob-controller.mpijob-system.svc", "mpijob-controller-feed.mpijob-system.svc",
		}},
	}
}

// ensureTokens gives each user a token that stays the same until `down`, and a kubeconfig with it.
func ensureTokens(c config.Config) error {
	path := c.TLS("tokens.csv")
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	known := map[string]string{}
	for line := range strings.Lines(string(old)) {
		if fields := strings.SplitN(line, ",", 3); len(fields) == 3 {
			known[fields[1]] = fields[0]
		}
	}
	var csv strings.Builder
	for _, u := range Users {
		token := known[u.Name]
		if token == "" {
			raw := make([]byte, 24)
			if _, err := rand.Read(raw); err != nil {
				return err
			}
			token = hex.EncodeToString(raw)
		}
		fmt.Fprintf(&csv, "%s,%s,%s,\"%s\"\n", token, u.Name, u.Name, strings.Join(u.Groups, ","))
		if err := TokenKubeconfig(c, c.Kubeconfig(u.Name), u.Name, u.Namespace, token); err != nil {
			return err
		}
	}
	return Write(path, []byte(csv.String()), 0o600)
}

func copyFile(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return Write(to, raw, 0o644)
}

//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	authv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// wireJob is what the controller told a job's agents.
func (e *env) wireJob(job *kubeflow.MPIJob) wire.Job {
	e.t.Helper()
	var cm corev1.ConfigMap
	e.must(e.admin.Client.Get(e.ctx, client.ObjectKey{Namespace: job.Namespace, Name: mpijob.ConfigName(job)}, &cm), "reading the job's configuration")
	var j wire.Job
	e.must(json.Unmarshal([]byte(cm.Data[wire.JobFileKey]), &j), "reading "+wire.JobFileKey)
	return j
}

// Whoever comes to a job's ports without its keys is turned away and disturbs nothing.
func TestPortsAreGuarded(t *testing.T) {
	t.Parallel()
	e := setup(t)
	release := "/tmp/e2e-guarded-go-on"
	job := e.submit(e.scientist, newJob(teamA, "e2e-guarded",
		ranks(`echo "`+started+`"; while [ ! -e `+release+` ]; do sleep 1; done; echo "rank $RANK ends"`)))
	e.awaitCondition(job, kubeflow.JobRunning)
	e.awaitLog(job, started)
	config := e.wireJob(job)
	worker := e.podsOf(job, "worker")[0]
	port := fmt.Sprint(config.Port)

	t.Run("forged feed tokens", func(t *testing.T) {
		e := e.in(t)
		if config.Feed == nil {
			t.Fatal("the job has no feed")
		}
		launcher := e.podsOf(job, "launcher")[0]
		bound := func(p *corev1.Pod) *authv1.BoundObjectReference {
			return &authv1.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: p.Name, UID: p.UID}
		}
		for name, token := range map[string]string{
			"garbage":                         "not.a.token",
			"empty":                           "",
			"of no pod":                       e.token(launcher.Spec.ServiceAccountName, wire.FeedAudience, nil),
			"of another pod":                  e.token(worker.Spec.ServiceAccountName, wire.FeedAudience, bound(&worker)),
			"of the launcher, other audience": e.token(launcher.Spec.ServiceAccountName, "https://kubernetes.default.svc", bound(&launcher)),
		} {
			if w := e.hello(config, token); w.OK || w.Error == "" {
				t.Errorf("a token %s: the feed answered %+v, want a refusal that says why", name, w)
			}
		}
	})
	t.Run("garbage", func(t *testing.T) {
		e := e.in(t)
		noise := make([]byte, 64<<10)
		_, _ = rand.Read(noise)
		for range 40 {
			conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(e.ctx, "tcp", net.JoinHostPort(worker.Status.PodIP, port))
			e.must(err, "connecting to the agent's port")
			t.Cleanup(func() { conn.Close() }) // all stay open until the end
			_, _ = conn.Write(noise)
		}
	})
	t.Run("OpenSSH", func(t *testing.T) {
		e := e.in(t)
		var secret corev1.Secret
		e.must(e.admin.Client.Get(e.ctx, client.ObjectKey{Namespace: teamA, Name: mpijob.SecretName(job)}, &secret), "reading the job's key")
		host := fmt.Sprintf("[%s]:%s", worker.Status.PodIP, port)
		known := host + " " + string(secret.Data["ssh-publickey"])
		out, err := e.ssh(worker.Status.PodIP, port, secret.Data[corev1.SSHAuthPrivateKey], known, "hostname; exit 7")
		if code := exitCode(err); code != 7 || strings.TrimSpace(out) != worker.Spec.Hostname {
			t.Errorf("ssh printed %q and ended with %d, want %q and 7", out, code, worker.Spec.Hostname)
		}
		stranger := newKey(t)
		if out, err := e.ssh(worker.Status.PodIP, port, stranger, known, "hostname"); exitCode(err) != 255 {
			t.Errorf("with another key ssh should be refused, but ended with %v: %s", err, out)
		}
	})
	// The ranks wait for a file in their Worker; the host's client puts it there, as any user of ssh.
	var secret corev1.Secret
	e.must(e.admin.Client.Get(e.ctx, client.ObjectKey{Namespace: teamA, Name: mpijob.SecretName(job)}, &secret), "reading the job's key")
	for _, w := range e.podsOf(job, "worker") {
		known := fmt.Sprintf("[%s]:%s %s", w.Status.PodIP, port, secret.Data["ssh-publickey"])
		out, err := e.ssh(w.Status.PodIP, port, secret.Data[corev1.SSHAuthPrivateKey], known, "touch "+release)
		e.must(err, "releasing the ranks: "+out)
	}
	e.awaitCondition(job, kubeflow.JobSucceeded)
	e.startedOnce(job)
}

func (e *env) token(account, audience string, bound *authv1.BoundObjectReference) string {
	e.t.Helper()
	tr, err := e.admin.Kube.CoreV1().ServiceAccounts(teamA).CreateToken(e.ctx, account, &authv1.TokenRequest{
		Spec: authv1.TokenRequestSpec{Audiences: []string{audience}, BoundObjectRef: bound}}, metav1.CreateOptions{})
	e.must(err, "making a token")
	return tr.Status.Token
}

// feedAddress is where the leader listens: this machine asks another DNS than the pods.
func (e *env) feedAddress(feed *wire.Feed) string {
	e.t.Helper()
	_, port, err := net.SplitHostPort(feed.Address)
	e.must(err, "reading the feed's address")
	pod, _ := e.leader()
	return net.JoinHostPort(pod.Status.PodIP, port)
}

// hello opens a feed with a token and returns the answer.
func (e *env) hello(job wire.Job, token string) wire.Welcome {
	e.t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(job.Feed.CA)) {
		e.t.Fatal("the feed's CA is no certificate")
	}
	ctx, cancel := context.WithTimeout(e.ctx, 30*time.Second)
	defer cancel()
	conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: job.Feed.ServerName, MinVersion: tls.VersionTLS13}}).DialContext(ctx, "tcp", e.feedAddress(job.Feed))
	e.must(err, "connecting to the feed")
	defer conn.Close()
	e.must(json.NewEncoder(conn).Encode(wire.Hello{Version: wire.Version, Token: token,
		Namespace: job.Namespace, Job: job.Name, UID: job.UID, Attempt: job.Attempt}), "saying hello")
	_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	r := bufio.NewReader(conn)
	line, err := r.ReadString('\n')
	e.must(err, "reading the answer")
	var w wire.Welcome
	e.must(json.Unmarshal([]byte(line), &w), "reading the answer "+line)
	if _, err := r.ReadByte(); err != io.EOF {
		e.t.Errorf("after a refusal the connection should be closed: %v", err)
	}
	return w
}

// ssh runs a command by the machine's own OpenSSH client.
func (e *env) ssh(ip, port string, key []byte, known, cmd string) (string, error) {
	e.t.Helper()
	dir := e.t.TempDir()
	e.must(os.WriteFile(filepath.Join(dir, "key"), key, 0o600), "writing the key")
	e.must(os.WriteFile(filepath.Join(dir, "known"), []byte(known+"\n"), 0o600), "writing the host key")
	ctx, cancel := context.WithTimeout(e.ctx, time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "ssh", "-F", "none", "-p", port, "-i", filepath.Join(dir, "key"),
		"-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "LogLevel=ERROR",
		"-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile="+filepath.Join(dir, "known"), "mpi@"+ip, cmd).CombinedOutput()
	return string(out), err
}

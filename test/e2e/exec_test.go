//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	authnv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
)

// shell is a command that runs in a Launcher or Worker, as a client of the training service has it.
type shell struct {
	e *env
	*websocket.Conn
}

// dial asks for a command; where it is refused, the status says how.
func (e *env) dial(f *face, job *kubeflow.MPIJob, query url.Values, header http.Header) (*shell, int, string) {
	e.t.Helper()
	config, err := rest.TLSConfigFor(&rest.Config{TLSClientConfig: rest.TLSClientConfig{CAData: e.scientist.Config.CAData, CAFile: e.scientist.Config.CAFile}})
	e.must(err, "trusting the sandbox's authority")
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config.NextProtos = []string{"http/1.1"}
	if header == nil {
		header = http.Header{}
	}
	if f.token != "" {
		header.Set("Authorization", "Bearer "+f.token)
	}
	d := websocket.Dialer{TLSClientConfig: config, Subprotocols: []string{"v5.channel.k8s.io"}}
	address := strings.Replace(serviceURL, "https", "wss", 1) + "/streams/namespaces/" + job.Namespace + "/trainingjobs/" + job.Name + "/exec?" + query.Encode()
	conn, resp, err := d.DialContext(e.ctx, address, header)
	if err != nil {
		if resp == nil {
			e.t.Fatalf("opening a shell: %v", err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return nil, resp.StatusCode, string(text)
	}
	e.t.Cleanup(func() { conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	return &shell{e, conn}, resp.StatusCode, ""
}

// shell runs a command, which must be let.
func (e *env) shell(f *face, job *kubeflow.MPIJob, query url.Values) *shell {
	e.t.Helper()
	s, status, text := e.dial(f, job, query, nil)
	if s == nil {
		e.t.Fatalf("running %v: %d %s", query, status, text)
	}
	return s
}

func (s *shell) send(channel byte, data string) {
	s.e.t.Helper()
	s.e.must(s.WriteMessage(websocket.BinaryMessage, append([]byte{channel}, data...)), "sending to the shell")
}

// until reads until a channel has told a text.
func (s *shell) until(channel byte, text string) {
	s.e.t.Helper()
	for got := ""; !strings.Contains(got, text); {
		_, m, err := s.ReadMessage()
		if err != nil {
			s.e.t.Fatalf("waiting for %q: %v after %q", text, err, got)
		}
		if len(m) > 0 && m[0] == channel {
			got += string(m[1:])
		}
	}
}

// end reads to the end: what the command wrote, how it ended, and the code the connection was closed with.
func (s *shell) end() (out, complaint string, status metav1.Status, code int) {
	s.e.t.Helper()
	for {
		_, m, err := s.ReadMessage()
		var closed *websocket.CloseError
		switch {
		case errors.As(err, &closed):
			return out, complaint, status, closed.Code
		case err != nil:
			s.e.t.Fatalf("%v after %q", err, out)
		case len(m) == 0:
		case m[0] == 1:
			out += string(m[1:])
		case m[0] == 2:
			complaint += string(m[1:])
		case m[0] == 3:
			s.e.must(json.Unmarshal(m[1:], &status), "reading how the command ended")
		}
	}
}

// runs are the words of a request that runs a command.
func runs(command ...string) url.Values { return url.Values{"command": command} }

// inWorker is the same in a Worker, with input.
func inWorker(index string, v url.Values) url.Values {
	v.Set("worker", index)
	v.Set("stdin", "true")
	return v
}

// Commands run in real pods over REST, as the caller, and end with their rights.
func TestExecOverREST(t *testing.T) {
	t.Parallel()
	e := setup(t)
	ns := e.namespace("exec")
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "default"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "training-scientist"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: ns, Name: "default"}},
	}
	e.must(e.admin.Client.Create(e.ctx, binding), "letting the user in")
	token, err := e.admin.Kube.CoreV1().ServiceAccounts(ns).CreateToken(e.ctx, "default", &authnv1.TokenRequest{Spec: authnv1.TokenRequestSpec{ExpirationSeconds: ptr(int64(1200))}}, metav1.CreateOptions{})
	e.must(err, "asking for the user's token")
	user, other := e.face(e.scientist), e.face(e.sandbox.User(t, "other-scientist"))
	user.token = token.Status.Token
	job := e.submit(e.admin, newJob(ns, "shell", command("sleep", "600")))
	e.awaitPods(job, "all running", func(pods []*corev1.Pod) bool {
		n := 0
		for _, p := range pods {
			if p.Status.Phase == corev1.PodRunning && len(p.Status.ContainerStatuses) > 0 && p.Status.ContainerStatuses[0].State.Running != nil {
				n++
			}
		}
		return n == 3
	})

	out, complaint, status, code := e.shell(user, job, runs("sh", "-c", "hostname; echo oh >&2; exit 7")).end()
	if !strings.HasPrefix(out, job.Name+"-launcher") || strings.TrimSpace(complaint) != "oh" || code != websocket.CloseNormalClosure {
		t.Errorf("in the Launcher: %q, %q, closed with %d", out, complaint, code)
	}
	if status.Reason != "NonZeroExitCode" || status.Details == nil || len(status.Details.Causes) != 1 || status.Details.Causes[0].Message != "7" {
		t.Errorf("ended with %+v", status)
	}

	s := e.shell(user, job, inWorker("1", runs("sh", "-c", "hostname; cat")))
	s.until(1, job.Name+"-worker-1")
	s.send(0, "there and back\n")
	s.until(1, "there and back\n")
	s.send(255, "\x00")
	if _, _, status, _ := s.end(); status.Status != metav1.StatusSuccess {
		t.Errorf("cat ended with %+v", status)
	}

	terminal := inWorker("0", runs("sh"))
	terminal.Set("tty", "true")
	s = e.shell(user, job, terminal)
	s.send(4, `{"Width":132,"Height":43}`)
	// The size is the terminal's some time after.
	s.send(0, "until [ \"$(stty size)\" = '43 132' ]; do sleep 0.1; done; echo size is $((40+3))\n")
	s.until(1, "size is 43")
	s.send(0, "exit 3\n")
	if _, _, status, _ := s.end(); status.Details == nil || status.Details.Causes[0].Message != "3" {
		t.Errorf("the shell ended with %+v", status)
	}

	for name, x := range map[string]struct {
		as     *face
		query  url.Values
		header http.Header
		status int
		says   string
	}{
		"another site's page": {user, runs("true"), http.Header{"Origin": {"https://evil.example"}}, http.StatusForbidden, "CrossOrigin"},
		"another tenant":      {other, runs("true"), nil, http.StatusForbidden, "Forbidden"},
		"nobody":              {&face{t: t}, runs("true"), nil, http.StatusUnauthorized, "Unauthenticated"},
		"no such Worker":      {user, inWorker("2", runs("true")), nil, http.StatusUnprocessableEntity, "Invalid"},
	} {
		if s, status, text := e.dial(x.as, job, x.query, x.header); s != nil || status != x.status || !strings.Contains(text, x.says) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if status, text := user.call("GET", "/streams/namespaces/"+ns+"/trainingjobs/shell/exec?command=true", ""); status != http.StatusUpgradeRequired {
		t.Errorf("without a WebSocket: %d %s", status, text)
	}

	// Who loses the right is out, whatever runs.
	s = e.shell(user, job, inWorker("0", runs("sh", "-c", "echo ready; cat")))
	s.until(1, "ready")
	e.must(e.admin.Client.Delete(context.WithoutCancel(e.ctx), binding), "taking the right away")
	if _, _, status, code := s.end(); status.Reason != "Forbidden" || code != websocket.ClosePolicyViolation {
		t.Errorf("without the right: %+v, closed with %d", status, code)
	}
}

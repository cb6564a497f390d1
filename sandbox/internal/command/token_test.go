package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/opendatahub-io/mpijob/sandbox/internal/component"
	"github.com/opendatahub-io/mpijob/sandbox/internal/supervisor"
)

func TestToken(t *testing.T) {
	state := t.TempDir()
	t.Setenv("SANDBOX_STATE", state)
	t.Setenv("SANDBOX_REPO", "../../..")
	if err := os.Mkdir(filepath.Join(state, "kubeconfig"), 0o700); err != nil {
		t.Fatal(err)
	}
	for user, auth := range map[string]*api.AuthInfo{"scientist": {Token: "secret-s"}, "team-admin": {Token: "secret-t"}, "admin": {ClientCertificate: "/c"}} {
		k := api.NewConfig()
		k.AuthInfos[user] = auth
		if err := clientcmd.WriteToFile(*k, filepath.Join(state, "kubeconfig", user+".yaml")); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		line, prints, says string
	}{
		{"token", "secret-s\n", ""},
		{"token team-admin", "secret-t\n", ""},
		{"token admin", "", "admin has no token"},
		{"token nobody", "", "scientist, team-admin"},
	} {
		var out, errOut bytes.Buffer
		code := Main(strings.Fields(c.line), strings.NewReader(""), &out, &errOut)
		if out.String() != c.prints || (code == 0) != (c.says == "") || !strings.Contains(errOut.String(), c.says) {
			t.Errorf("sandbox %s: exit code %d, printed %q, said %q", c.line, code, out.String(), errOut.String())
		}
	}
}

// Where the dashboard is, and how one gets into it, is said as long as it is there; a token is not.
func TestStatusLeadsToTheDashboard(t *testing.T) {
	status := func(name string, state supervisor.State) string {
		var out bytes.Buffer
		printStatus(&out, supervisor.Status{Components: []supervisor.ComponentStatus{{Name: name, State: state}}}, time.Now())
		return out.String()
	}
	said := status(component.TrainingService, supervisor.Ready)
	for _, want := range []string{"https://127.0.0.1:8443/", "bin/sandbox token scientist"} {
		if !strings.Contains(said, want) {
			t.Errorf("status says %q, without %q", said, want)
		}
	}
	for _, said := range []string{status("etcd", supervisor.Ready), status(component.TrainingService, supervisor.Backoff)} {
		if strings.Contains(said, "8443") {
			t.Errorf("there is no dashboard, and status says %q", said)
		}
	}
}

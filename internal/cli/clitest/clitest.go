// Package clitest has commands speak to a server that a test plays.
package clitest

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
)

const kubeconfig = `apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, namespace: team}}]
clusters: [{name: c, cluster: {server: "URL"}}]
`

// Factory is what a command is made with, in namespace team of a cluster that cluster plays; in is what is typed, on a
// terminal if tty. What the command writes is in the two buffers.
func Factory(t *testing.T, cluster http.HandlerFunc, in string, tty bool) (f *factory.Factory, out, errOut *bytes.Buffer) {
	t.Helper()
	server := httptest.NewServer(cluster)
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(kubeconfig, "URL", server.URL)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errOut = &bytes.Buffer{}, &bytes.Buffer{}
	f = factory.New(iostreams.Test(strings.NewReader(in), out, errOut, tty, 80), "test")
	f.Kubeconfig = file
	return f, out, errOut
}

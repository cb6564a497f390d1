package contender

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"embed"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strconv"
	"strings"
	"text/template"

	"github.com/opendatahub-io/mpijob/internal/wire"
	"golang.org/x/crypto/ssh"
)

//go:embed manifests/*.yaml
var files embed.FS

// parsed fails at start-up where a template is broken.
var parsed = template.Must(template.New("").Option("missingkey=error").Funcs(template.FuncMap{
	"base64": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"json": func(v any) (string, error) {
		body, err := json.Marshal(v)
		return string(body), err
	},
}).ParseFS(files, "manifests/*.yaml"))

// Work is what every contender runs, and with what.
type Work struct {
	Workers, Slots int
	// Program replaces the pi program where set, as the runs that are killed need one that lasts.
	Program    []string
	Image      string // Open MPI without sshd
	ImageSSHD  string
	AgentImage string
	Key        Key
}

// Key is an SSH key pair for the contenders whose peer makes none.
type Key struct{ Private, Public string }

// NewKey makes a key pair of the kind the product and upstream use.
func NewKey() (Key, error) {
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		return Key{}, fmt.Errorf("making a key: %w", err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return Key{}, fmt.Errorf("encoding the key: %w", err)
	}
	public, err := ssh.NewPublicKey(&key.PublicKey)
	if err != nil {
		return Key{}, fmt.Errorf("encoding the public key: %w", err)
	}
	return Key{
		Private: string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})),
		Public:  string(ssh.MarshalAuthorizedKey(public)),
	}, nil
}

// Setup is what must exist in the contender's namespace before any run; nil for nothing.
func (c Contender) Setup(work Work) ([]byte, error) {
	if c.setup == "" {
		return nil, nil
	}
	return c.render(c.setup, "", work)
}

// Manifest is one run's objects.
func (c Contender) Manifest(name string, work Work) ([]byte, error) {
	return c.render(c.manifest, name, work)
}

func (c Contender) render(file, name string, work Work) ([]byte, error) {
	var out bytes.Buffer
	err := parsed.ExecuteTemplate(&out, file, values{Work: work, Name: name, Namespace: c.Namespace, WaitForWorkers: c.waitForWorkers})
	if err != nil {
		return nil, fmt.Errorf("rendering %s: %w", file, err)
	}
	return out.Bytes(), nil
}

// values is what the templates see.
type values struct {
	Work
	Name, Namespace string
	WaitForWorkers  bool
}

// PrivateKey and PublicKey are for the Secrets of those who bring their own.
func (v values) PrivateKey() string { return v.Key.Private }

// PublicKey is in the format of authorized_keys.
func (v values) PublicKey() string { return v.Key.Public }

// Arguments are mpirun's, for the pi program at this path of the image.
func (v values) Arguments(pi string) []string {
	args := []string{"-n", strconv.Itoa(v.Workers * v.Slots)}
	if len(v.Program) > 0 {
		return append(args, v.Program...)
	}
	return append(args, pi)
}

// HostArguments name the hosts as well; $(JOB) is expanded by the kubelet.
func (v values) HostArguments(pi string) []string {
	hosts := make([]string, v.Workers)
	for i := range hosts {
		hosts[i] = fmt.Sprintf("$(JOB)-worker-0-%d.$(JOB):%d", i, v.Slots)
	}
	return append([]string{"-H", strings.Join(hosts, ",")}, v.Arguments(pi)...)
}

func (v values) host(suffix string) string {
	return fmt.Sprintf("%s-%s.%s.%s.svc", v.Name, suffix, v.Name, v.Namespace)
}

func (v values) workerHosts() []string {
	hosts := make([]string, v.Workers)
	for i := range hosts {
		hosts[i] = v.host("worker-" + strconv.Itoa(i))
	}
	return hosts
}

// Hostfile is in Open MPI's format.
func (v values) Hostfile() string {
	var b strings.Builder
	for _, host := range v.workerHosts() {
		fmt.Fprintf(&b, "%s slots=%d\n", host, v.Slots)
	}
	return b.String()
}

// Job is the agents' job.json, of a job that has no controller.
func (v values) Job() (string, error) {
	body, err := json.Marshal(wire.Job{
		Version: wire.Version, Namespace: v.Namespace, Name: v.Name, UID: "bench-" + v.Name, Attempt: 1,
		Transport: wire.TransportBuiltin, Port: 12222, Launcher: v.host("launcher"), Workers: v.workerHosts(),
		Slots: v.Slots, Implementation: "OpenMPI", WaitSeconds: 60,
	})
	return string(body), err
}

// pod is one of the plain pods.
type pod struct {
	Suffix, Role  string
	Index         int
	Command, Args []string
}

// Pods are the plain pods, Workers first.
func (v values) Pods() []pod {
	pods := make([]pod, 0, v.Workers+1)
	for i := range v.Workers {
		pods = append(pods, pod{Suffix: "worker-" + strconv.Itoa(i), Role: "worker", Index: i,
			Command: []string{wire.AgentPath, "serve"}, Args: []string{}})
	}
	return append(pods, pod{Suffix: "launcher", Role: "launcher",
		Command: []string{wire.AgentPath, "launch", "--"},
		Args:    append([]string{"mpirun"}, v.Arguments("/usr/local/bin/pi")...)})
}

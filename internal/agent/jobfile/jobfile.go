// Package jobfile reads what the controller mounts into every pod of a job: the job's description and
// its key pair.
package jobfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"golang.org/x/crypto/ssh"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// maxFile bounds the files read here; a ConfigMap can't be larger than 1 MiB.
const maxFile = 2 << 20

// Load reads and checks the job's description.
func Load(path string) (*wire.Job, error) {
	data, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("reading the job's description: %w; the controller mounts it at %s", err, wire.JobFile)
	}
	return Parse(data)
}

// Parse decodes and checks a job's description. Unknown fields are skipped: a newer controller may
// know more.
func Parse(data []byte) (*wire.Job, error) {
	var job wire.Job
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&job); err != nil {
		return nil, fmt.Errorf("the job's description isn't valid JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("the job's description has more after its JSON object")
	}
	if err := check(&job); err != nil {
		return nil, fmt.Errorf("the job's description is wrong: %w; agent and controller must be of one release", err)
	}
	return &job, nil
}

func check(job *wire.Job) error {
	switch {
	case job.Version != wire.Version:
		return fmt.Errorf("version is %d, this agent knows %d", job.Version, wire.Version)
	case job.Name == "" || job.Namespace == "":
		return fmt.Errorf("name or namespace is empty")
	case job.Transport != wire.TransportBuiltin && job.Transport != wire.TransportOwn:
		return fmt.Errorf("transport is %q, want %q or %q", job.Transport, wire.TransportBuiltin, wire.TransportOwn)
	case job.Transport == wire.TransportBuiltin && (job.Port < 1 || job.Port > 65535):
		return fmt.Errorf("port is %d, want 1 to 65535", job.Port)
	case job.WaitSeconds < 0:
		return fmt.Errorf("waitSeconds is %d, want 0 or more", job.WaitSeconds)
	}
	for i, w := range job.Workers {
		if w == "" {
			return fmt.Errorf("workers[%d] is empty", i)
		}
	}
	return nil
}

// Key reads the job's private key. It is the client key and the host key alike.
func Key(path string) (ssh.Signer, error) {
	data, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("reading the job's key: %w", err)
	}
	signer, err := ssh.ParsePrivateKey(data)
	if err != nil {
		return nil, fmt.Errorf("the job's key in %s can't be used: %w", path, err)
	}
	return signer, nil
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxFile)
	}
	return data, nil
}

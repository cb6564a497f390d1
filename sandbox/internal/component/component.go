// Package component describes what the sandbox is made of. A component is data, built by a pure
// function of a Config; the supervisor runs it, `--dry-run` prints it, tests compare it with a golden
// file. Adding a component is adding its description to the catalogue.
package component

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// Component is one process or set-up step of the sandbox.
type Component struct {
	Name  string   `json:"name"`
	About string   `json:"about"` // what it is, in a few words, for the screen
	Needs []string `json:"needs,omitempty"`
	Argv  []string `json:"argv"`
	Env   []string `json:"env,omitempty"` // added to the supervisor's PATH and HOME
	Files []File   `json:"files,omitempty"`
	Ready Probe    `json:"ready,omitzero"`
	// Once marks a set-up step: it is ready when its process exits with 0, and is repeated until then.
	Once bool `json:"once,omitempty"`
	// Inputs are hashes of what the process reads beside Files: another value starts it again.
	Inputs map[string]string `json:"inputs,omitempty"`
	// Grace is how long the process may take to end after SIGTERM; 0 means the supervisor's default.
	Grace time.Duration `json:"grace,omitempty"`
	// Expect is about how long it takes until it is ready.
	Expect time.Duration `json:"expect,omitempty"`
}

// File is written before the component starts.
type File struct {
	Path    string      `json:"path"`
	Mode    fs.FileMode `json:"mode"`
	Content string      `json:"content"`
}

// Probe says when a component is ready. The zero Probe is ready as soon as the process runs.
type Probe struct {
	URL    string `json:"url,omitempty"`    // answers 2xx
	CA     string `json:"ca,omitempty"`     // PEM file that an https URL is verified with
	Socket string `json:"socket,omitempty"` // a Unix socket that accepts
}

// Identity changes whenever a running component would have to be started again to match c.
func (c Component) Identity() string {
	raw, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers only
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

// setup is a step that the sandbox binary does itself.
func setup(c config.Config, step, about string, needs ...string) Component {
	return Component{
		Name:   "setup-" + step,
		About:  about,
		Needs:  needs,
		Argv:   []string{c.Self, "setup", step},
		Env:    []string{"SANDBOX_STATE=" + c.State, "SANDBOX_REPO=" + c.Repo},
		Once:   true,
		Expect: time.Second,
	}
}

func file(path, content string) File { return File{Path: path, Mode: 0o600, Content: content} }

// Package supervisor runs the sandbox's components: it starts them in the order of their needs, as
// many at once as that allows, starts again what dies, and stops all in reverse. It talks to the
// commands by two files only, the plan it is to carry out and the status it is in, so that a kill -9 of
// either side leaves nothing to untangle.
package supervisor

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/component"
	"github.com/opendatahub-io/mpijob/sandbox/internal/pki"
)

// Dir is the folder of a supervisor's files.
type Dir struct {
	Run string // plan, status, locks
	Log string // one log for each component
	// Marker is put into the environment of all that is started, so that what an earlier supervisor
	// left behind is recognised.
	Marker string
}

func (d Dir) planFile() string   { return filepath.Join(d.Run, "plan.json") }
func (d Dir) statusFile() string { return filepath.Join(d.Run, "status.json") }

// LockFile is held by the running supervisor.
func (d Dir) LockFile() string { return filepath.Join(d.Run, "supervisor.lock") }

func (d Dir) logFile(name string) string { return filepath.Join(d.Log, name+".log") }

// State is how far a component has come.
type State string

const (
	Waiting  State = "Waiting"  // for what it needs
	Starting State = "Starting" // runs, not ready yet
	Ready    State = "Ready"
	Done     State = "Done" // a set-up step that succeeded
	Backoff  State = "Backoff"
	Stopping State = "Stopping"
	Stopped  State = "Stopped"
)

// OK says that nothing more is awaited of the component.
func (s State) OK() bool { return s == Ready || s == Done }

// Status is what the supervisor last wrote about itself.
type Status struct {
	PID        int               `json:"pid"`
	Plan       string            `json:"plan"` // identity of the plan that is carried out
	Components []ComponentStatus `json:"components"`
}

// ComponentStatus is one component's part of Status.
type ComponentStatus struct {
	Name     string        `json:"name"`
	Identity string        `json:"identity"`
	State    State         `json:"state"`
	PID      int           `json:"pid,omitempty"`
	Since    time.Time     `json:"since"`              // of the state
	Took     time.Duration `json:"took,omitempty"`     // from start to ready
	Restarts int           `json:"restarts,omitempty"` // since it was first started
	Message  string        `json:"message,omitempty"`  // why it is not running
}

// Ready says that every component of the plan is.
func (s Status) Ready() bool {
	for _, c := range s.Components {
		if !c.State.OK() {
			return false
		}
	}
	return len(s.Components) > 0
}

// PlanIdentity changes with any component of a plan.
func PlanIdentity(list []component.Component) string {
	id := ""
	for _, c := range list {
		id += c.Name + "=" + c.Identity() + "\n"
	}
	return component.Component{Name: id}.Identity()
}

// WritePlan leaves a plan for the supervisor.
func (d Dir) WritePlan(list []component.Component) error {
	raw, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return err
	}
	return pki.Write(d.planFile(), raw, 0o600)
}

// ReadPlan reads the plan.
func (d Dir) ReadPlan() ([]component.Component, error) {
	var list []component.Component
	return list, readJSON(d.planFile(), &list)
}

// ReadStatus reads what the supervisor last wrote; whether it still runs is another question.
func (d Dir) ReadStatus() (Status, error) {
	var s Status
	return s, readJSON(d.statusFile(), &s)
}

func (d Dir) writeStatus(s Status) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return pki.Write(d.statusFile(), raw, 0o644)
}

func readJSON(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s is damaged (%w): `sandbox down` removes it", path, err)
	}
	return nil
}

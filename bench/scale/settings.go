package scale

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/opendatahub-io/mpijob/bench/contender"
	"github.com/opendatahub-io/mpijob/bench/result"
)

// Settings of the control plane, by what is done with them.
var (
	// Raised is what the sandbox does anyway.
	Raised = result.Settings{Key: "raised", Title: "Kubernetes' controllers raised",
		About: "kube-controller-manager with `--kube-api-qps=500 --kube-api-burst=1000 --concurrent-job-syncs=20`, as the sandbox starts it"}
	// Defaults are Kubernetes' own.
	Defaults = result.Settings{Key: "defaults", Title: "Kubernetes' controllers at their defaults",
		About: "kube-controller-manager with `--kube-api-qps=20 --kube-api-burst=30 --concurrent-job-syncs=5`, which is what it does when nothing is set"}
)

var managerArgs = map[string][]string{
	Raised.Key:   nil,
	Defaults.Key: {"--kube-api-qps=20", "--kube-api-burst=30", "--concurrent-job-syncs=5"},
}

// state is what the sandbox is to be like for the next run.
type state struct {
	settings result.Settings
	operator *Operator
}

// upArgs are those of the sandbox command that bring it into the state.
func (s state) upArgs() []string {
	args := []string{"up", "--reset", "--with", "kwok", "--with", "mpi-operator", "--arg", "controller=--namespace=" + contender.OursNamespace}
	for _, a := range managerArgs[s.settings.Key] {
		args = append(args, "--arg", "kube-controller-manager="+a)
	}
	for _, a := range s.operatorArgs() {
		args = append(args, "--arg", "mpi-operator="+a)
	}
	return args
}

func (s state) operatorArgs() []string {
	if s.operator == nil {
		return nil
	}
	return s.operator.Args
}

// switchTo brings the sandbox into the state and says whether anything was to be done for it. A run
// that needs no MPI operator takes it as it is.
func (r *Runner) switchTo(ctx context.Context, next state) (bool, error) {
	if next.operator == nil {
		next.operator = r.now.operator
	}
	after := next.upArgs()
	if r.started && slices.Equal(r.now.upArgs(), after) {
		return false, nil
	}
	if err := r.sandbox(ctx, after...); err != nil {
		return false, err
	}
	restarted := !r.started || !slices.Equal(r.now.operatorArgs(), next.operatorArgs())
	r.now, r.started = next, true
	if restarted {
		return true, r.operatorLeads(ctx)
	}
	return true, nil
}

// Restore brings back the standard sandbox. Our controller does not start beside the MPI operator, and
// goes by its lease, which the operator does not give back.
func (r *Runner) Restore(ctx context.Context) error {
	r.started = false
	err := r.sandbox(ctx, "up", "--reset")
	if err == nil {
		return nil
	}
	if gone := r.Client.DeleteOne(ctx, leases, contender.OperatorNamespace, operatorLease); gone != nil {
		return errors.Join(err, gone)
	}
	return r.sandbox(ctx, "up", "--reset")
}

func (r *Runner) sandbox(ctx context.Context, args ...string) error {
	run := exec.CommandContext(ctx, r.Sandbox, args...)
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a second Ctrl-C must not stop the cleaning up
	if output, err := run.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("%s %s: %w", filepath.Base(r.Sandbox), strings.Join(args, " "), err), errors.New(string(output)))
	}
	return nil
}

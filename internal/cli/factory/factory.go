// Package factory makes what commands need, when they need it: a command that only prints help reads
// no kubeconfig.
package factory

import (
	"fmt"
	"sync"
	"time"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Factory makes what commands need.
type Factory struct {
	IO      *iostreams.IOStreams
	Version string
	// Now is the clock for ages.
	Now func() time.Time
	// Kubeconfig, Context and Namespace are the flags that every command takes.
	Kubeconfig, Context, Namespace string

	once   sync.Once
	client *training.Client
	err    error
}

// New returns a Factory for a version of the program.
func New(io *iostreams.IOStreams, version string) *Factory {
	return &Factory{IO: io, Version: version, Now: time.Now}
}

// Client is the cluster's, made on the first call.
func (f *Factory) Client() (*training.Client, error) {
	f.once.Do(func() {
		style := f.IO.ErrStyle()
		f.client, f.err = training.NewClientFromKubeconfig(training.Kubeconfig{
			Path: f.Kubeconfig, Context: f.Context, Namespace: f.Namespace, UserAgent: "odh/" + f.Version,
			Warnings: func(s string) { fmt.Fprintln(f.IO.Err, style.Yellow("warning:"), s) },
		})
	})
	return f.client, f.err
}

// Jobs are the jobs of the namespace the flags or the kubeconfig say.
func (f *Factory) Jobs() (*training.Jobs, error) {
	c, err := f.Client()
	if err != nil {
		return nil, err
	}
	return c.Jobs(""), nil
}

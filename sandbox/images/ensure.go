package images

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options say where images come from and where they go.
type Options struct {
	// Cache is the folder for what is slow to make. It is created.
	Cache string
	// RepoRoot is the repository: Specs name their sources relative to it.
	RepoRoot string
	// Socket is containerd's, such as /run/containerd/containerd.sock. Only
	// Load and Ensure use it.
	Socket string
	// Only limits the work to the images of these names; none means all.
	Only []string
	// Component is the optional component whose images are meant; empty means
	// those of the standard sandbox.
	Component string
	// Progress, if set, hears of each slow step as it begins and ends, one
	// call at a time. What the cache holds already is no step, except that Go
	// programs always are one: only go knows whether they changed.
	Progress func(Step)
}

// Step is one slow piece of work.
type Step struct {
	// Name says what is done, such as "Debian packages openmpi-bin".
	Name string
	// Elapsed is 0 when the step begins.
	Elapsed time.Duration
	// Expected is what the step takes on a machine with two cores.
	Expected time.Duration
	// Done is true when the step has ended well.
	Done bool
}

// parallel is how many steps run side by side; each takes about one core.
const parallel = 2

// Ensure builds what is missing, imports what containerd lacks and returns the
// full reference of each image by its name.
func Ensure(ctx context.Context, o Options) (map[string]string, error) {
	built, err := Build(ctx, o)
	if err != nil {
		return nil, err
	}
	return Load(ctx, o, built)
}

// Build makes the images, as far as the cache does not hold them, in the order
// of Specs.
func Build(ctx context.Context, o Options) ([]*Image, error) {
	specs, err := o.specs()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Cache, 0o755); err != nil {
		return nil, fmt.Errorf("making the image cache: %w; name another folder for it", err)
	}
	b := newBuilder(o)
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	// The compiler first: it is needed last, but takes two steps in a row.
	programs := map[compiled]string{}
	group.Go(func() (err error) {
		programs, err = b.programs(gctx, specs)
		return err
	})
	for _, s := range systems(specs) {
		group.Go(func() error {
			_, err := b.packages(gctx, s)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	images := make([]*Image, 0, len(specs))
	for _, s := range specs {
		image, err := b.assemble(ctx, s, programs)
		if err != nil {
			return nil, fmt.Errorf("building image %s: %w", s.Name, err)
		}
		images = append(images, image)
	}
	return images, nil
}

// specs are those the options mean.
func (o Options) specs() ([]Spec, error) {
	var of []Spec
	for _, s := range Specs() {
		if s.Component == o.Component {
			of = append(of, s)
		}
	}
	return selected(of, o.Only)
}

// selected returns the valid specs of the given names.
func selected(specs []Spec, only []string) ([]Spec, error) {
	var chosen []Spec
	var known []string
	for _, s := range specs {
		if err := s.Validate(); err != nil {
			return nil, err
		}
		known = append(known, s.Name)
		if len(only) == 0 || slices.Contains(only, s.Name) {
			chosen = append(chosen, s)
		}
	}
	for _, name := range only {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no image %q; the images are %q", name, known)
		}
	}
	return chosen, nil
}

// systems returns the distinct root file systems of the specs.
func systems(specs []Spec) []system {
	var all []system
	for _, spec := range specs {
		s := newSystem(spec.Suite, spec.Packages)
		known := slices.ContainsFunc(all, func(k system) bool {
			return k.suite == s.suite && slices.Equal(k.packages, s.packages)
		})
		if len(s.packages) > 0 && !known {
			all = append(all, s)
		}
	}
	return all
}

func sorted(list []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// builder carries what all steps of one Build share.
type builder struct {
	Options
	mu sync.Mutex
}

func newBuilder(o Options) *builder { return &builder{Options: o} }

// step runs one slow piece of work and reports it.
func (b *builder) step(name string, expected time.Duration, work func() error) error {
	b.report(Step{Name: name, Expected: expected})
	begun := time.Now()
	if err := work(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	b.report(Step{Name: name, Expected: expected, Elapsed: time.Since(begun), Done: true})
	return nil
}

func (b *builder) report(s Step) {
	if b.Progress == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Progress(s)
}

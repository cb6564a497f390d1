package component

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/images"
	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// Optional components, asked for by `up --with NAME`.
var optional = map[string]func(config.Config) []Component{
	"kwok":                 kwok,
	"metrics-server":       metricsServer,
	"mpi-operator":         mpiOperator,
	images.ComponentMPI:    imagesOnly(images.ComponentMPI, "images of Open MPI 5 and MPICH"),
	images.ComponentMatrix: imagesOnly(images.ComponentMatrix, "images with sshd, and of Intel MPI"),
	TrainingOperator:       trainingOperator,
	"volcano":              volcano,
}

// OptionalNames lists the components that `up --with` knows.
func OptionalNames() []string {
	names := make([]string, 0, len(optional))
	for name := range optional {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// All describes the whole sandbox in the order it starts. Without sources of our controller, or the
// agent it installs in pods, the controller is left out.
func All(c config.Config) ([]Component, error) {
	list := []Component{
		setup(c, "host", "bridge, firewall rules, cgroup"),
		etcd(c),
		containerd(c),
		setupImages(c, "pause", "the pause image"),
		setupImages(c, "images", "our images for jobs"),
		apiServer(c),
		controllerManager(c),
		scheduler(c),
		kubelet(c),
		nodeReady(c),
		setup(c, "cluster", "namespaces and users", "kube-apiserver"),
		coreDNS(c),
		setup(c, "jobset", "JobSet's CRD, roles and webhooks", "kube-apiserver"),
		jobSet(c),
		setup(c, "trainer", "Trainer's CRDs, roles and webhooks", "kube-apiserver"),
		trainer(c),
	}
	if c.ControllerImage != "" && c.AgentImage != "" {
		ours := setup(c, "controller", "MPIJob's CRD, roles, policies and webhook", "setup-cluster", "setup-jobset", "setup-trainer")
		ours.Inputs = map[string]string{"manifests": c.Manifests}
		image := setup(c, "controller-image", "the controller's image", "containerd")
		image.Inputs = map[string]string{"image": c.ControllerImage}
		list = append(list, ours, image, controller(c), setup(c, "mpijobs", "MPIJobs are accepted", "controller"))
	}
	if c.ServiceImage != "" && c.ControllerImage != "" {
		list = append(list, service(c)...)
	}
	for _, name := range c.With {
		describe, ok := optional[name]
		if !ok {
			return nil, fmt.Errorf("no optional component %q; there are: %s", name, strings.Join(OptionalNames(), ", "))
		}
		list = append(list, describe(c)...)
	}
	for name, args := range c.Args {
		i := slices.IndexFunc(list, func(k Component) bool { return k.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("no component %q to add arguments to; there are: %s", name, strings.Join(Names(list), ", "))
		}
		list[i].Argv = append(list[i].Argv, args...)
	}
	return Order(list)
}

// setupImages puts images from the cache into containerd.
func setupImages(c config.Config, step, about string) Component {
	s := setup(c, step, about, "containerd")
	s.Inputs = map[string]string{"images": c.Images}
	s.Expect = 2 * time.Second
	return s
}

// imagesOnly is an optional component that consists of images.
func imagesOnly(name, about string) func(config.Config) []Component {
	return func(c config.Config) []Component { return []Component{setupImages(c, name, about)} }
}

// Names are the names of components, in their order.
func Names(list []Component) []string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Name
	}
	return names
}

// Order sorts components so that each comes after those it needs, and else as they are given.
func Order(list []Component) ([]Component, error) {
	byName := map[string]Component{}
	for _, c := range list {
		if _, twice := byName[c.Name]; twice {
			return nil, fmt.Errorf("component %q is described twice", c.Name)
		}
		byName[c.Name] = c
	}
	const visiting, done = 1, 2
	state := map[string]int{}
	var out []Component
	var visit func(name, by string) error
	visit = func(name, by string) error {
		c, ok := byName[name]
		switch {
		case !ok:
			return fmt.Errorf("component %q needs %q, which is not there", by, name)
		case state[name] == done:
			return nil
		case state[name] == visiting:
			return fmt.Errorf("components %q and %q need one another", by, name)
		}
		state[name] = visiting
		for _, need := range c.Needs {
			if err := visit(need, name); err != nil {
				return err
			}
		}
		state[name] = done
		out = append(out, c)
		return nil
	}
	for _, c := range list {
		if err := visit(c.Name, ""); err != nil {
			return nil, err
		}
	}
	return out, nil
}

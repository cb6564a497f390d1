package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/opendatahub-io/mpijob/sandbox/images"
	"github.com/opendatahub-io/mpijob/sandbox/internal/build"
	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
	"github.com/opendatahub-io/mpijob/sandbox/internal/pki"
	"github.com/opendatahub-io/mpijob/sandbox/internal/screen"
)

// imageSources are the folders and files below the repository that images are made of.
var imageSources = []string{"go.mod", "go.sum", "cmd/mpi-agent", "internal", "examples", "test/programs", "images", "sandbox/images"}

// buildImages makes the images, also those of the optional components that are nothing else, and
// returns a hash of their sources and the agent's full reference.
func buildImages(ctx context.Context, o *upOptions, toolchain string) (hash, agent string, err error) {
	hash, err = build.Hash(o.config.Repo, imageSources, toolchain)
	if err != nil {
		return "", "", err
	}
	agent, err = buildImagesOf(ctx, o, "", hash, toolchain)
	if err == nil && agent == "" {
		err = errors.New("there is no image of the agent among the sandbox's images")
	}
	for _, name := range o.config.With {
		if err == nil && slices.Contains(images.Components(), name) {
			_, err = buildImagesOf(ctx, o, name, hash, toolchain)
		}
	}
	return hash, agent, err
}

// buildImagesOf makes the images of one optional component, or of the standard sandbox, and returns the
// agent's reference if it is among them. It does not look at the images again while the sources are the
// same.
func buildImagesOf(ctx context.Context, o *upOptions, component, hash, toolchain string) (agent string, err error) {
	memo := filepath.Join(o.config.Cache, "images", "built"+component+".json")
	var last struct{ Hash, Agent string }
	if raw, err := os.ReadFile(memo); err == nil && json.Unmarshal(raw, &last) == nil && last.Hash == hash {
		return last.Agent, nil
	}
	opts := imageOptions(o.config)
	opts.Component = component
	steps := map[string]*screen.Step{}
	opts.Progress = func(s images.Step) {
		switch step := steps[s.Name]; {
		case !s.Done:
			steps[s.Name] = o.screen.Begin("image: "+s.Name, s.Expected)
		case step != nil:
			step.Done()
		}
	}
	built, err := images.Build(ctx, opts)
	if err != nil {
		return "", err
	}
	for _, i := range built {
		if i.Name == images.Agent {
			agent = i.Ref
		}
	}
	// Sources edited in mid-build: what was built is of neither state, so it is not remembered.
	if after, err := build.Hash(o.config.Repo, imageSources, toolchain); err != nil || after != hash {
		return agent, err
	}
	last.Hash, last.Agent = hash, agent
	raw, err := json.Marshal(last)
	if err != nil {
		return "", err
	}
	if err := pki.Write(memo, raw, 0o644); err != nil {
		return "", fmt.Errorf("noting what was built: %w", err)
	}
	return agent, nil
}

func imageOptions(c config.Config) images.Options {
	return images.Options{
		Cache:    filepath.Join(c.Cache, "images"),
		RepoRoot: c.Repo,
		Socket:   c.ContainerdSocket(),
	}
}

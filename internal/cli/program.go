package cli

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// prefix is what every command is under, as it is written in help and hints.
const prefix = "odh training"

// pluginName is what one types to reach the program, where kubectl or oc run it as a plugin: they look
// for "kubectl-odh_training" and "oc-odh_training", with "_" for "-", and hand over what follows. It
// is empty for the program under its own name.
func pluginName(program string) string {
	base := strings.TrimSuffix(filepath.Base(program), ".exe")
	host, name, ok := strings.Cut(base, "-")
	if !ok || host != "kubectl" && host != "oc" {
		return ""
	}
	// Further dashes are words of their own.
	return host + " " + strings.ReplaceAll(strings.ReplaceAll(name, "-", " "), "_", "-")
}

// asPlugin makes the training commands a program of their own, which is called by another name.
func asPlugin(training *cobra.Command, name, version string) *cobra.Command {
	training.Use = strings.ReplaceAll(name, " ", "-")
	training.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: name}
	training.Version = version
	each(training, func(c *cobra.Command) {
		c.Short, c.Long, c.Example = renamed(c.Short, name), renamed(c.Long, name), renamed(c.Example, name)
	})
	return training
}

func each(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, child := range c.Commands() {
		each(child, do)
	}
}

func renamed(text, name string) string { return strings.ReplaceAll(text, prefix, name) }

// renamer writes what tells a person which command to type next, under the plugin's name.
type renamer struct {
	to   io.Writer
	name string
}

func (r renamer) Write(p []byte) (int, error) {
	if _, err := io.WriteString(r.to, renamed(string(p), r.name)); err != nil {
		return 0, err
	}
	return len(p), nil
}

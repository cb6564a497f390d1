package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/opendatahub-io/mpijob/internal/cli"
)

// published is the date on the man pages; they change with the commands, not with the day they are
// written.
var published = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// commands renders each command as a page of the reference and as a man page, by their paths in docs/.
func commands() (map[string][]byte, error) {
	pages := map[string][]byte{}
	root := cli.NewRoot()
	root.DisableAutoGenTag = true
	err := eachCommand(root, func(c *cobra.Command) error {
		c.DisableAutoGenTag = true
		name := strings.ReplaceAll(c.CommandPath(), " ", "-")
		var page, man bytes.Buffer
		fmt.Fprintln(&page, "<!-- Generated from internal/cli by docs/gen. -->")
		if err := doc.GenMarkdownCustom(c, &page, func(file string) string { return strings.ReplaceAll(file, "_", "-") }); err != nil {
			return fmt.Errorf("rendering %s: %w", name, err)
		}
		header := &doc.GenManHeader{Title: strings.ToUpper(name), Section: "1", Source: "Open Data Hub", Manual: "odh", Date: &published}
		if err := doc.GenMan(c, header, &man); err != nil {
			return fmt.Errorf("rendering the man page of %s: %w", name, err)
		}
		pages["cli/"+name+".md"], pages["man/"+name+".1"] = page.Bytes(), man.Bytes()
		return nil
	})
	return pages, err
}

// eachCommand visits a command and what is below it that a person may type.
func eachCommand(c *cobra.Command, do func(*cobra.Command) error) error {
	if err := do(c); err != nil {
		return err
	}
	for _, child := range c.Commands() {
		if child.Hidden || child.Name() == "help" || child.Name() == "completion" {
			continue
		}
		if err := eachCommand(child, do); err != nil {
			return err
		}
	}
	return nil
}

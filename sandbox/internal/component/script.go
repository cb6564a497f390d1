package component

import (
	"fmt"
	"io"
	"strings"
)

// Script writes what starting the components amounts to, as a shell script to read: the files, the
// environment, the commands. Nothing secret is in it.
func Script(w io.Writer, list []Component) {
	for _, c := range list {
		fmt.Fprintf(w, "\n# %s: %s", c.Name, c.About)
		if len(c.Needs) > 0 {
			fmt.Fprintf(w, " (after %s)", strings.Join(c.Needs, ", "))
		}
		fmt.Fprintln(w)
		for _, f := range c.Files {
			fmt.Fprintf(w, "cat >%s <<'EOF'\n%s", quote(f.Path), f.Content)
			if !strings.HasSuffix(f.Content, "\n") {
				fmt.Fprintln(w)
			}
			fmt.Fprintln(w, "EOF")
		}
		Command(w, c.Env, c.Argv)
		switch r := c.Ready; {
		case c.Once:
		case r.URL != "":
			fmt.Fprintf(w, "# ready when %s answers\n", r.URL)
		case r.Socket != "":
			fmt.Fprintf(w, "# ready when %s accepts\n", r.Socket)
		}
	}
}

// Command writes one command with its environment.
func Command(w io.Writer, env, argv []string) {
	for _, e := range env {
		fmt.Fprintf(w, "%s \\\n", quote(e))
	}
	for i, a := range argv {
		if i > 0 {
			fmt.Fprint(w, " \\\n  ")
		}
		fmt.Fprint(w, quote(a))
	}
	fmt.Fprintln(w)
}

// quote makes a word safe for a POSIX shell, and leaves harmless ones as they are.
func quote(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:,@%+", r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

package images

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// debianSources finds where this machine gets Debian's own packages from, so
// that its mirror serves the images too, and returns files for mmdebstrap. For
// another release than this machine's they are the same ones with its name.
// Other vendors' repositories are left out: their packages and keys are none
// of the images' business. No file means Debian's default mirror.
func debianSources(etcApt, release string) (files []string, remove func(), err error) {
	lists, _ := filepath.Glob(filepath.Join(etcApt, "sources.list.d", "*.list"))
	stanzas, _ := filepath.Glob(filepath.Join(etcApt, "sources.list.d", "*.sources"))
	lists = append([]string{filepath.Join(etcApt, "sources.list")}, lists...)

	dir, err := os.MkdirTemp("", "debian-sources-")
	if err != nil {
		return nil, nil, fmt.Errorf("noting Debian's sources: %w", err)
	}
	remove = func() { os.RemoveAll(dir) }
	for name, text := range map[string]string{
		"debian.list":    filterAll(lists, debianLines),
		"debian.sources": filterAll(stanzas, debianStanzas),
	} {
		if text == "" {
			continue
		}
		text = strings.ReplaceAll(text, suite, release)
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			remove()
			return nil, nil, fmt.Errorf("noting Debian's sources: %w", err)
		}
		files = append(files, file)
	}
	slices.Sort(files)
	return files, remove, nil
}

// filterAll joins what filter keeps of each file that can be read.
func filterAll(files []string, filter func(string) string) string {
	var all strings.Builder
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil {
			all.WriteString(filter(string(text)))
		}
	}
	return all.String()
}

// debianLines keeps the one-line entries that are Debian's, see sources.list(5).
func debianLines(text string) string {
	var kept strings.Builder
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		entry := lines.Text()
		if open := strings.Index(entry, "["); open >= 0 {
			if end := strings.Index(entry, "]"); end > open {
				entry = entry[:open] + entry[end+1:]
			}
		}
		f := strings.Fields(entry)
		if len(f) >= 4 && f[0] == "deb" && isDebian(f[2:3], f[3:]) {
			kept.WriteString(lines.Text() + "\n")
		}
	}
	return kept.String()
}

// debianStanzas keeps the deb822 stanzas that are Debian's.
func debianStanzas(text string) string {
	var kept strings.Builder
	for stanza := range strings.SplitSeq(text, "\n\n") {
		field := map[string][]string{}
		for line := range strings.SplitSeq(stanza, "\n") {
			if name, value, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, "#") {
				field[strings.ToLower(name)] = strings.Fields(value)
			}
		}
		disabled := slices.Equal(field["enabled"], []string{"no"})
		if !disabled && slices.Contains(field["types"], "deb") && isDebian(field["suites"], field["components"]) {
			kept.WriteString(strings.Trim(stanza, "\n") + "\n\n")
		}
	}
	return kept.String()
}

func isDebian(suites, components []string) bool {
	ours := slices.ContainsFunc(suites, func(s string) bool {
		return s == suite || s == suite+"-updates" || s == suite+"-security"
	})
	return ours && slices.Contains(components, "main")
}

package images

import "strings"

// Commands returns the commands that Ensure would run, as a person would type
// them, with an empty cache and an empty containerd.
func Commands(o Options) ([]string, error) {
	specs, err := selected(Specs(), o.Only)
	if err != nil {
		return nil, err
	}
	var lines []string
	add := func(words ...string) { lines = append(lines, quote(words)) }
	for _, packages := range packageLists(specs) {
		add(append([]string{"mmdebstrap"}, mmdebstrapArgs(systemVariant, packages, "-", nil)...)...)
	}
	compiled := map[string]bool{}
	for _, s := range specs {
		for _, p := range s.Programs {
			if len(compiled) == 0 {
				add(append([]string{"mmdebstrap"}, mmdebstrapArgs("extract", toolchain, "TOOLCHAIN", nil)...)...)
			}
			if !compiled[p.Source] {
				add(append(append([]string{"chroot", "TOOLCHAIN"}, compile...), "-o", "program", p.Source)...)
			}
			compiled[p.Source] = true
		}
		for _, b := range s.Binaries {
			add(append([]string{"env", "CGO_ENABLED=0", "go"}, goArgs(strings.TrimPrefix(b.Path, "/"), b)...)...)
		}
	}
	for range specs {
		add(append([]string{"ctr", "-a", o.Socket, "-n", namespace}, loadArgs...)...)
	}
	return lines, nil
}

// quote joins words so that a shell would split them again.
func quote(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		if w == "" || strings.ContainsAny(w, " \t\"'$*?&|;<>()\\`") {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		quoted[i] = w
	}
	return strings.Join(quoted, " ")
}

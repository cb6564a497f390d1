package images

import "strings"

// Commands returns the commands that Ensure would run, as a person would type
// them, with an empty cache and an empty containerd.
func Commands(o Options) ([]string, error) {
	specs, err := o.specs()
	if err != nil {
		return nil, err
	}
	var lines []string
	add := func(words ...string) { lines = append(lines, quote(words)) }
	for _, s := range systems(specs) {
		add(append([]string{"mmdebstrap"}, mmdebstrapArgs(systemVariant, s, "-", nil)...)...)
	}
	toolchains, done := map[string]bool{}, map[compiled]bool{}
	for _, s := range specs {
		c := s.compiler()
		for _, w := range s.Wheels {
			add(append([]string{"python3"}, w.pipArgs("WHEELS")...)...)
		}
		for _, p := range s.Programs {
			if !toolchains[c.Name] {
				add(append([]string{"mmdebstrap"}, mmdebstrapArgs("extract", c.system(), "TOOLCHAIN", nil)...)...)
			}
			toolchains[c.Name] = true
			if !done[compiled{c.Name, p.Source}] {
				add(append(append([]string{"chroot", "TOOLCHAIN"}, c.Command...), "-o", "program", p.Source)...)
			}
			done[compiled{c.Name, p.Source}] = true
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

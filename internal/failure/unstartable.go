package failure

import "strings"

// unstartable is what to do about a command that can't be started, where its name or the failure says more than that;
// else empty.
func unstartable(f *Failure) string {
	program := programOf(f.Detail)
	switch {
	case program == "":
		return ""
	case strings.HasSuffix(f.Detail, notExecutable) || strings.HasSuffix(f.Detail, ": permission denied"):
		by := "sh"
		if strings.HasSuffix(program, ".py") {
			by = "python"
		}
		return "It isn't executable: make it so where it comes from (`chmod +x`), or name what runs it, as in `-- " + by + " " + short(program, "FILE") + "`."
	case strings.ContainsAny(program, " \t\n|&;<>$`"):
		return "It is a line for a shell, not the name of a program: start it by one, as in `-- sh -c '" + short(program, "…") + "'` (in a manifest sh, -c and the line are a word each)."
	}
	return ""
}

// notExecutable is what Detail ends with, of a file that is there.
const notExecutable = ": not executable"

// NotExecutable is Detail of a program whose file is there and isn't executable.
func NotExecutable(program string) string { return program + notExecutable }

// programOf is the program that a Detail is about: of `exec: "p": not found`, as a container runtime says it, of
// `p: command not found`, as the agent does, and of the name alone, which is all that mpirun says.
func programOf(detail string) string {
	if rest, ok := strings.CutPrefix(detail, `exec: "`); ok {
		program, _, _ := strings.Cut(rest, `": `)
		return program
	}
	for _, end := range []string{": command not found", notExecutable} {
		detail = strings.TrimSuffix(detail, end)
	}
	return detail
}

// short is a program as it can be shown within a command, or what stands for it there.
func short(program, otherwise string) string {
	if len(program) > 100 || strings.ContainsAny(program, "'\"`\n") {
		return otherwise
	}
	return program
}

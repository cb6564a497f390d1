package mpirun

import "strings"

// startTrouble recognises lines that say why nothing could be started.
func startTrouble(line string) (Finding, bool) {
	// Open MPI: "There are not enough slots available in the system to satisfy the 9"
	if rest, ok := after(line, "There are not enough slots available in the system to satisfy the "); ok {
		return Finding{Kind: NotEnoughSlots, Asked: integer(rest)}, true
	}
	for _, mark := range misunderstood {
		if strings.Contains(line, mark) {
			return Finding{Kind: Misunderstood}, true
		}
	}
	line = strings.TrimSpace(line)
	if Refusal(line) {
		// "user@host: Permission denied (publickey)."
		host, _, _ := strings.Cut(line, ": ")
		_, host, _ = strings.Cut(host, "@")
		return Finding{Kind: ShellRefused, Host: host, Text: line}, true
	}
	// "ssh: connect to host pi-worker-0 port 22: Connection refused"
	if host, ok := strings.CutPrefix(line, "ssh: connect to host "); ok {
		return Finding{Kind: ShellUnanswered, Host: word(host), Text: line}, true
	}
	// "ssh: Could not resolve hostname pi-worker-0: Temporary failure in name resolution"
	if host, ok := strings.CutPrefix(line, "ssh: Could not resolve hostname "); ok {
		return Finding{Kind: ShellUnanswered, Host: strings.TrimSuffix(word(host), ":"), Text: line}, true
	}
	return Finding{}, false
}

// misunderstood are what mpirun says of options and hostfiles of another implementation.
var misunderstood = []string{
	"unrecognized argument ",                 // Hydra: "[mpiexec@h] match_arg (…): unrecognized argument mca"
	"HYDU_process_mfile_token (",             // Hydra: "token slots not supported at this time"
	"unable to parse hostfile",               // Hydra
	"Error: unknown option \"",               // Open MPI 4
	"An unrecognized option was included",    // Open MPI 5
	"detected a parse error in the hostfile", // Open MPI
}

// Refusal says whether a line is ssh's word that it can't log in anywhere, or may not.
func Refusal(line string) bool {
	return line == "Host key verification failed." ||
		LocalRefusal(line) ||
		strings.HasSuffix(line, ".") && (strings.HasPrefix(line, "Permission denied (") || strings.Contains(line, ": Permission denied (")) ||
		strings.Contains(line, "Too many authentication failures")
}

// LocalRefusal says whether a line is ssh's word that it can't begin at all, whoever it is to reach: it
// hasn't tried to.
func LocalRefusal(line string) bool {
	return strings.HasPrefix(line, "No user exists for uid ") ||
		strings.HasPrefix(line, "Bad owner or permissions on ") ||
		strings.Contains(line, ": Bad configuration option: ")
}

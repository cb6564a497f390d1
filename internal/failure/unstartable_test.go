package failure_test

import (
	"testing"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// What is wrong with a command is often seen in its name.
func TestAdviceOnWhatCantBeStarted(t *testing.T) {
	usual := (&failure.Failure{Reason: failure.ContainerCommandNotFound}).Advice()
	const (
		executable = "It isn't executable: make it so where it comes from (`chmod +x`), or name what runs it, as in `-- "
		line       = "It is a line for a shell, not the name of a program: start it by one, as in `-- sh -c '"
		words      = "'` (in a manifest sh, -c and the line are a word each)."
	)
	for detail, want := range map[string]string{
		"no-such-program":                    usual,
		"./no-such-program":                  usual,
		"no-such-program: command not found": usual,
		`exec: "no-such-sshd": executable file not found in $PATH`: usual,
		failure.NotExecutable("./train.sh"):                        executable + "sh ./train.sh`.",
		`exec: "./train.py": permission denied`:                    executable + "python ./train.py`.",
		failure.NotExecutable("./my 'own'.sh"):                     executable + "sh FILE`.",
		"echo hi && hostname":                                      line + "echo hi && hostname" + words,
		"echo hi && hostname: command not found":                   line + "echo hi && hostname" + words,
		`exec: "echo hi": executable file not found in $PATH`:      line + "echo hi" + words,
		"$HOME/train":    line + "$HOME/train" + words,
		"echo 'a' | cat": line + "…" + words,
	} {
		f := &failure.Failure{Reason: failure.ContainerCommandNotFound, Where: "Worker 0", Detail: detail}
		if got := f.Advice(); got != want {
			t.Errorf("%s: %q, want %q", detail, got, want)
		}
	}
}

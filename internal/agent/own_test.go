package agent_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// ownTransport is a job whose Workers bring their own sshd, in an image whose ssh is a script.
func ownTransport(t *testing.T, ssh string) *testJob {
	t.Helper()
	j := newJob(t, 2)
	j.job.Transport, j.job.Port = wire.TransportOwn, 0
	j.job.Feed = &wire.Feed{Address: "127.0.0.1:1", ServerName: "nobody"} // as each job has one; nobody listens
	j.write()
	bin := t.TempDir()
	if ssh != "" {
		writeFile(t, filepath.Join(bin, "ssh"), []byte("#!/bin/sh\n"+ssh), 0o755)
	}
	j.env = append(j.env, "PATH="+bin+":/nonexistent", "STATE="+t.TempDir(), "OMPI_MCA_plm_rsh_args=-p 2222")
	return j
}

func TestOwnTransport(t *testing.T) {
	t.Parallel()
	refused := `echo "ssh: connect to host x port 22: Connection refused" >&2; exit 255`
	for _, tc := range []struct {
		name, ssh, says string
	}{
		{"answers", `[ "$*" = "-o BatchMode=yes -o ConnectTimeout=2 -p 2222 $7 true" ]`, ""},
		{"answers later", `case "$*" in *127.0.0.3*) [ -e "$STATE/up" ] && exit 0; : >"$STATE/up"; ` + refused + `;; esac`, ""},
		{"has a key mpirun may know how to use", `echo "Host key verification failed." >&2; exit 255`, ""},
		{"isn't in the image", "", "the image has no ssh"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			j := ownTransport(t, tc.ssh)
			p := j.launch("echo ${PATH%%:*}")
			if code := p.wait(); code != 0 || strings.Contains(p.stdout.String(), wire.ShimDir) {
				t.Errorf("exit code %d, stdout %q", code, p.stdout.String())
			}
			if !strings.Contains(p.stderr.String(), tc.says) {
				t.Errorf("stderr %q, want %q", p.stderr.String(), tc.says)
			}
		})
	}
	t.Run("isn't asked, since ssh has no account", func(t *testing.T) {
		j := ownTransport(t, `echo "No user exists for uid 1000" >&2; exit 255`)
		port := freePort(t)
		j.env[len(j.env)-1] = fmt.Sprintf("OMPI_MCA_plm_rsh_args=-p %d", port)
		p := j.launch("echo started")
		p.until("waiting for 2 of 2 Workers: Worker 0 (No user exists for uid 1000)")
		if p.stdout.String() != "" {
			t.Error("the command began before any Worker answered")
		}
		for _, host := range j.job.Workers {
			l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
		}
		if code := p.wait(); code != 0 || p.stdout.String() != "started\n" {
			t.Errorf("exit code %d, stdout %q", code, p.stdout.String())
		}
	})
	t.Run("never answers", func(t *testing.T) {
		j := ownTransport(t, refused)
		j.job.WaitSeconds = 5 // both were asked within
		j.write()
		if code := j.launch("true").wait(); code != wire.ExitInfrastructure {
			t.Errorf("exit code %d", code)
		}
		f := j.lastWord().Failure
		if f == nil || f.Reason != failure.LauncherTimeoutWaitingForWorkers || !strings.Contains(f.Detail, "Worker 1 (connection refused)") {
			t.Errorf("failure %+v", f)
		}
	})
}

// Hosts that are not of the job are for the image's own ssh, with the arguments as they came.
func TestOtherHosts(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	bin := t.TempDir()
	writeFile(t, filepath.Join(bin, "ssh"), []byte("#!/bin/sh\nprintf '<%s>' \"$@\"; exit 4\n"), 0o755)
	j.env = append(j.env, "PATH="+j.dir+":"+bin)
	p := j.command("ssh", "-p", "22", "github.com", "a  b")
	if code := p.run(); code != 4 || p.stdout.String() != "<-p><22><github.com><a  b>" {
		t.Errorf("exit code %d, stdout %q", code, p.stdout.String())
	}
	if err := os.Remove(filepath.Join(bin, "ssh")); err != nil {
		t.Fatal(err)
	}
	p = j.command("ssh", "github.com", "true")
	if code := p.run(); code != 255 || !strings.Contains(p.stderr.String(), `"github.com" is no Worker of this job, and the image has no ssh`) {
		t.Errorf("exit code %d, stderr %q", code, p.stderr.String())
	}
	// The Launcher reaches itself without a server.
	p = j.command("ssh", "job-launcher", "echo here; exit 2")
	p.cmd.Env = append(p.cmd.Env, wire.EnvRole+"=launcher")
	if code := p.run(); code != 2 || p.stdout.String() != "here\n" {
		t.Errorf("exit code %d, stdout %q", code, p.stdout.String())
	}
}

package sshd

import (
	"fmt"
	"os"
	"os/exec"
)

// pipes are a command's three streams; the os/exec way would make Wait wait for their ends.
type pipes struct {
	stdin, stdout, stderr *os.File
	theirs                []*os.File
}

func attach(cmd *exec.Cmd) (*pipes, error) {
	p := &pipes{}
	pipe := func() (r, w *os.File, err error) {
		if r, w, err = os.Pipe(); err != nil {
			p.close()
			return nil, nil, fmt.Errorf("no pipe for its streams: %w", err)
		}
		return r, w, nil
	}
	r, w, err := pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdin, p.stdin, p.theirs = r, w, append(p.theirs, r)
	if r, w, err = pipe(); err != nil {
		return nil, err
	}
	cmd.Stdout, p.stdout, p.theirs = w, r, append(p.theirs, w)
	if r, w, err = pipe(); err != nil {
		return nil, err
	}
	cmd.Stderr, p.stderr, p.theirs = w, r, append(p.theirs, w)
	return p, nil
}

// started closes the command's ends, which it has now.
func (p *pipes) started() {
	for _, f := range p.theirs {
		f.Close()
	}
	p.theirs = nil
}

func (p *pipes) close() {
	p.started()
	for _, f := range []*os.File{p.stdin, p.stdout, p.stderr} {
		if f != nil {
			f.Close()
		}
	}
}

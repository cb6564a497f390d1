// Package rsh is the remote shell: what MPI implementations, and programs that call ssh by name, start
// ranks with. It takes the arguments of OpenSSH's client and speaks to the agents in the Workers;
// hosts that are not of the job go to the image's own ssh.
package rsh

import (
	"errors"
	"fmt"
	"strings"
)

// Invocation is a parsed command line.
type Invocation struct {
	User    string // empty: not given
	Host    string
	Command string // empty: none, which asks for a shell
	// NoInput is -n or -f: nothing is read from stdin.
	NoInput bool
	// Background is -f: return once the command runs.
	Background bool
	// Foreign says that something was asked for that only a real ssh can do, and which option it was.
	Foreign string
}

// Options of OpenSSH's client, as in its getopt string: those without and those with an argument.
const (
	plainOptions = "1246AaCfGgKkMNnqsTtVvXxYy"
	valueOptions = "BbcDEeFIiJLlmOoPpQRSWw"
	// foreignOptions need what the Workers' agents don't offer: forwarding, subsystems, multiplexing,
	// or no command at all.
	foreignOptions = "DGJLMNOQRsVWw"
)

// Parse parses the arguments after the program's name as OpenSSH's client does: options may also
// follow the host, and the first word after that begins the command, whose words are joined by blanks.
func Parse(args []string) (Invocation, error) {
	var inv Invocation
	rest, err := inv.options(args)
	if err != nil {
		return inv, err
	}
	if len(rest) == 0 {
		if inv.Foreign != "" {
			return inv, nil
		}
		return inv, errors.New("no host given; usage: ssh [options] [user@]host command …")
	}
	user, host := destination(rest[0])
	if user != "" {
		inv.User = user
	}
	inv.Host = host
	if inv.Host == "" {
		return inv, fmt.Errorf("%q names no host", rest[0])
	}
	if rest, err = inv.options(rest[1:]); err != nil {
		return inv, err
	}
	inv.Command = strings.Join(rest, " ")
	return inv, nil
}

// options takes options off the front of args, and returns the rest.
func (inv *Invocation) options(args []string) ([]string, error) {
	for len(args) > 0 {
		a := args[0]
		switch {
		case a == "--":
			return args[1:], nil
		case len(a) < 2 || a[0] != '-':
			return args, nil
		}
		args = args[1:]
		for i := 1; i < len(a); i++ {
			o := a[i]
			inv.note(o)
			if strings.IndexByte(plainOptions, o) >= 0 {
				continue
			}
			if strings.IndexByte(valueOptions, o) < 0 {
				return nil, fmt.Errorf("unknown option -%c", o)
			}
			// The value is the rest of this word, or the next one.
			value := a[i+1:]
			if value == "" {
				if len(args) == 0 {
					return nil, fmt.Errorf("option -%c needs an argument", o)
				}
				value, args = args[0], args[1:]
			}
			if o == 'l' {
				inv.User = value
			}
			break
		}
	}
	return nil, nil
}

func (inv *Invocation) note(o byte) {
	switch o {
	case 'n':
		inv.NoInput = true
	case 'f':
		inv.NoInput, inv.Background = true, true
	}
	if inv.Foreign == "" && strings.IndexByte(foreignOptions, o) >= 0 {
		inv.Foreign = "-" + string(o)
	}
}

// destination splits [user@]host and ssh://[user@]host[:port].
func destination(d string) (user, host string) {
	d, uri := strings.CutPrefix(d, "ssh://")
	if i := strings.LastIndexByte(d, '@'); i >= 0 {
		user, d = d[:i], d[i+1:]
	}
	if uri {
		d = strings.TrimSuffix(d, "/")
		if i := strings.LastIndexByte(d, ':'); i >= 0 && !strings.HasSuffix(d, "]") {
			d = d[:i]
		}
	}
	return user, strings.Trim(d, "[]")
}

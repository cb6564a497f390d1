package sshd

import (
	"errors"
	"fmt"
	"strings"
)

// commandOf turns a command line into an argument vector: for the shell where there is one, else by
// splitting it, as far as that means the same as a shell would make of it.
func commandOf(shell, line string) ([]string, error) {
	if strings.ContainsRune(line, 0) {
		return nil, errors.New("the command contains a NUL byte")
	}
	if shell != "" {
		return []string{shell, "-c", line}, nil
	}
	argv, err := split(line)
	if err != nil {
		return nil, fmt.Errorf("the image has no /bin/sh, and this command needs one (%w): %.200s", err, line)
	}
	if len(argv) == 0 {
		return nil, errors.New("the command is empty")
	}
	return argv, nil
}

// split splits a command line at blanks, minding quotes and backslashes. It refuses everything that
// only a shell can do.
func split(line string) ([]string, error) {
	var argv []string
	var word strings.Builder
	inWord := false
	flush := func() {
		if inWord {
			argv = append(argv, word.String())
			word.Reset()
			inWord = false
		}
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == ' ' || c == '\t':
			flush()
		case c == '\'':
			end := strings.IndexByte(line[i+1:], '\'')
			if end < 0 {
				return nil, errors.New("a quote isn't closed")
			}
			word.WriteString(line[i+1 : i+1+end])
			inWord = true
			i += end + 1
		case c == '"':
			n, err := doubleQuoted(&word, line[i+1:])
			if err != nil {
				return nil, err
			}
			inWord = true
			i += n
		case c == '\\':
			if i++; i == len(line) {
				return nil, errors.New("it ends in a backslash")
			}
			word.WriteByte(line[i])
			inWord = true
		case strings.IndexByte("|&;<>()$`*?[]#~!{}\n\r", c) >= 0:
			return nil, fmt.Errorf("%q has a meaning to shells", c)
		case c == '=' && len(argv) == 0:
			return nil, errors.New("it sets a variable")
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	flush()
	return argv, nil
}

// doubleQuoted appends what is up to the closing quote, and returns how many bytes that took.
func doubleQuoted(word *strings.Builder, rest string) (int, error) {
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; c {
		case '"':
			return i + 1, nil
		case '$', '`':
			return 0, fmt.Errorf("%q has a meaning to shells", c)
		case '\\':
			if i+1 < len(rest) && strings.IndexByte(`"\$`+"`", rest[i+1]) >= 0 {
				i++
			}
			word.WriteByte(rest[i])
		default:
			word.WriteByte(c)
		}
	}
	return 0, errors.New("a quote isn't closed")
}

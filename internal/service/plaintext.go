package service

import (
	"regexp"
	"strings"
)

// sequences are what moves a terminal's cursor, colours its text or names its window: control sequences, operating system
// commands, and those of two characters.
var sequences = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[@-Z\\\\-_])")

// plainText is a line as the dashboard shows it: without a terminal's sequences, control characters and what turns text
// around, and of a progress bar, which goes back to the line's beginning, the last state.
func plainText(s string) string {
	if strings.IndexFunc(s, unseen) < 0 {
		return s
	}
	s = strings.TrimRight(sequences.ReplaceAllString(s, ""), "\r")
	s = s[strings.LastIndexByte(s, '\r')+1:]
	return strings.Map(func(r rune) rune {
		if unseen(r) {
			return -1
		}
		return r
	}, s)
}

// unseen says whether a character is none that one reads; a tab is.
func unseen(r rune) bool {
	switch {
	case r == '\t':
		return false
	case r < 0x20, r >= 0x7f && r <= 0x9f, r == 0x200e, r == 0x200f:
		return true
	}
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

package service

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// sequences are what moves a terminal's cursor, colours its text or names its window (ECMA-48, ISO 2022): control
// sequences; strings, as titles, together with their end; character sets; and the others, of two characters. Of a string
// or sequence without its end only the beginning goes: what follows may be the program's text. The strings hold no other
// beginning, so that a line of many is read once.
var sequences = regexp.MustCompile(`(?:\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]` +
	`|(?:\x1b[PX\]^_]|[\x{90}\x{98}\x{9d}-\x{9f}])[^\x07\x1b\x{80}-\x{9f}]*(?:\x07|\x1b\\|\x{9c})` +
	`|\x1b[ -/]+[0-~]` +
	`|\x1b[0-~]`)

// plainText is a line as the dashboard shows it: without a terminal's sequences, control characters and what turns text
// around, and of a progress bar, which goes back to the line's beginning, the last state. Bytes that are no UTF-8 stay: an
// editor may know what they are.
func plainText(s string) string {
	if strings.IndexFunc(s, unseen) < 0 {
		return s
	}
	s = strings.TrimRight(sequences.ReplaceAllString(s, ""), "\r")
	s = s[strings.LastIndexByte(s, '\r')+1:]
	var out strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !unseen(r) {
			out.WriteString(s[i : i+n])
		}
		i += n
	}
	return out.String()
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

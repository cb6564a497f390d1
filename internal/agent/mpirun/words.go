package mpirun

import (
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Plain functions where regular expressions would do, since those cost the agent a third of a megabyte.

// after returns what follows the first occurrence of mark.
func after(s, mark string) (string, bool) {
	_, rest, ok := strings.Cut(s, mark)
	return rest, ok
}

// word returns the first word.
func word(s string) string {
	s = strings.TrimLeft(s, " ")
	if i := strings.IndexByte(s, ' '); i >= 0 {
		s = s[:i]
	}
	return s
}

// number returns the number a text begins with, nil for none.
func number(s string) *int {
	s = strings.TrimLeft(s, " ")
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && s[end] == '-') {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	if err != nil {
		return nil
	}
	return &n
}

func integer(s string) int {
	if n := number(s); n != nil {
		return *n
	}
	return 0
}

// lastOf returns the number after the last comma in brackets: the rank in "[[5,1],3]".
func lastOf(s string) *int {
	s = strings.TrimSpace(s)
	comma := strings.LastIndexByte(s, ',')
	if !strings.HasPrefix(s, "[") || !strings.HasSuffix(s, "]") || comma < 0 {
		return nil
	}
	n, err := strconv.Atoi(s[comma+1 : len(s)-1])
	if err != nil || n < 0 {
		return nil
	}
	return &n
}

// signalName names the signal whose number a text begins with.
func signalName(s string) string {
	n := number(s)
	if n == nil {
		return ""
	}
	if name := unix.SignalName(syscall.Signal(*n)); name != "" {
		return name
	}
	return "signal " + strconv.Itoa(*n)
}

// Package spelling finds what a misspelt word was probably meant to be.
package spelling

import "strings"

// longest is the most bytes of a word that was meant to be one of ours; what is longer costs time, and is none.
const longest = 64

// Nearest is the candidate a misspelling was probably meant to be; empty where none is near.
func Nearest(word string, candidates []string) string {
	if len(word) > longest {
		return ""
	}
	best, most := "", 1+len(word)/3
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), strings.ToLower(c)); d <= most && (best == "" || d < most) {
			best, most = c, d
		}
	}
	return best
}

// distance is how many letters to insert, delete or replace, swapping two neighbours being one.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for k := range last {
		last[k] = k
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for k := 1; k <= len(b); k++ {
			cost := 1
			if a[i-1] == b[k-1] {
				cost = 0
			}
			row[k] = min(last[k]+1, row[k-1]+1, last[k-1]+cost)
			if i > 1 && k > 1 && a[i-1] == b[k-2] && a[i-2] == b[k-1] {
				row[k] = min(row[k], before[k-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

package jobflags

import (
	"errors"
	"strings"
)

// Words splits a command line into words as a shell would: by spaces, with '…', "…" and \. Nothing
// is expanded.
func Words(s string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord, quote := false, rune(0)
	runes := []rune(s)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case r == '\\' && quote != '\'':
			if i+1 == len(runes) {
				return nil, errors.New("ends with a backslash: nothing follows it")
			}
			next := runes[i+1]
			if quote == '"' && !strings.ContainsRune(`"\$`+"`", next) {
				word.WriteRune(r)
			}
			word.WriteRune(next)
			inWord = true
			i++
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, inWord = r, true
		case quote == 0 && (r == ' ' || r == '\t' || r == '\n'):
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quotation mark is not closed")
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

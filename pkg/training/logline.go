package training

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// lineReader reads lines of any length, and keeps as much of each as is asked for.
type lineReader struct {
	r    *bufio.Reader
	keep int
	buf  []byte
}

func newLineReader(r io.Reader, keep int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 16<<10), keep: keep}
}

// next is a line without its end, how many of its bytes were left out, and whether it has an end:
// what breaks off hasn't. The bytes are good until the next call.
func (l *lineReader) next() (line []byte, left int64, whole bool, err error) {
	piece, err := l.r.ReadSlice('\n')
	if err == nil && len(piece) <= l.keep { // nearly always
		return piece[:len(piece)-1], 0, true, nil
	}
	l.buf = l.buf[:0]
	for {
		text := bytes.TrimSuffix(piece, []byte{'\n'})
		room := max(0, l.keep-len(l.buf))
		l.buf = append(l.buf, text[:min(room, len(text))]...)
		left += int64(max(0, len(text)-room))
		if !errors.Is(err, bufio.ErrBufferFull) {
			return l.buf, left, err == nil, err
		}
		piece, err = l.r.ReadSlice('\n')
	}
}

// shrink gives back the memory of a long line.
func (l *lineReader) shrink() {
	if cap(l.buf) > 64<<10 {
		l.buf = nil
	}
}

// stampMost is how long the kubelet's timestamp may be, with the space behind it.
const stampMost = len("2006-01-02T15:04:05.000000000+00:00 ")

// splitTime takes the kubelet's timestamp off a line; ok is false where it has none.
func splitTime(line []byte) (at time.Time, text []byte, ok bool) {
	stamp, _, _ := bytes.Cut(line[:min(len(line), stampMost)], []byte{' '})
	if len(stamp) < len("2006-01-02T15:04:05Z") || stamp[4] != '-' {
		return at, line, false
	}
	at, err := time.Parse(time.RFC3339Nano, string(stamp))
	if err != nil {
		return at, line, false
	}
	return at, line[min(len(line), len(stamp)+1):], true
}

// cutText shortens text to a number of bytes, not within a character.
func cutText(text []byte, most int) []byte {
	if len(text) <= most {
		return text
	}
	text = text[:most]
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if c := text[len(text)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(text[len(text)-i:]) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}

// splitRank takes the tag off a line that mpirun was asked to put one on. Open MPI's is
// "[1,3]<stdout>:text", version 5's begins with its job's name and has a space behind.
func splitRank(line string) (*int, string) {
	if !strings.HasPrefix(line, "[") {
		return nil, line
	}
	tag, rest, ok := strings.Cut(line[1:], "]<std")
	if !ok || len(tag) > 256 {
		return nil, line
	}
	job, number, ok := strings.Cut(tag, ",")
	if !ok || job == "" || strings.ContainsAny(job, " []") {
		return nil, line
	}
	rank, err := strconv.ParseUint(number, 10, 31)
	if err != nil {
		return nil, line
	}
	for _, stream := range []string{"out>:", "err>:"} {
		if text, ok := strings.CutPrefix(rest, stream); ok {
			n := int(rank)
			return &n, strings.TrimPrefix(text, " ")
		}
	}
	return nil, line
}

func itoa(n int) string { return strconv.Itoa(n) }

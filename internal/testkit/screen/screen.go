// Package screen is what tests look at while somebody still writes it.
package screen

import (
	"bytes"
	"sync"
)

// Text is what was written so far; the zero value is empty. Many may write and read it at once.
type Text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds to it, and never fails.
func (t *Text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

// String is all of it.
func (t *Text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

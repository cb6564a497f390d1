package service

import (
	"crypto/rand"
	"sync"
	"time"
)

// codesFor is how long a code to sign in with is good.
const codesFor = 5 * time.Minute

// ownSession is how a browser comes into a service that somebody runs for themselves. Its cookie holds no
// token: browsers send those of 127.0.0.1 to every port there, whoever listens.
type ownSession struct {
	// token is the run's, secret what the cookie holds; it is good for a browser's own requests alone.
	token, secret string
	now           func() time.Time

	mu   sync.Mutex
	code string
	ends time.Time
}

func newOwnSession(token string) *ownSession {
	return &ownSession{token: token, secret: rand.Text(), now: time.Now}
}

// renew makes a new code, in the place of the one before.
func (c *ownSession) renew() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.code, c.ends = rand.Text(), c.now().Add(codesFor)
	return c.code
}

// take says whether a code is the one there is. It works once: it stands in an address, where no token should.
func (c *ownSession) take(code string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code == "" || code != c.code || c.now().After(c.ends) {
		return false
	}
	c.code = ""
	return true
}

package controller

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// memo remembers something of each job, until the job is gone. Its zero value remembers nothing yet, and it is safe for
// concurrent use.
type memo[V any] struct {
	mu sync.Mutex
	of map[types.NamespacedName]V
}

// get is what is remembered of a job, V's zero value where nothing is.
func (m *memo[V]) get(job types.NamespacedName) V {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of[job]
}

func (m *memo[V]) set(job types.NamespacedName, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil {
		m.of = map[types.NamespacedName]V{}
	}
	m.of[job] = v
}

func (m *memo[V]) forget(job types.NamespacedName) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.of, job)
}

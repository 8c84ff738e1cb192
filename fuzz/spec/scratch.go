package spec

import "sync"

// freeList keeps what adapters use again from call to call. A garbage collection does not
// empty it, so that a test which counts allocations counts those of the kernel alone.
type freeList[V any] struct {
	mu   sync.Mutex
	free []*V
}

func (l *freeList[V]) get() *V {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.free); n > 0 {
		v := l.free[n-1]
		l.free = l.free[:n-1]
		return v
	}
	return new(V)
}

func (l *freeList[V]) put(v *V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, v)
}

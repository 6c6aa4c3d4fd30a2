//go:build linux

package owner

import (
	"slices"
	"sync"
)

// A pool lets idle workers help those that read a long table.
type pool struct {
	mu   sync.Mutex
	idle sync.Cond
	long []*table
	busy int // workers that may still find one
}

// publish offers a table to all workers.
func (p *pool) publish(t *table) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.long = append(p.long, t)
	p.idle.Broadcast()
}

// retire says that the caller will not publish another table.
func (p *pool) retire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	p.idle.Broadcast()
}

// help waits for a table that has names left, and joins its readers. It returns nil when no more can
// follow.
func (p *pool) help() *table {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		for len(p.long) > 0 {
			if p.long[0].join() {
				return p.long[0]
			}
			p.long = slices.Delete(p.long, 0, 1)
		}
		if p.busy == 0 {
			return nil
		}
		p.idle.Wait()
	}
}

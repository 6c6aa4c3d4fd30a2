//go:build linux

package nl

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/netns"
)

// acquire returns a socket for one request, which must be released.
func (c *Conn) acquire() (*socket, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over() {
		return nil, net.ErrClosed
	}
	i := slices.IndexFunc(c.sockets, func(s *socket) bool { return !s.busy && !s.left })
	if i < 0 {
		s, err := c.another()
		if err != nil {
			return nil, err
		}
		c.sockets = append(c.sockets, s)
		c.prune()
		i = slices.Index(c.sockets, s)
	}
	c.sockets[i].busy = true
	return c.sockets[i], nil
}

// release returns a socket. One whose dump was left early is closed once there is another.
func (c *Conn) release(s *socket, left bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.busy, s.left = false, left
	s.stream.src = nil // it may have buffers of its own
	s.src.rest()
	if !c.closed {
		c.prune()
	}
}

// prune closes all idle sockets but one, preferably one without an unfinished dump.
func (c *Conn) prune() {
	best := -1
	for i, s := range c.sockets {
		if !s.busy && (best < 0 || c.sockets[best].left && !s.left) {
			best = i
		}
	}
	kept := c.sockets[:0]
	for i, s := range c.sockets {
		if s.busy || i == best {
			kept = append(kept, s)
			continue
		}
		_ = s.nl.Close() // the socket is not used any more
	}
	clear(c.sockets[len(kept):])
	c.sockets = kept
}

// another returns one more socket in the Conn's namespace. If that can no longer be entered, it reads the
// rest of a dump that was left early and reuses its socket.
func (c *Conn) another() (*socket, error) {
	s, err := c.openHere()
	if err == nil {
		return s, nil
	}
	for i, s := range c.sockets {
		if s.left && !s.busy && s.drain() {
			c.sockets = slices.Delete(c.sockets, i, i+1)
			s.left = false
			return s, nil
		}
	}
	if len(c.sockets) > 0 {
		err = fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return nil, err
}

// openHere opens a socket in the Conn's namespace.
func (c *Conn) openHere() (s *socket, err error) {
	err = c.within(func() error {
		s, err = c.open(0, 0)
		return err
	})
	return s, err
}

// errElsewhere says that a thread has left the namespace of a Conn and may not enter it again.
var errElsewhere = errors.New("the calling thread is in another network namespace")

// Within calls f on a thread that is in the Conn's network namespace, for files and sockets that it opens.
// After Close it returns net.ErrClosed.
func (c *Conn) Within(f func() error) error {
	if c.isClosed() {
		return net.ErrClosed
	}
	return c.within(f)
}

func (c *Conn) within(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if c.isHere() {
		return f()
	}
	ns, err := c.namespace()
	if err != nil {
		return fmt.Errorf("%w: %w", errElsewhere, err)
	}
	defer unix.Close(ns) //nolint:errcheck // it was only entered
	return netns.Do(ns, f)
}

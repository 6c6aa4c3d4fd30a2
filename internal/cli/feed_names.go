package cli

import (
	"context"
	"errors"
	"sync"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
)

// feedNames names the links of a namespace that is followed. Names of deleted links are kept, for the rows
// that are deleted with them.
type feedNames struct {
	mu    sync.Mutex
	names *link.Names
	conn  *link.Conn
}

// newFeedNames reads all names: later the descriptor of the namespace is closed.
func newFeedNames(ctx context.Context, p *inspect.Place) (*feedNames, error) {
	conn, err := dialLinks(p, link.GroupLinks)
	if err != nil {
		return nil, err
	}
	n := &feedNames{names: link.NewNames(&link.Config{NetNS: p.FD}), conn: conn}
	n.names.Name(1) // opens the socket for requests of names
	return n, n.names.Load(ctx)
}

func (n *feedNames) Name(index uint32) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.names.Name(index)
}

func (n *feedNames) Close() error { return errors.Join(n.names.Close(), n.conn.Close()) }

// follow takes new names until ctx ends.
func (n *feedNames) follow(ctx context.Context) {
	for l, err := range n.conn.Events(ctx) {
		if err != nil || l.Deleted {
			continue // after a loss of events names stay as they are
		}
		n.mu.Lock()
		n.names.Note(l)
		n.mu.Unlock()
	}
}

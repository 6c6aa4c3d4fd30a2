//go:build linux

package link

import (
	"context"
	"errors"
	"fmt"
)

// Names resolves interface indexes to names. It requests each name on demand and once. If that is refused,
// or with a recording or replay, all links are requested at the first name, and newer links one by one. It
// is for one goroutine.
type Names struct {
	cfg    Config
	conn   *Conn
	socket nameSocket
	whole  bool // names are not requested by nameSocket
	loaded bool
	byID   map[uint32]string
	err    error
}

// NewNames returns the names of a namespace; a nil cfg means that of the calling thread. No request is
// sent before the first name.
func NewNames(cfg *Config) *Names {
	n := &Names{byID: map[uint32]string{}}
	if cfg != nil {
		n.cfg = *cfg
	}
	n.cfg.Events = 0
	n.whole = n.cfg.Record != nil || n.cfg.Replay != nil
	return n
}

// Name returns the name of an interface, "" if there is none with this index or an error; see [Names.Err].
func (n *Names) Name(index uint32) string {
	if name, ok := n.byID[index]; ok || index == 0 {
		return name
	}
	if name, ok := n.single(index); ok {
		n.byID[index] = name
		return name
	}
	if !n.loaded {
		n.loaded = true
		n.note(n.Load(context.Background()))
		if name, ok := n.byID[index]; ok {
			return name
		}
	}
	return n.request(index)
}

// Known returns the name of an interface if it was read already, "" if not. It sends no request.
func (n *Names) Known(index uint32) string { return n.byID[index] }

// All returns the known names by index. The map is a view.
func (n *Names) All() map[uint32]string { return n.byID }

// Load requests all names. Names of removed links are dropped.
func (n *Names) Load(ctx context.Context) error {
	n.loaded = true
	if err := n.dial(); err != nil {
		return err
	}
	clear(n.byID)
	for l, err := range n.conn.Links(ctx, &Query{}) {
		if err != nil && !errors.Is(err, ErrInterrupted) { // the missing ones are requested one by one
			return err
		}
		if err == nil {
			n.byID[l.Index] = string(l.Name())
		}
	}
	return nil
}

// single requests one name by the nameSocket. It returns false if that is not possible.
func (n *Names) single(index uint32) (name string, ok bool) {
	if n.whole {
		return "", false
	}
	err := n.socket.open(n.cfg.NetNS)
	if err == nil {
		name, err = n.socket.name(index)
	}
	n.whole = err != nil // netlink may be permitted
	return name, err == nil
}

// request looks up one link and caches the result, also a failure.
func (n *Names) request(index uint32) string {
	name := ""
	if err := n.dial(); err != nil {
		n.note(err)
	} else if l, err := n.conn.Link(context.Background(), index); err == nil {
		name = string(l.Name())
	} else if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrNotRecorded) {
		n.note(err)
	}
	n.byID[index] = name
	return name
}

// Index returns the index of the link with this name, 0 if there is none.
func (n *Names) Index(name string) uint32 {
	if !n.loaded {
		n.note(n.Load(context.Background()))
	}
	for index, known := range n.byID {
		if known == name && name != "" {
			return index
		}
	}
	return 0
}

// Note applies an event of a link.
func (n *Names) Note(l *Link) {
	if l.Deleted {
		delete(n.byID, l.Index)
		return
	}
	if n.byID[l.Index] != string(l.Name()) {
		n.byID[l.Index] = string(l.Name())
	}
}

// Len returns the number of names known.
func (n *Names) Len() int { return len(n.byID) }

// Err returns the first error because of which a name is unknown.
func (n *Names) Err() error { return n.err }

func (n *Names) note(err error) {
	if n.err == nil && err != nil {
		n.err = fmt.Errorf("resolve interface names: %w", err)
	}
}

func (n *Names) dial() (err error) {
	if n.conn == nil {
		n.conn, err = Dial(&n.cfg)
	}
	return err
}

// Close closes the sockets that were opened. Known names remain; requests for others open sockets again.
func (n *Names) Close() error {
	err := n.socket.close()
	if n.conn != nil {
		err = errors.Join(err, n.conn.Close())
		n.conn = nil
	}
	return err
}

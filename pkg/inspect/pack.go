//go:build linux

package inspect

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A Packer encodes rows in some hundred bytes each, where a clone has 700 or more: the kernel's message,
// and numbers for what rows of one namespace and one query share. Rows have the last joins of their
// namespace, which are valid as long as the session is open.
type Packer struct {
	queries []packedQuery
	decode  []*diag.Query // by the number of the query
	places  []packedPlace
	latest  int            // last used place
	clones  []*diag.Socket // derived from others, without a message
	era     uint32         // rows of different eras do not share joins

	row    Row
	socket diag.Socket
}

// A packedQuery is the query by which a message is decoded.
type packedQuery struct {
	family   uint8
	protocol uint16
	legacy   bool
	source   diag.Source
	want     diag.Fields
}

// A packedPlace is the data that rows of a namespace share.
type packedPlace struct {
	netns string

	aliases []string
	inode   uint64
	era     uint32
	joins   *Joins
	used    bool // since the last sweep
	free    bool // no row has it
}

// packedHead is the length of the header before the message: the numbers of the query and the place.
const packedHead = 2 + 4

// noQuery is the number of the query of clones, whose index replaces the message.
const noQuery = 1<<16 - 1

// errPacked says that bytes are not those of a packed row.
var errPacked = errors.New("not a packed row")

// Append packs a row, without its rates.
func (p *Packer) Append(dst []byte, r *Row) []byte {
	e := binary.NativeEndian
	m := r.Message()
	if m == nil || r.query == nil {
		p.clones = append(p.clones, r.Socket.Clone())
		dst = e.AppendUint32(e.AppendUint16(dst, noQuery), p.place(r))
		return e.AppendUint32(dst, uint32(len(p.clones)-1))
	}
	dst = e.AppendUint32(e.AppendUint16(dst, p.query(r)), p.place(r))
	return append(dst, m...)
}

// query returns the number of a row's query. There are a few dozen; it is nearly always the latest.
func (p *Packer) query(r *Row) uint16 {
	q := packedQuery{
		family: r.Family, protocol: r.query.Protocol, legacy: r.query.Legacy && r.Source != diag.SourceProc,
		source: r.Source, want: r.query.Want,
	}
	for i, known := range slices.Backward(p.queries) {
		if known == q {
			return uint16(i)
		}
	}
	p.queries = append(p.queries, q)
	p.decode = append(p.decode,
		&diag.Query{Family: q.family, Protocol: q.protocol, Legacy: q.legacy, Want: q.want})
	return uint16(len(p.queries) - 1)
}

// place returns the number of a row's place. Rows of a namespace follow each other.
func (p *Packer) place(r *Row) uint32 {
	i := p.latest
	if i >= len(p.places) || !p.places[i].has(r, p.era) {
		i = slices.IndexFunc(p.places, func(at packedPlace) bool { return at.has(r, p.era) })
	}
	if i < 0 {
		i = p.newPlace()
		p.places[i] = packedPlace{netns: r.Netns, aliases: r.Aliases, inode: r.NetNS, era: p.era}
	}
	p.latest = i
	at := &p.places[i]
	at.joins, at.used = r.Joins, true
	return uint32(i)
}

// has reports whether a row is of this place.
func (at *packedPlace) has(r *Row, era uint32) bool {
	return at.inode == r.NetNS && at.era == era && at.netns == r.Netns && !at.free
}

// newPlace returns the index of a place that no row has.
func (p *Packer) newPlace() int {
	if i := slices.IndexFunc(p.places, func(at packedPlace) bool { return at.free }); i >= 0 {
		return i
	}
	p.places = append(p.places, packedPlace{})
	return len(p.places) - 1
}

// sweep forgets the namespaces without a packed row since the last sweep. Rows that were packed earlier
// must no longer be unpacked.
func (p *Packer) sweep() {
	for i := range p.places {
		at := &p.places[i]
		if !at.used {
			*at = packedPlace{free: true}
		}
		at.used = false
	}
}

// part drops the owners and other ends that rows were joined with, before those of a new sample are
// read: both at once take more memory than all rows. Rows that are not packed again have no owners; the
// caller remembers those.
func (p *Packer) part() {
	for i := range p.places {
		if at := &p.places[i]; at.joins != nil {
			kept := *at.joins
			kept.Peers, kept.Listeners = nil, nil
			if kept.Owners != nil {
				kept.Owners = &recordedOwners{}
			}
			at.joins = &kept
		}
	}
}

// Row decodes a packed row. It is a view of b and overwritten by the next call.
func (p *Packer) Row(b []byte) (*Row, error) {
	e := binary.NativeEndian
	if len(b) < packedHead {
		return nil, errPacked
	}
	query, place := int(e.Uint16(b)), e.Uint32(b[2:])
	if uint64(place) >= uint64(len(p.places)) {
		return nil, errPacked
	}
	at := &p.places[place]
	p.row = Row{Netns: at.netns, Aliases: at.aliases, NetNS: at.inode, Joins: at.joins, Socket: &p.socket}
	b = b[packedHead:]
	switch {
	case query == noQuery && len(b) == 4 && uint64(e.Uint32(b)) < uint64(len(p.clones)):
		p.row.Socket = p.clones[e.Uint32(b)]
		return &p.row, nil
	case query >= len(p.queries):
		return nil, errPacked
	}
	p.row.query = p.decode[query]
	return &p.row, p.row.query.Decode(&p.socket, p.queries[query].source, b)
}

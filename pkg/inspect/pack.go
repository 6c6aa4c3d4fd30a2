package inspect

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A Packer keeps rows as some hundred bytes each, where a clone has 2.7 KB: what the kernel sent, and
// numbers for what rows of one namespace and one query share. Rows keep the joins that their namespace had
// last, which answer as long as the session is open.
type Packer struct {
	queries []packedQuery
	places  []packedPlace
	clones  []*diag.Socket // derived from others, so that there is no message to keep
	era     uint32         // rows of another one do not share what they are joined with

	row    Row
	socket diag.Socket
}

// A packedQuery is what the kernel's answer is decoded by.
type packedQuery struct {
	family   uint8
	protocol uint16
	legacy   bool
	source   diag.Source
	want     diag.Fields
}

// A packedPlace is what the rows of a namespace share.
type packedPlace struct {
	netns string
	inode uint64
	era   uint32
	joins *Joins
}

// packedHead is the length of what stands before the message: the numbers of the query and the place.
const packedHead = 2 + 4

// noQuery is the number of the query of clones, whose index stands in place of the message.
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

// query returns the number of what decodes a row. There are a few dozen, and the latest is nearly always the
// one.
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
	return uint16(len(p.queries) - 1)
}

// place returns the number of what a row shares with others of its namespace.
func (p *Packer) place(r *Row) uint32 {
	for i := len(p.places) - 1; i >= 0; i-- {
		if at := &p.places[i]; at.inode == r.NetNS && at.era == p.era && at.netns == r.Netns {
			at.joins = r.Joins
			return uint32(i)
		}
	}
	p.places = append(p.places, packedPlace{r.Netns, r.NetNS, p.era, r.Joins})
	return uint32(len(p.places) - 1)
}

// Row returns a packed row. It is overwritten by the next call and a view of b.
func (p *Packer) Row(b []byte) (*Row, error) {
	e := binary.NativeEndian
	if len(b) < packedHead {
		return nil, errPacked
	}
	query, place := int(e.Uint16(b)), int(e.Uint32(b[2:]))
	if place >= len(p.places) {
		return nil, errPacked
	}
	at := &p.places[place]
	p.row = Row{Netns: at.netns, NetNS: at.inode, Joins: at.joins, Socket: &p.socket}
	b = b[packedHead:]
	switch {
	case query == noQuery && len(b) == 4 && int(e.Uint32(b)) < len(p.clones):
		p.row.Socket = p.clones[e.Uint32(b)]
		return &p.row, nil
	case query >= len(p.queries):
		return nil, errPacked
	}
	q := p.queries[query]
	dq := diag.Query{Family: q.family, Protocol: q.protocol, Legacy: q.legacy, Want: q.want}
	p.row.query = &dq
	return &p.row, dq.Decode(&p.socket, q.source, b)
}

package doctor

import (
	"context"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/route"
)

// Path returns route, interface and neighbor of a connection, as [Ask] does for a peer. It is empty for
// sockets without a peer. p is the network namespace of the row.
func Path(ctx context.Context, p *inspect.Place, row *inspect.Row) ([]Line, error) {
	if row.Family != unix.AF_INET && row.Family != unix.AF_INET6 || row.Remote.Port() == 0 {
		return nil, nil
	}
	q := inquiry{ctx: ctx}
	_, err := q.route(p, packetOf(row))
	return q.answer.Lines, err
}

// packetOf returns a packet of a connection.
func packetOf(row *inspect.Row) *route.Packet {
	p := packetTo(row.Remote)
	p.Src, p.SrcPort = bare(row.Local.Addr()), row.Local.Port()
	p.IPProto, p.OutIface = uint8(row.Protocol), row.Iface
	if row.Has&diag.HasMark != 0 {
		p.Mark = row.Mark
	}
	if row.Has&diag.HasUID != 0 {
		p.UID, p.HasUID = row.UID, true
	}
	return p
}

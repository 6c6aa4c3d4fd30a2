package live

import (
	"net/netip"

	"github.com/nlstat/nlstat/pkg/render"
)

// A scene is the input of the views.
type scene struct {
	*Sample
	doctor *Diagnosis
	by     grouping
	only   *part // of the sockets, nil = all
	bits   bool  // rates in bits per second
	names  Names // of addresses and ports; nil = numbers
	spaces bool  // there may be several network namespaces
}

// Names names addresses and ports of sockets. It does not block: an unknown name is an address.
type Names interface {
	Endpoint(proto string, a netip.AddrPort) string
}

// rate is a value of bytes per second.
func (s *scene) rate(n float64) render.Value {
	if s.bits {
		return render.Bits(uint64(8 * n))
	}
	return render.Bytes(uint64(n + 0.5))
}

// endpoint is an address or its name, as the user chose.
func (s *scene) endpoint(proto string, a netip.AddrPort) render.Value {
	if s.names != nil && a.IsValid() {
		return render.Name(s.names.Endpoint(proto, a))
	}
	return render.AddrPort(a)
}

// A part is a subset of the sockets: those of a group, or those accepted by a listener.
type part struct {
	by   grouping
	key  groupKey
	name string
}

// holds reports whether a connection belongs to the part.
func (p *part) holds(s *Sample, c *Conn) bool { return p.by.key(s, c) == p.key }

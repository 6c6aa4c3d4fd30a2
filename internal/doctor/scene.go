package doctor

import (
	"net/netip"
	"time"

	"github.com/nlstat/nlstat/pkg/mib"
)

// A Scene is what is known of one network namespace.
type Scene struct {
	Netns    string
	NetNS    uint64
	Interval time.Duration // between the samples, 0 = there is one only

	began       time.Time // of the first sample
	sockets     *sockets
	was, now    tables
	sysctls     sysctls
	usablePorts int                   // that connect(2) chooses from
	pathMTUs    map[netip.Addr]uint32 // that routers have told of, by peer
	missing     map[need]Missing
	recorded    bool // on a host that need not be this one
}

// A need is a set of sources.
type need uint32

const (
	needSecond need = 1 << iota // a second sample
	needTCP
	needUDP
	needUnix
	needOthers // netlink and packet sockets
	needCounters
	needConntrack
	needNeighbors
	needLinks
	needQdiscs
	needSoftnet
	needSettings
	needHost  // values of the whole host, which its first network namespace alone tells
	needReach // from where services are reached
)

// A Missing says why a source could not be read.
type Missing struct {
	Why    string
	Rights bool // a capability would help
}

// grown returns the growth of a counter of TCP between the samples, 0 where it is not known.
func (s *Scene) grown(name string) uint64 {
	const section = "TcpExt"
	if s.was.counters == nil || s.now.counters == nil {
		return 0
	}
	after, ok := s.now.counters.Get(section, name)
	if !ok {
		return 0
	}
	before, _ := s.was.counters.Get(section, name) // a counter that is not there has counted nothing
	return uint64(max(mib.Delta(after.Kind, before.Value, after.Value), 0))
}

// gauge returns a value of the protocol counters of now.
func (s *Scene) gauge(section, name string) (float64, bool) {
	if s.now.counters == nil {
		return 0, false
	}
	m, ok := s.now.counters.Get(section, name)
	return float64(m.Value), ok
}

// command returns a command line of nlstat in the scene's namespace.
func (s *Scene) command(words string) string {
	if s.Netns == "" {
		return "nlstat " + words
	}
	return "nlstat -N " + shellWord(s.Netns) + " " + words
}

package doctor

import (
	"net/netip"
	"time"
)

// A Scene holds the samples of one network namespace.
type Scene struct {
	Netns    string
	NetNS    uint64
	Interval time.Duration // between the samples, 0 = there is one only

	began       time.Time // of the first sample
	sockets     *sockets
	was, now    tables
	sysctls     sysctls
	usablePorts int                   // that connect(2) chooses from
	pathMTUs    map[netip.Addr]uint32 // that routers reported, by peer
	missing     map[need]Missing
	recorded    bool // maybe on another host
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
	needHost  // values of the whole host, readable in the initial network namespace only
	needReach // networks that can reach a service
)

// A Missing is the reason why a source could not be read.
type Missing struct {
	Why    string
	Rights bool // a capability would help
}

// command returns an nlstat command line for the scene's namespace.
func (s *Scene) command(words string) string {
	if s.Netns == "" {
		return "nlstat " + words
	}
	return "nlstat -N " + shellWord(s.Netns) + " " + words
}

package ss

import (
	"sync"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A table is one of ss's kinds of sockets.
type table uint8

// The tables, in the order of ss's numbers.
const (
	tableTCP table = iota
	tableMPTCP
	tableUDP
	tableRaw
	tableUnixDgram
	tableUnixStream
	tableUnixSeqpacket
	tablePacketDgram
	tablePacketRaw
	tableNetlink
	tableSCTP
	tableVsockStream
	tableVsockDgram
	tableTIPC
	tableXDP
	numTables
)

// A tableSet is a set of tables, bit n for table n.
type tableSet uint32

func tablesOf(tables ...table) (set tableSet) {
	for _, t := range tables {
		set |= 1 << t
	}
	return set
}

func (set tableSet) has(t table) bool { return set&(1<<t) != 0 }

// Sets of tables.
const (
	unixTables   = tableSet(1<<tableUnixDgram | 1<<tableUnixStream | 1<<tableUnixSeqpacket)
	packetTables = tableSet(1<<tablePacketDgram | 1<<tablePacketRaw)
	vsockTables  = tableSet(1<<tableVsockStream | 1<<tableVsockDgram)
	inetTables   = tableSet(1<<tableUDP | 1<<tableTCP | 1<<tableMPTCP | 1<<tableSCTP | 1<<tableRaw)
	allTables    = tableSet(1<<numTables-1) &^ (1 << tableTIPC) // of the word "all"
)

// A familySet is a set of address families, bit n for AF number n.
type familySet uint64

func families(fams ...uint8) (set familySet) {
	for _, f := range fams {
		set |= 1 << f
	}
	return set
}

func (set familySet) has(f uint8) bool { return f < 64 && set&(1<<f) != 0 }

const inetFamilies familySet = 1<<unix.AF_INET | 1<<unix.AF_INET6

// Sets of states of options.
const (
	allStates       = diag.StatesKnown
	closeState      = diag.StateSet(1 << diag.StateClose)
	listenStates    = closeState | 1<<diag.StateListen
	connectedStates = allStates &^ (listenStates | 1<<diag.StateTimeWait | 1<<diag.StateSynRecv)
	tipcStates      = listenStates | 1<<diag.StateEstablished
	boundStates     = diag.StateSet(1 << diag.StateBoundInactive)
)

// tableInfo are the families and states that the option of a table adds.
type tableInfo struct {
	families familySet
	states   diag.StateSet
}

var tableInfos = [numTables]tableInfo{
	tableTCP:           {inetFamilies, connectedStates},
	tableMPTCP:         {inetFamilies, connectedStates},
	tableUDP:           {inetFamilies, 1 << diag.StateEstablished},
	tableRaw:           {inetFamilies, 1 << diag.StateEstablished},
	tableUnixDgram:     {1 << unix.AF_UNIX, closeState},
	tableUnixStream:    {1 << unix.AF_UNIX, connectedStates},
	tableUnixSeqpacket: {1 << unix.AF_UNIX, connectedStates},
	tablePacketDgram:   {1 << unix.AF_PACKET, closeState},
	tablePacketRaw:     {1 << unix.AF_PACKET, closeState},
	tableNetlink:       {1 << unix.AF_NETLINK, closeState},
	tableSCTP:          {inetFamilies, connectedStates},
	tableVsockStream:   {1 << unix.AF_VSOCK, connectedStates},
	tableVsockDgram:    {1 << unix.AF_VSOCK, connectedStates},
	tableTIPC:          {1 << unix.AF_TIPC, tipcStates},
	tableXDP:           {1 << unix.AF_XDP, closeState},
}

// A familyInfo holds the tables and states that a family option adds.
type familyInfo struct {
	family uint8
	name   string // after -f
	tables tableSet
	states diag.StateSet
}

var familyInfos = [...]familyInfo{
	{unix.AF_INET, "inet", inetTables, connectedStates},
	{unix.AF_INET6, "inet6", inetTables, connectedStates},
	{unix.AF_PACKET, "link", packetTables, closeState},
	{unix.AF_UNIX, "unix", unixTables, connectedStates},
	{unix.AF_NETLINK, "netlink", 1 << tableNetlink, closeState},
	{unix.AF_TIPC, "tipc", 1 << tableTIPC, tipcStates},
	{unix.AF_VSOCK, "vsock", vsockTables, connectedStates},
	{unix.AF_XDP, "xdp", 1 << tableXDP, closeState},
}

// queryNames are the words of -A.
var queryNames = sync.OnceValue(func() map[string]tableSet {
	return map[string]tableSet{
		"all":            allTables,
		"inet":           inetTables,
		"unix":           unixTables,
		"packet":         packetTables,
		"vsock":          vsockTables,
		"tcp":            1 << tableTCP,
		"mptcp":          1 << tableMPTCP,
		"udp":            1 << tableUDP,
		"raw":            1 << tableRaw,
		"sctp":           1 << tableSCTP,
		"unix_dgram":     1 << tableUnixDgram,
		"u_dgr":          1 << tableUnixDgram,
		"unix_stream":    1 << tableUnixStream,
		"u_str":          1 << tableUnixStream,
		"unix_seqpacket": 1 << tableUnixSeqpacket,
		"u_seq":          1 << tableUnixSeqpacket,
		"packet_dgram":   1 << tablePacketDgram,
		"p_dgr":          1 << tablePacketDgram,
		"packet_raw":     1 << tablePacketRaw,
		"p_raw":          1 << tablePacketRaw,
		"netlink":        1 << tableNetlink,
		"vsock_stream":   1 << tableVsockStream,
		"v_str":          1 << tableVsockStream,
		"vsock_dgram":    1 << tableVsockDgram,
		"v_dgr":          1 << tableVsockDgram,
		"tipc":           1 << tableTIPC,
		"xdp":            1 << tableXDP,
	}
})

// stateNames are the words of the State column.
var stateNames = [...]string{
	"UNKNOWN", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN",
	"CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "UNDEF", "UNDEF",
}

package inspect

import (
	"iter"
	"slices"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A Need is a set of data that must be requested or joined for fields of a row to have values. It is
// collected only if a column, the order or the filter needs it.
type Need uint32

// The needs. They are untyped so that a column of any table may name them.
const (
	NeedTCP       = 1 << iota // struct tcp_info
	NeedMem                   // socket memory
	NeedCong                  // the congestion control's name
	NeedOwner                 // the owners of the socket
	NeedUser                  // login names
	NeedIface                 // interface names
	NeedCgroup                // control group paths
	NeedPeer                  // the owners of the other end
	NeedNAT                   // address translations
	NeedHosts                 // host names, from the resolver
	NeedRates                 // a second sample of the same socket
	NeedWatch                 // many samples
	NeedTOS                   // type of service
	NeedListeners             // connections of listening sockets
	NeedReach                 // own addresses, and net.core.somaxconn
)

// A NeedInfo describes a need and its cost. [Needs] yields them.
type NeedInfo struct {
	Need Need
	Want diag.Fields // parts to request
	Cost string      // two words at most, "" = negligible
	// Explain is a phrase for `nlstat explain`: a part of the request if Want is set, else a sentence about
	// other data that is read.
	Explain string
}

// Needs describes every need, the most expensive first.
func Needs() iter.Seq[NeedInfo] { return slices.Values(needs[:]) }

var needs = [...]NeedInfo{
	{Need: NeedHosts, Cost: "name server", Explain: "looks host names up, for 2s at most"},
	{Need: NeedOwner, Cost: "processes", Explain: "reads the descriptor tables of all processes"},
	{Need: NeedPeer, Cost: "processes", Explain: "finds the other ends on this host and their processes"},
	{Need: NeedNAT, Cost: "NAT table", Explain: "lists the translated flows of connection tracking"},
	{Need: NeedWatch, Cost: "watch", Explain: "needs --watch, which sees sockets appear"},
	{Need: NeedRates, Cost: "two samples", Explain: "samples the counters twice"},
	{Need: NeedListeners, Cost: "connections", Explain: "lists all connections to count them by listener"},
	{Need: NeedCgroup, Cost: "cgroup tree", Explain: "reads the control group tree, once"},
	{Need: NeedTCP, Want: diag.HasTCPInfo, Cost: "tcp_info", Explain: "tcp_info (three times the bytes)"},
	{Need: NeedMem, Want: diag.HasSkMem, Cost: "socket memory", Explain: "socket memory"},
	{Need: NeedCong, Want: diag.HasCong, Explain: "the name of the congestion control"},
	{Need: NeedTOS, Want: diag.HasTOS | diag.HasTClass, Explain: "type of service"},
	{Need: NeedReach, Explain: "reads the local addresses, translated flows and net.core.somaxconn"},
	{Need: NeedIface},
	{Need: NeedUser},
}

// Want returns the parts to request from the kernel.
func (n Need) Want() diag.Fields {
	var want diag.Fields
	for i := range needs {
		if n&needs[i].Need != 0 {
			want |= needs[i].Want
		}
	}
	return want
}

package view

import "github.com/nlstat/nlstat/pkg/render"

// A Table is one kind of listing.
type Table[T any] struct {
	Name    string
	Help    string // one sentence
	Columns []render.Column[T]
	Default []string // the columns of the text table
}

// What a column needs before it has an answer, in render.Column.Needs. It is collected only if a
// chosen column, the order or the filter needs it.
const (
	NeedTCP      uint32 = 1 << iota // struct tcp_info
	NeedMem                         // socket memory
	NeedCong                        // the congestion control's name
	NeedOwner                       // the processes that hold the socket
	NeedUser                        // login names
	NeedIface                       // interface names
	NeedCgroup                      // control group paths
	NeedPeer                        // the process at the other end
	NeedNAT                         // address translations
	NeedHosts                       // host names, from the resolver
	NeedServices                    // service names
	NeedRates                       // a second look at the same socket
	NeedTOS                         // type of service
)

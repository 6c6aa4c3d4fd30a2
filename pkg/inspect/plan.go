//go:build linux

package inspect

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A Plan says which rows a run yields and what they are joined with. The zero value is all sockets of TCP
// and UDP, joined with nothing. A run does not change it. Package query makes plans from filters.
type Plan struct {
	// Queries returns the queries for a network namespace, in the order of the rows; nil = all sockets of TCP
	// and UDP. Kinds of sockets that the kernel does not have are skipped and listed in [Session.Report]. The
	// parts of Needs are requested in addition. See [Ask].
	Queries func(*Place) []Query
	// Needs is the data that is joined to rows.
	Needs Need
	// LazyOwners says that [Row.Holders] is called for few rows or none: the search for owners begins with the
	// first call.
	LazyOwners bool
	// Filter returns a function that reports whether a row is yielded; nil yields every row. Each worker of
	// [Session.Visit] has a function of its own.
	Filter func(worker int) func(*Row) bool
	// Interval is the time between two samples of the counters, from which rates are made; 0 = one sample.
	Interval time.Duration
	// Ends decides whether [Session.Watch] joins the kernel's groups of destroyed sockets, and Groups which, 0 =
	// all. Same says that it yields unchanged rows, too.
	Ends   Ends
	Groups diag.EventGroups
	Same   bool
	// Counts tells [Session.Watch] to remember the counters and owners of connections, and no rows.
	// [Rates].Was has the previous counters, also in the last event of a socket: with Same, the sum of
	// CountersOf(row.Socket) minus row.Rates.Was over all rows is what was transferred. Rows without counters
	// are always [ChangeNone], and closed sockets are reported only if the kernel reports them.
	Counts bool
	// Now makes [Session.Watch] sample at once for each value that is received.
	Now <-chan struct{}
}

// A Query is one request to the kernel: a dump, or a look-up of single sockets.
type Query struct {
	diag.Query
	// Keys name the only sockets that can match: they are looked up, which takes microseconds each, without a
	// dump. nil = dump.
	Keys []diag.Key

	to func(*Row) // takes the rows instead of the run's visit
}

// queries returns the queries for a namespace.
func (p *Plan) queries(at *Place) []Query {
	ask := p.Queries
	if ask == nil {
		ask = TCPAndUDP()
	}
	list, want := slices.Clone(ask(at)), p.Needs.Want()
	for i := range list {
		list[i].Want |= want
	}
	return list
}

// Ask returns queries that are the same in every network namespace, for [Plan.Queries].
func Ask(queries ...diag.Query) func(*Place) []Query {
	return func(*Place) []Query {
		list := make([]Query, len(queries))
		for i := range queries {
			list[i].Query = queries[i]
		}
		return list
	}
}

// TCP requests all TCP sockets.
func TCP() func(*Place) []Query { return inet(unix.IPPROTO_TCP) }

// UDP requests all UDP sockets.
func UDP() func(*Place) []Query { return inet(unix.IPPROTO_UDP) }

// TCPAndUDP requests all TCP and UDP sockets.
func TCPAndUDP() func(*Place) []Query { return inet(unix.IPPROTO_TCP, unix.IPPROTO_UDP) }

func inet(protocols ...uint16) func(*Place) []Query {
	var list []diag.Query
	for _, protocol := range protocols {
		list = append(list,
			diag.Query{Family: unix.AF_INET, Protocol: protocol},
			diag.Query{Family: unix.AF_INET6, Protocol: protocol})
	}
	return Ask(list...)
}

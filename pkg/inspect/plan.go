//go:build linux

package inspect

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A Plan says which rows a run yields and what they are joined with. The zero value is all sockets of TCP and
// UDP, joined with nothing. It is not changed by the run and may be used again. Package query makes one of a
// filter.
type Plan struct {
	// Queries returns what the kernel is asked in a network namespace, in the order in which rows come; nil =
	// all sockets of TCP and UDP. A kind of socket that the kernel does not have is passed over;
	// [Session.Report] tells. See [Ask]. What Needs takes of the kernel is requested besides.
	Queries func(*Place) []Query
	// Needs is what is joined to rows.
	Needs Need
	// LazyOwners tells that the caller calls [Row.Holders] of few rows or none: the search for owners begins
	// with the first call.
	LazyOwners bool
	// Filter returns a function that reports whether a row is yielded; nil yields every row. Each worker of
	// [Session.Visit] has a function of its own.
	Filter func(worker int) func(*Row) bool
	// Interval is the time between two samples of the counters, from which rates are made; 0 = one sample.
	Interval time.Duration
	// Ends reports whether [Session.Watch] joins the kernel's groups of destroyed sockets, and Groups which,
	// 0 = all. Same says that it yields rows that are as they were, too.
	Ends   Ends
	Groups diag.EventGroups
	Same   bool
	// Counts tells [Session.Watch] to remember what each connection has counted and who holds it, and no rows.
	// Rows get what the sample before counted as [Rates].Was, those that are gone too. Those that count
	// nothing are always [ChangeNone], and sockets that are gone are told only where the kernel tells.
	Counts bool
	// Now makes [Session.Watch] sample at once for each value that is received.
	Now <-chan struct{}
}

// A Query is one request to the kernel: a dump, or a look-up of single sockets.
type Query struct {
	diag.Query
	// Keys name the only sockets that can match: they are looked up, which takes microseconds each, and no
	// table is walked. nil = dump.
	Keys []diag.Key

	to func(*Row) // not listed: what takes the rows instead of the run's visit
}

// queries returns what is asked in a namespace.
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

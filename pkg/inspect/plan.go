package inspect

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A Plan says which rows a run yields and what they are joined with. It is not changed by the run and may be
// used again.
type Plan struct {
	// Queries are what the kernel is asked, in the order in which rows come. A kind of socket that the kernel
	// does not have is passed over; [Session.Report] counts it.
	Queries []Query
	// Needs is what is joined to rows.
	Needs Need
	// Filter returns a function that tells whether a row is yielded; nil yields every row. Each worker of
	// [Session.Visit] has a function of its own.
	Filter func(worker int) func(*Row) bool
	// Interval is the time between two samples of the counters, from which rates are made; 0 = one sample.
	Interval time.Duration
}

// A Query is one request to the kernel: a dump, or a look-up of single sockets.
type Query struct {
	diag.Query
	// Keys name the only sockets that can match: they are looked up, which takes microseconds each, and no
	// table is walked. nil = dump.
	Keys []diag.Key
}

// TCP returns the queries for all TCP sockets.
func TCP() []Query { return inet(unix.IPPROTO_TCP) }

// UDP returns the queries for all UDP sockets.
func UDP() []Query { return inet(unix.IPPROTO_UDP) }

func inet(protocol uint16) []Query {
	return []Query{
		{Query: diag.Query{Family: unix.AF_INET, Protocol: protocol}},
		{Query: diag.Query{Family: unix.AF_INET6, Protocol: protocol}},
	}
}

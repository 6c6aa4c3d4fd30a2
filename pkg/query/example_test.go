//go:build linux

package query_test

import (
	"context"
	"fmt"
	"log"
	"net"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/query"
)

// The listener of a port, by a filter of the command line.
func ExampleParse() {
	l, err := net.Listen("tcp", "[::1]:0") // something to find
	if err != nil {
		log.Print(err)
		return
	}
	defer l.Close() //nolint:errcheck // unused

	f, err := query.Parse(fmt.Sprintf("listening and src %s", l.Addr()))
	if err != nil {
		log.Print(err)
		return
	}
	plan, err := f.Plan(inspect.NeedOwner)
	if err != nil {
		log.Print(err)
		return
	}
	s, err := inspect.Open(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer s.Close() //nolint:errcheck // read-only
	for row, err := range s.Sockets(context.Background(), plan) {
		if err != nil {
			log.Print(err)
			return
		}
		fmt.Println(row.State, row.Local.Addr(), len(row.Processes()))
	}
	// Output: LISTEN ::1 1
}

// An error has the position of the mistake and a suggestion.
func ExampleError() {
	_, err := query.Parse("listening and porrt=80")
	fmt.Println(err)
	// Output:
	// filter: unknown field "porrt" of table sockets; did you mean "port"?
	//   listening and porrt=80
	//                 ^^^^^
}

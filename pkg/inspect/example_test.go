//go:build linux

package inspect_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
)

// Every socket of the host with its namespace, container and owners, and the owners of the other end.
func Example() {
	all := inspect.Config{Namespaces: inspect.Selection{All: true}} // the zero value is the caller's namespace
	s, err := inspect.Open(&all)
	if err != nil {
		log.Print(err)
		return
	}
	defer s.Close() //nolint:errcheck // read-only
	plan := inspect.Plan{Needs: inspect.NeedOwner | inspect.NeedPeer | inspect.NeedCgroup}
	for row, err := range s.Sockets(context.Background(), &plan) {
		if err != nil {
			log.Print(err)
			return
		}
		log.Println(row.Netns, row.Local, row.Remote, row.Container(), row.Processes(), row.PeerProcesses())
	}
	if r := s.Report(); !r.Owners.Complete() {
		log.Printf("some processes could not be searched: %s", r.Owners.Why)
	}
}

// A list of the addresses in all network namespaces that is kept up to date, also in those that begin later.
func ExampleFollow() {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond) // or until a signal
	defer cancel()
	s, err := inspect.Open(&inspect.Config{Namespaces: inspect.Selection{All: true}})
	if err != nil {
		log.Print(err)
		return
	}
	defer s.Close() //nolint:errcheck // read-only
	there := map[uint64]map[netip.Prefix]bool{}
	for a, err := range inspect.Follow(ctx, s, link.GroupAddresses, link.Dial, (*link.Conn).WatchAddresses) {
		_, lost := errors.AsType[*link.LostError](err)
		switch {
		case lost, a.Gone:
			delete(there, a.NetNS) // after a loss all are yielded again
		case err != nil:
			fmt.Println(err)
		default:
			if there[a.NetNS] == nil {
				there[a.NetNS] = map[netip.Prefix]bool{}
			}
			there[a.NetNS][a.Row.Prefix] = !a.Row.Deleted
			log.Print(a.Netns, ": ", a.Row)
		}
	}
	// Output: context deadline exceeded
}

// The two ends of a connection on one host, over IPv4 and IPv6.
func ExampleRow_PeerProcesses() {
	for _, at := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", at) // something to find
		if err != nil {
			log.Print(err)
			return
		}
		defer l.Close() //nolint:errcheck // unused
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			log.Print(err)
			return
		}
		defer c.Close() //nolint:errcheck // nothing was written
		a, err := l.Accept()
		if err != nil {
			log.Print(err)
			return
		}
		defer a.Close() //nolint:errcheck // likewise

		s, err := inspect.Open(nil)
		if err != nil {
			log.Print(err)
			return
		}
		defer s.Close() //nolint:errcheck // read-only
		plan := inspect.Plan{
			Queries: inspect.Ask(
				diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, States: diag.States(diag.StateEstablished)},
				diag.Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP, States: diag.States(diag.StateEstablished)},
			),
			Needs: inspect.NeedOwner | inspect.NeedPeer,
		}
		for row, err := range s.Sockets(context.Background(), &plan) {
			if err != nil {
				log.Print(err)
				return
			}
			if row.Local.String() == c.LocalAddr().String() {
				fmt.Println(row.Remote.Addr(), fmt.Sprint(row.Processes()) == fmt.Sprint(row.PeerProcesses()))
			}
		}
	}
	// Output:
	// 127.0.0.1 true
	// ::1 true
}

// New, changed and closed sockets, with the last counters of closed ones.
func ExampleSession_Watch() {
	s, err := inspect.Open(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer s.Close() //nolint:errcheck // read-only
	plan := inspect.Plan{Queries: inspect.TCP(), Needs: inspect.NeedOwner | inspect.NeedTCP}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	for e, err := range s.Watch(ctx, &plan, 20*time.Millisecond) {
		if errors.Is(err, context.DeadlineExceeded) {
			fmt.Println("watched")
			return
		}
		if err != nil {
			log.Print(err)
			return
		}
		switch {
		case e.Change == inspect.ChangeLost:
			log.Println("missed", e.Lost)
		case e.Change.Gone():
			log.Println(e.Change, e.Row.Local, e.Row.Remote, e.Row.Processes(), e.Row.TCP.BytesReceived)
		case e.Change.Shown():
			log.Println(e.Change, e.Row.Local, e.Row.Remote, e.Row.Processes())
		}
	}
	// Output: watched
}

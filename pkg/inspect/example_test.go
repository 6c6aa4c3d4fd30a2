//go:build linux

package inspect_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
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

// The changes of addresses in all network namespaces, also in those that begin later.
func ExampleSession_Each() {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond) // or until a signal
	defer cancel()
	s, err := inspect.Open(&inspect.Config{Namespaces: inspect.Selection{All: true}})
	if err != nil {
		log.Print(err)
		return
	}
	defer s.Close() //nolint:errcheck // read-only
	follow := func(name string, c *link.Conn) {
		for a, err := range c.AddressEvents(ctx) {
			if err != nil { // *link.LostError, which does not end the loop, net.ErrClosed, or the end of ctx
				log.Print(name, ": ", err)
				continue
			}
			log.Print(name, ": interface ", a.Link, ": ", a.Prefix, ", deleted: ", a.Deleted)
		}
	}
	conns := map[uint64]*link.Conn{} // by the inode of the namespace
	s.Hold(func(inode uint64) bool { return conns[inode] != nil })
	for {
		there := map[uint64]bool{}
		err := s.Each(ctx, func(p *inspect.Place) error {
			there[p.Inode] = true
			if conns[p.Inode] != nil {
				return nil
			}
			cfg := p.Config()
			cfg.Events = link.GroupAddresses
			c, err := link.Dial(cfg)
			if err != nil {
				return err
			}
			conns[p.Inode] = c
			go follow(p.Name, c)
			return nil
		})
		for inode, c := range conns {
			if !there[inode] || err != nil {
				_ = c.Close() // ends its loop; a connection that stays open keeps the namespace
				delete(conns, inode)
			}
		}
		if err != nil || inspect.Pause(ctx, time.Second) != nil {
			break
		}
	}
	fmt.Println("done")
	// Output: done
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

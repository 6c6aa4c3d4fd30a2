//go:build linux

package diag_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

func ExampleConn_Sockets() {
	c, err := diag.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	q := diag.Query{
		Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP,
		States: diag.States(diag.StateEstablished), Want: diag.HasTCPInfo,
	}
	for s, err := range c.Sockets(context.Background(), &q) {
		if err != nil {
			log.Print(err)
			return
		}
		if s.Has&diag.HasTCPInfo != 0 && s.TCP.RTT.Duration() > 100*time.Millisecond {
			log.Printf("%s - %s answers after %s", s.Local, s.Remote, s.TCP.RTT)
		}
	}
}

func ExampleConn_Lookup() {
	c, err := diag.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	k := diag.Key{
		Local:  netip.MustParseAddrPort("127.0.0.1:1"),
		Remote: netip.MustParseAddrPort("127.0.0.1:2"),
	}
	_, err = c.Lookup(context.Background(), &q, &k)
	fmt.Println(errors.Is(err, diag.ErrNotFound))
	// Output: true
}

func ExampleParallel() {
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	workers := diag.Workers(nil, &q)
	counts := make([]int, workers) // one each: they run concurrently
	err := diag.Parallel(context.Background(), nil, &q, workers, func(worker int, _ *diag.Socket) error {
		counts[worker]++
		return nil
	})
	if err != nil {
		log.Print(err)
		return
	}
	log.Print(counts)
}

func ExampleConn_Destroy() {
	c, err := diag.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, RemotePort: 9}
	idle, err := diag.Collect(c.Sockets(context.Background(), &q))
	if err != nil {
		log.Print(err)
		return
	}
	for _, s := range idle {
		if err := c.Destroy(context.Background(), s); err != nil && !errors.Is(err, unix.ENOENT) {
			log.Print(err)
		}
	}
}

func ExampleConn_Events() {
	c, err := diag.Dial(&diag.Config{Events: diag.GroupTCPDestroyed | diag.GroupTCP6Destroyed})
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	for s, err := range c.Events(context.Background()) {
		switch {
		case errors.Is(err, unix.ENOBUFS):
			log.Print("some were lost: list anew")
		case err != nil:
			log.Print(err)
			return
		default:
			log.Printf("%s - %s closed after %d bytes", s.Local, s.Remote, s.TCP.BytesReceived)
		}
	}
}

func ExampleParseProc() {
	file := strings.NewReader(
		"sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n" +
			"00000000c1de79e4 3      3    0003   7     1 832    1000   4711\n")
	for s, err := range diag.ParseProc(file, &diag.Query{Family: unix.AF_PACKET}) {
		if err != nil {
			log.Print(err)
			return
		}
		fmt.Println(s.Iface, s.RecvQ, s.UID, s.Inode, s.Refs)
	}
	// Output: 7 832 1000 4711 3
}

// Listeners and connections of both families, in one walk of the kernel's tables where that is possible.
func ExampleConn_BothFamilies() {
	c, err := diag.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	q := diag.Query{Protocol: unix.IPPROTO_TCP}
	for s, err := range c.BothFamilies(context.Background(), &q) {
		if err != nil {
			log.Print(err)
			return
		}
		log.Print(s)
	}
}

func ExampleSocket_MarshalJSON() {
	s := diag.Socket{
		Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP, Type: unix.SOCK_STREAM, State: diag.StateListen,
		Local: netip.MustParseAddrPort("[::1]:443"), Remote: netip.MustParseAddrPort("[::]:0"), SendQ: 128,
	}
	b, err := json.Marshal(&s)
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(&s)
	fmt.Println(string(b))
	// Output:
	// tcp LISTEN [::1]:443
	// {"family":"ipv6","proto":"tcp","state":"LISTEN","local":"[::1]:443","local_addr":"::1","local_port":443,"recvq":0,"sendq":128,"accept_queue":0,"accept_limit":128,"retransmits":0}
}

func ExampleParseState() {
	s, err := diag.ParseState("time_wait")
	fmt.Println(s, s == diag.StateTimeWait, err)
	// Output: TIME-WAIT true <nil>
}

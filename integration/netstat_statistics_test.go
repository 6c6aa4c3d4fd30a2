//go:build integration

package integration

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestNetstatStatistics compares -s in namespaces with different traffic: none, TCP with retransmissions and
// resets, UDP to closed ports, fragments, raw sockets with IPv6.
func TestNetstatStatistics(t *testing.T) {
	traffic := []func(t *testing.T, ns *harness.NS){
		func(*testing.T, *harness.NS) {},
		func(_ *testing.T, ns *harness.NS) { ns.Zoo() },
		closedPorts, fragments, pings,
	}
	for i, send := range traffic {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			ns := harness.New(t)
			send(t, ns)
			for _, line := range []string{
				"-s", "-s6", "-st", "-su", "-sw", "-sU", "-sS", "-s6t", "-s6u", "-s6w", "-s -4", "-s --inet6 -n",
			} {
				for _, env := range [][]string{strict, nil} {
					c := harness.Compare{Program: "netstat", Args: strings.Fields(line), Env: env}
					c.Run(ns.With(t))
				}
			}
		})
	}
}

// closedPorts sends to closed ports, by both versions of IP.
func closedPorts(t *testing.T, ns *harness.NS) {
	t.Helper()
	for family, to := range map[int]unix.Sockaddr{
		unix.AF_INET:  &unix.SockaddrInet4{Port: 9, Addr: [4]byte{127, 0, 0, 1}},
		unix.AF_INET6: &unix.SockaddrInet6{Port: 9, Addr: [16]byte{15: 1}},
	} {
		for _, typ := range []int{unix.SOCK_DGRAM, unix.SOCK_STREAM} {
			s := ns.Socket(family, typ, 0)
			_ = unix.Connect(s.FD, to)                    // refused, which is the point
			_ = unix.Sendto(s.FD, []byte("hello"), 0, to) // likewise
		}
	}
}

// fragments sends what does not fit a packet.
func fragments(t *testing.T, ns *harness.NS) {
	t.Helper()
	ip(t, ns, "link set lo mtu 1500")
	server := ns.UDP("127.0.0.1:0")
	client := ns.UDP("127.0.0.1:0")
	client.Connect(server)
	client.Write(9000)
}

// pings sends echo requests through raw sockets.
func pings(t *testing.T, ns *harness.NS) {
	t.Helper()
	four := ns.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
	echo := []byte{8, 0, 0xf7, 0xff, 0, 0, 0, 0}
	if err := unix.Sendto(four.FD, echo, 0, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	six := ns.Socket(unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6)
	if err := unix.Sendto(six.FD, []byte{128, 0, 0, 0, 0, 0, 0, 0}, 0, &unix.SockaddrInet6{Addr: [16]byte{15: 1}}); err != nil {
		t.Fatal(err)
	}
}

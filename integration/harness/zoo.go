package harness

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Addresses of the zoo's own links.
const (
	zooLink = "zoo0"
	zooV4   = "192.0.2.1"
	zooV6   = "2001:db8::1"
	zooFE80 = "fe80::1"
)

// Zoo fills the calling test's namespace with TCP sockets of every state that can be made and held, and
// with UDP sockets: IPv4, IPv6, mapped, link-local, bound to links, with marks, timers and queues. Nothing
// in it changes by itself for a minute but retransmission timers.
func (ns *NS) Zoo() {
	ns.t.Helper()
	ns.Veth(zooLink, "", ns.NS, "zoo1", "")
	ns.Address(zooLink, zooV4+"/24")
	ns.Address(zooLink, zooV6+"/64")
	ns.Address(zooLink, zooFE80+"/64")
	for _, host := range []string{"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", zooV4, "[" + zooV6 + "]"} {
		ns.StateZoo(host)
	}
	ns.listeners()
	ns.queues()
	ns.udpZoo()
}

// StateZoo makes one TCP socket or pair of every state over the given host, an address of this namespace
// ("127.0.0.1", "[::1]").
func (ns *NS) StateZoo(host string) {
	ns.t.Helper()
	listener := ns.Listen(host + ":0")
	pair := func(opts ...Option) (client, server *Socket) {
		ns.t.Helper()
		client = ns.TCP(host+":0", opts...)
		client.Connect(listener)
		return client, listener.Accept()
	}

	pair() // ESTAB twice
	full := ns.Listen(host + ":0")
	waiting := ns.TCP(host + ":0") // ESTAB that nobody accepted: no inode yet
	waiting.Connect(full)

	client, server := pair() // FIN_WAIT2, CLOSE_WAIT
	client.Shut()
	ns.expect(client, unix.BPF_TCP_FIN_WAIT2)
	ns.expect(server, unix.BPF_TCP_CLOSE_WAIT)

	client, server = pair() // FIN_WAIT1: the acknowledgement of its FIN is lost
	client.Deaf()
	client.Shut()
	ns.expect(client, unix.BPF_TCP_FIN_WAIT1)
	ns.expect(server, unix.BPF_TCP_CLOSE_WAIT)

	client, server = pair() // FIN_WAIT2, LAST_ACK: likewise after the peer's FIN
	client.Shut()
	ns.expect(server, unix.BPF_TCP_CLOSE_WAIT)
	server.Deaf()
	server.Shut()
	ns.expect(server, unix.BPF_TCP_LAST_ACK)

	client, server = pair() // CLOSING: both FINs crossed, ours never acknowledged
	client.Deaf()
	server.Deaf()
	client.Shut()
	server.Shut()
	client.Hear()
	ns.expect(client, unix.BPF_TCP_CLOSING) // with the peer's next retransmission

	client, server = pair() // TIME_WAIT
	client.Close()
	ns.expect(server, unix.BPF_TCP_CLOSE_WAIT)
	server.Close()

	deaf := ns.Listen(host + ":0") // SYN_SENT
	deaf.Deaf()
	syn := ns.TCP(host + ":0")
	syn.Connect(deaf)
	ns.expect(syn, unix.BPF_TCP_SYN_SENT)

	slow := ns.Listen(host+":0", DeferAccept) // SYN_RECV
	hasty := ns.TCP(host + ":0")
	hasty.Connect(slow)
	ns.expect(hasty, unix.BPF_TCP_ESTABLISHED)

	ns.TCP(host + ":0") // BOUND_INACTIVE, where the kernel shows it
}

// listeners makes listening sockets of every kind of address.
func (ns *NS) listeners() {
	ns.t.Helper()
	ns.Listen("0.0.0.0:8080")
	ns.Listen("[::]:8080", V6Only)
	ns.Listen("[::]:8081") // both families
	ns.Listen(zooV4 + ":22")
	ns.Listen(fmt.Sprintf("[%s%%%s]:8082", zooFE80, zooLink))
	ns.Listen("127.0.0.1:8083", Mark(0x2a))
	ns.Listen("127.0.0.1:8084").Device("lo")
	ns.Listen("[::]:8085", V6Only).Device(zooLink)
}

// queues makes connections with bytes waiting, timers running and a zone.
func (ns *NS) queues() {
	ns.t.Helper()
	listener := ns.Listen("127.0.0.1:9000")
	client := ns.TCP("127.0.0.1:0", KeepAlive, NoDelay, Mark(7))
	client.Connect(listener)
	server := listener.Accept()
	client.Write(1000) // Recv-Q of the server
	server.Deaf()
	client.Write(500) // Send-Q of the client, retransmitting

	local := fmt.Sprintf("[%s%%%s]:9001", zooFE80, zooLink)
	scoped := ns.Listen(local)
	peer := ns.TCP(fmt.Sprintf("[%s%%%s]:0", zooFE80, zooLink), KeepAlive)
	peer.Connect(scoped)
	scoped.Accept()

	for range 3 { // a queue of connections to accept
		ns.TCP("127.0.0.2:0").ConnectTo("127.0.0.1:9000")
	}
}

func (ns *NS) udpZoo() {
	ns.t.Helper()
	ns.UDP("0.0.0.0:53")
	ns.UDP("127.0.0.1:123", Mark(0x2a))
	ns.UDP("[::]:53", V6Only)
	ns.UDP("[::]:5353", Reuse)
	ns.UDP("0.0.0.0:5353", Reuse).Device(zooLink)
	ns.UDP("224.0.0.251:5354", Reuse)
	ns.UDP(fmt.Sprintf("[%s%%%s]:546", zooFE80, zooLink))
	ns.UDP("[::ffff:127.0.0.1]:6000")
	for _, host := range []string{"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"} {
		server := ns.UDP(host + ":0")
		client := ns.UDP(host + ":0")
		client.Connect(server)
		client.Write(64)
	}
}

// expect waits until a socket is in a TCP state. Some are reached only by the peer's retransmission.
func (ns *NS) expect(s *Socket, want uint8) {
	ns.t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for s.State() != want {
		if time.Now().After(deadline) {
			ns.t.Fatalf("socket stays in state %d, want %d", s.State(), want)
		}
		time.Sleep(time.Millisecond)
	}
}

//go:build integration

package integration

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
)

// rareFamilies are families that few kernels have, with the expected values of the sockets of
// kernelFamilies.
var rareFamilies = []struct {
	name  string
	query diag.Query
	check func(t *testing.T, all []*diag.Socket)
}{
	{"raw", diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_RAW}, checkRaw},
	{"sctp", diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_SCTP, Want: diag.HasSCTPInfo}, checkSCTP},
	{"vsock", diag.Query{Family: unix.AF_VSOCK}, checkVsock},
	{"tipc", diag.Query{Family: unix.AF_TIPC}, checkTIPC},
	{"xdp", diag.Query{Family: unix.AF_XDP, Want: ^diag.Fields(0)}, checkXDP},
	{"smc", diag.Query{Family: unix.AF_SMC, Want: diag.HasSMC}, checkSMC},
	{"dccp", diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_DCCP, Want: diag.HasTCPInfo}, checkDCCP},
}

// moreMakers make sockets that ss does not list.
var moreMakers = map[string]func(*sockets){"smc": makeSMC, "dccp": makeDCCP}

func makeSMC(s *sockets) {
	s.pair(unix.AF_SMC, 0, v4(9400), true)
}

func makeDCCP(s *sockets) {
	const solDCCP, service = 269, 2 // SOL_DCCP, DCCP_SOCKOPT_SERVICE
	l := s.open(unix.AF_INET, unix.SOCK_DCCP, unix.IPPROTO_DCCP)
	if l < 0 {
		return
	}
	s.must(unix.SetsockoptInt(l, solDCCP, service, 1))
	s.must(unix.Bind(l, v4(9500)))
	s.must(unix.Listen(l, 3))
	client := s.open(unix.AF_INET, unix.SOCK_DCCP, unix.IPPROTO_DCCP)
	s.must(unix.SetsockoptInt(client, solDCCP, service, 1))
	s.must(unix.Connect(client, v4(9500)))
}

// TestKernelRareFamilies lists sockets of those kinds and checks their fields.
func TestKernelRareFamilies(t *testing.T) {
	for i := range rareFamilies {
		f := &rareFamilies[i]
		t.Run(f.name, func(t *testing.T) {
			harness.New(t)
			c := dial(t, &diag.Config{Sources: diag.SourcesNetlink})
			if _, err := diag.Collect(c.Sockets(t.Context(), &f.query)); errors.Is(err, unix.ENOENT) {
				t.Skip("this kernel lacks the diag module")
			}
			s := &sockets{t: t}
			if more := moreMakers[f.name]; more != nil {
				more(s)
			}
			for _, k := range kernelFamilies {
				if k.name == f.name {
					k.make(s)
				}
			}
			if s.made == 0 {
				t.Skip("this kernel has no such sockets")
			}
			all, err := diag.Collect(c.Sockets(t.Context(), &f.query))
			if err != nil {
				t.Fatal(err)
			}
			if n := c.Stats().Malformed; n > 0 {
				t.Errorf("%d malformed attributes", n)
			}
			f.check(t, all)
			lookUpAll(t, &f.query, all)
		})
	}
}

// lookUpAll requests every socket once more, if they can be looked up.
func lookUpAll(t *testing.T, q *diag.Query, all []*diag.Socket) {
	t.Helper()
	if q.Family != unix.AF_INET {
		return
	}
	c := dial(t, nil)
	for _, s := range all {
		k := s.Key()
		got, err := c.Lookup(t.Context(), q, &k)
		if q.Protocol == unix.IPPROTO_SCTP && errors.Is(err, diag.ErrNotFound) {
			continue // the kernel finds associations by addresses that endpoints do not have
		}
		if err != nil {
			t.Errorf("look up %s - %s: %v", s.Local, s.Remote, err)
		} else if got.Cookie != s.Cookie {
			t.Errorf("look up %s - %s: found another one", s.Local, s.Remote)
		}
	}
}

// checkSMC expects a listener and a connection that is plain TCP for want of hardware.
func checkSMC(t *testing.T, all []*diag.Socket) {
	t.Helper()
	fallback := 0
	for _, s := range all {
		m := s.SMC()
		if s.Local.Port() != 9400 && s.Remote.Port() != 9400 || !s.Local.Addr().Is4() || s.Inode == 0 || s.Cookie == 0 {
			t.Errorf("smc socket %s - %s has inode %d and cookie %x", s.Local, s.Remote, s.Inode, s.Cookie)
		}
		if m.Mode == diag.SMCModeFallback && m.Has&diag.SMCHasFallback != 0 && m.FallbackReason != 0 {
			fallback++
		}
	}
	if len(all) < 3 {
		t.Errorf("%d sockets, %d of them plain TCP, want 3 at least", len(all), fallback)
	}
	t.Logf("%d sockets, %d of them plain TCP", len(all), fallback)
}

func checkDCCP(t *testing.T, all []*diag.Socket) {
	t.Helper()
	states := map[diag.State]int{}
	for _, s := range all {
		states[s.State]++
		if s.Has&diag.HasTCPInfo == 0 || s.Local.Port() != 9500 && s.Remote.Port() != 9500 {
			t.Errorf("dccp socket %s %s - %s has parts %x", s.State, s.Local, s.Remote, uint64(s.Has))
		}
	}
	if states[diag.StateListen] != 1 || len(all) < 2 {
		t.Errorf("states %v, want a listener and its client", states)
	}
}

func checkRaw(t *testing.T, all []*diag.Socket) {
	t.Helper()
	protocols := map[uint16]bool{}
	for _, s := range all {
		if s.Type != unix.SOCK_RAW || s.Protocol != s.Local.Port() {
			t.Errorf("raw socket of type %d, protocol %d, port %d", s.Type, s.Protocol, s.Local.Port())
		}
		protocols[s.Protocol] = true
	}
	want := []uint16{1, 17, 89, 90, 255}
	if got := slices.Sorted(maps.Keys(protocols)); !slices.Equal(got, want) {
		t.Errorf("raw sockets of protocols %d, want %d", got, want)
	}
}

func checkSCTP(t *testing.T, all []*diag.Socket) {
	t.Helper()
	associations, endpoints := 0, 0
	for _, s := range all {
		locals := len(slices.Collect(s.Locals()))
		if locals == 0 {
			t.Errorf("%s: no local addresses", s.Local)
		}
		if !s.IsAssociation() {
			endpoints++
			continue
		}
		associations++
		i := s.SCTP()
		peers := slices.Collect(s.Peers())
		if s.SCTPState() != diag.SCTPStateEstablished || i.InStreams == 0 || i.Tag == 0 || len(peers) == 0 ||
			peers[0].Addr() != s.Remote.Addr() {
			t.Errorf("association %s - %s in %s with %v: %+v", s.Local, s.Remote, s.SCTPState(), peers, i)
		}
	}
	if endpoints < 5 || associations < 6 {
		t.Errorf("%d endpoints, %d associations, want 5 and 6 at least", endpoints, associations)
	}
}

func checkVsock(t *testing.T, all []*diag.Socket) {
	t.Helper()
	ports := map[uint32]bool{}
	for _, s := range all {
		if s.State == diag.StateListen {
			ports[s.Vsock.LocalPort] = true
		}
		if s.Cookie == 0 || s.Type != unix.SOCK_STREAM {
			t.Errorf("vsock %+v has cookie %x and type %d", s.Vsock, s.Cookie, s.Type)
		}
	}
	if !ports[9200] || !ports[9201] {
		t.Errorf("no listeners on ports 9200 and 9201: %v", ports)
	}
}

func checkTIPC(t *testing.T, all []*diag.Socket) {
	t.Helper()
	types, connected := map[uint8]int{}, 0
	for _, s := range all {
		types[s.Type]++
		i := s.TIPC()
		if i.Ref == 0 || s.Inode == 0 || s.Cookie == 0 {
			t.Errorf("tipc socket %+v has inode %d and cookie %x", i, s.Inode, s.Cookie)
		}
		if i.Connected {
			connected++
		}
	}
	if connected < 2 || types[unix.SOCK_DGRAM] == 0 || types[unix.SOCK_RDM] == 0 || types[unix.SOCK_SEQPACKET] == 0 {
		t.Errorf("%d connected, types %v", connected, types)
	}
}

func checkXDP(t *testing.T, all []*diag.Socket) {
	t.Helper()
	rings := 0
	for _, s := range all {
		x := s.XDP()
		if s.Has&diag.HasUmem == 0 {
			continue
		}
		rings++
		if x.RxRing != 32 || x.TxRing != 32 || x.Fill != 32 || x.Complete != 32 || s.Iface != 1 ||
			x.Umem.ChunkSize != 2048 || x.Umem.Size != 2048*64 {
			t.Errorf("xdp socket on interface %d: %+v", s.Iface, x)
		}
	}
	if len(all) != 2 || rings != 1 {
		t.Errorf("%d xdp sockets, %d with rings, want 2 and 1", len(all), rings)
	}
}

package ss

import (
	"context"
	"encoding/binary"
	"io"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/diag"
)

// printer returns a program that prints to nowhere.
func printer(o *options) *program {
	p := &program{opt: *o, out: newOutput(io.Discard), stderr: io.Discard, sel: selection{tables: 3, states: 3}}
	p.prepareNames()
	p.ports.names = &names.Names{Etc: "testdata/none"}
	p.cgroups.walked, p.cgroups.known = true, map[uint64]string{7: "/user.slice"}
	p.openSheet(0)
	return p
}

func sampleSocket() *diag.Socket {
	s := bbrSocket()
	s.State, s.Timer, s.Expires, s.Retrans = diag.StateEstablished, diag.TimerRetransmit, 1204*time.Millisecond, 2
	s.Local = netip.MustParseAddrPort("[2001:db8::1]:443")
	s.Remote = netip.MustParseAddrPort("[2001:db8::2]:50000")
	s.Cookie, s.Inode, s.UID, s.RecvQ, s.SendQ = 0x1234, 77, 1000, 12, 34
	s.Mark, s.Cgroup, s.SockOpt, s.TOS = 5, 7, 0x2a, 0x10
	s.Has |= diag.HasShutdown | diag.HasTOS | diag.HasV6Only | diag.HasMark | diag.HasCgroup | diag.HasSockOpt |
		diag.HasSkMem | diag.HasTCPInfo
	s.SkMem = diag.SkMem{Rcvbuf: 131072, Sndbuf: 87040, Drops: 3, Len: 9}
	s.TCP = diag.TCPInfo{
		Len: 280, Options: 7, SndWscale: 7, RcvWscale: 7, RTO: 204000, RTT: 1234567, RTTVar: 500, SndMSS: 1448,
		PMTU: 1500, RcvMSS: 536, AdvMSS: 1448, SndCwnd: 10, SndSsthresh: 7, BytesSent: 12345678, BytesAcked: 12345679,
		SegsOut: 1000, SegsIn: 900, LastDataSent: 4, PacingRate: 1234567, MaxPacingRate: 1 << 40, DeliveryRate: 7654321,
		Delivered: 5, BusyTime: 1_000_000, RwndLimited: 1000, Unacked: 1, Retrans: 1, TotalRetrans: 2, Reordering: 3,
		RcvRTT: 1000, RcvSpace: 14480, RcvSsthresh: 64088, MinRTT: 33, SndWnd: 65536, RcvWnd: 65536,
	}
	return s
}

// bbrSocket returns a TCP socket that the kernel has told the state of BBR of, and nothing else.
func bbrSocket() *diag.Socket {
	message := make([]byte, 72, 72+24) // struct inet_diag_msg
	message[0] = unix.AF_INET6
	message = binary.NativeEndian.AppendUint16(message, 24)
	message = binary.NativeEndian.AppendUint16(message, 16) // INET_DIAG_BBRINFO
	for _, v := range []uint32{123456789, 0, 1234, 739, 739} {
		message = binary.NativeEndian.AppendUint32(message, v)
	}
	q := diag.Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP}
	s := &diag.Socket{}
	if err := q.Decode(s, diag.SourceNetlink, message); err != nil {
		panic(err)
	}
	return s
}

// everything are all options that add to a row.
var everything = options{
	timer: true, extended: true, memory: true, info: true, tos: true, cgroup: true, sockOpt: true,
}

func TestInetRow(t *testing.T) {
	p := printer(&options{
		noHeader: true, numeric: true, timer: true, extended: true, memory: true, info: true, tos: true,
		cgroup: true, sockOpt: true,
	})
	got := string(p.inetExt(nil, sampleSocket()))
	want := " timer:(on,1.204sec,2) uid:1000 ino:77 sk:1234 fwmark:0x5 cgroup:/user.slice v6only:0 <-> tos:0x10" +
		" cgroup:/user.slice\n\tinet-sockopt: ( is_icsk hdrincl transparent)\n\t" +
		" skmem:(r0,rb131072,t0,tb87040,f0,w0,o0,bl0,d3) ts sack wscale:7,7 rto:204 rtt:1234.57/0.5 mss:1448" +
		" pmtu:1500 rcvmss:536 advmss:1448 cwnd:10 ssthresh:7 bytes_sent:12345678 bytes_acked:12345679 segs_out:1000" +
		" segs_in:900 bbr:(bw:987654312bps,mrtt:1.234,pacing_gain:2.88672,cwnd_gain:2.88672) send 93830bps lastsnd:4" +
		" pacing_rate 9876536bps/8796093022208bps delivery_rate 61234568bps delivered:5 busy:1000ms" +
		" rwnd_limited:1ms(0.1%) unacked:1 retrans:1/2 rcv_rtt:1 rcv_space:14480 rcv_ssthresh:64088 minrtt:0.033" +
		" snd_wnd:65536 rcv_wnd:65536"
	if got != want {
		t.Errorf("details of a socket:\n got %q\nwant %q", got, want)
	}
}

// TestRowAllocs checks that rows of every kind are printed without allocating.
func TestRowAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	s := sampleSocket()
	four := *s
	four.Family = unix.AF_INET
	four.Local, four.Remote = netip.MustParseAddrPort("127.0.0.1:80"), netip.MustParseAddrPort("10.1.2.3:1")
	for name, o := range map[string]*options{"plain": {}, "numeric": {numeric: true}, "everything": &everything} {
		p := printer(o)
		ctx := context.Background()
		rows := func() {
			p.inetRow(ctx, s)
			p.inetRow(ctx, &four)
			p.unixRow(&diag.Socket{Family: unix.AF_UNIX, Inode: 5})
			p.packetRow(&diag.Socket{Family: unix.AF_PACKET, Protocol: 0x800})
			p.vsockRow(&diag.Socket{Family: unix.AF_VSOCK})
		}
		for range 70_000 { // names are looked up once, and chunks are there after the first batch
			rows()
		}
		if n := testing.AllocsPerRun(1000, rows); n != 0 {
			t.Errorf("%s: %v allocations for five rows, want 0", name, n)
		}
	}
}

func BenchmarkInetRow(b *testing.B) {
	six := sampleSocket()
	four := *six
	four.Family = unix.AF_INET
	four.Local, four.Remote = netip.MustParseAddrPort("127.2.55.129:13744"), netip.MustParseAddrPort("10.0.1.2:443")
	for _, bb := range []struct {
		name string
		o    *options
		s    *diag.Socket
	}{{"IPv4", &options{numeric: true}, &four}, {"IPv6", &options{numeric: true}, six}, {"everything", &everything, six}} {
		b.Run(bb.name, func(b *testing.B) {
			p := printer(bb.o)
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				p.inetRow(ctx, bb.s)
			}
		})
	}
}

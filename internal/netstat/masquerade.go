package netstat

import (
	"context"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/conntrack"
)

// masqEntry is one masqueraded connection.
type masqEntry struct {
	protocol         string
	hundredths       uint64 // until it expires
	source, dest     netip.Addr
	sport, dport     uint16
	mport            uint16 // visible to the peer
	initSeq          uint64
	delta, prevDelta int64
	withoutPrevious  bool // the old file did not have prevDelta
}

// masquerade prints -M: the file of kernels before 2.4, else the flows of connection tracking.
func (t *tool) masquerade(ctx context.Context) status {
	first := true
	row := func(m *masqEntry) bool {
		if first {
			first = false
			t.masqHeader()
		}
		return t.out.row(t.appendMasq(t.out.buf, m))
	}
	code, missing := t.masqFile(row)
	switch {
	case !missing:
		return code
	case t.strict:
		t.unsupported("ip_masquerade")
		return statusMissing
	}
	return t.masqFlows(ctx, row)
}

func (t *tool) masqHeader() {
	t.out.text("IP masquerading entries\n")
	if t.given('e') {
		t.out.text("prot   expire    initseq delta prevd source               destination          ports\n")
	} else {
		t.out.text("prot   expire source               destination          ports\n")
	}
}

// appendMasq formats one row.
func (t *tool) appendMasq(b []byte, m *masqEntry) []byte {
	b = leftText(b, m.protocol, 4)
	b = append(rightUint(b, m.hundredths/6000, 3), ':')
	b = append(zeroPadded(b, int64(m.hundredths/100%60), 2), '.')
	b = append(zeroPadded(b, int64(m.hundredths%100), 2), ' ')
	if t.given('e') {
		b = append(rightUint(b, m.initSeq, 10), ' ')
		b = append(rightInt(b, m.delta, 5), ' ')
		if m.withoutPrevious {
			b = append(b, "    - "...)
		} else {
			b = append(rightInt(b, m.prevDelta, 5), ' ')
		}
	}
	for _, a := range [...]netip.Addr{m.source, m.dest} {
		start := len(b)
		b = append(left(t.appendHost(b, a), start, 20), ' ')
	}
	table := &tcpTable
	if m.protocol == "udp" {
		table = &udpTable
	}
	b = append(t.appendPort(b, table, m.sport), " -> "...)
	b = append(t.appendPort(b, table, m.dport), " ("...)
	b = t.appendPort(b, table, m.mport)
	return append(b, ")\n"...)
}

// masqProtocols are the named protocols.
var masqProtocols = [...]string{
	unix.IPPROTO_IP: "ip", unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp", unix.IPPROTO_ICMP: "icmp",
	unix.IPPROTO_GRE: "gre", unix.IPPROTO_ESP: "esp",
}

// masqFlows prints the flows whose source is translated.
func (t *tool) masqFlows(ctx context.Context, row func(*masqEntry) bool) status {
	c, err := conntrack.Dial(nil)
	if err != nil {
		t.complain("netstat: %v\n", err)
		return statusMissing
	}
	defer func() { _ = c.Close() }() // nothing was written
	for f, err := range c.Flows(ctx, &conntrack.Query{Family: unix.AF_INET, NAT: conntrack.NATSrc}) {
		if err != nil {
			t.complain("netstat: %v\n", err)
			return statusMissing
		}
		m := newMasq(f)
		if !row(&m) {
			break
		}
	}
	return statusOK
}

// newMasq converts a flow to the old columns. Its time is in whole seconds.
func newMasq(f *conntrack.Flow) masqEntry {
	name := strconv.Itoa(int(f.Orig.Proto))
	if int(f.Orig.Proto) < len(masqProtocols) && masqProtocols[f.Orig.Proto] != "" {
		name = masqProtocols[f.Orig.Proto]
	}
	a := &f.OrigAdjust
	return masqEntry{
		protocol: name, hundredths: uint64(f.Timeout.Seconds()) * 100,
		source: f.Orig.Src, dest: f.Orig.Dst, sport: f.Orig.SrcPort, dport: f.Orig.DstPort,
		mport:   f.Reply.DstPort,
		initSeq: uint64(a.Position), delta: int64(int32(a.After)), prevDelta: int64(int32(a.Before)),
	}
}

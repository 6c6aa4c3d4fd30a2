package netstat

import (
	"net"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/link"
)

// blockFlags are the names of the flags in -ie, in another order than the letters of -i.
var blockFlags = [...]struct {
	flag uint32
	name string
}{
	{unix.IFF_UP, "UP"},
	{unix.IFF_BROADCAST, "BROADCAST"},
	{unix.IFF_DEBUG, "DEBUG"},
	{unix.IFF_LOOPBACK, "LOOPBACK"},
	{unix.IFF_POINTOPOINT, "POINTOPOINT"},
	{unix.IFF_NOTRAILERS, "NOTRAILERS"},
	{unix.IFF_RUNNING, "RUNNING"},
	{unix.IFF_NOARP, "NOARP"},
	{unix.IFF_PROMISC, "PROMISC"},
	{unix.IFF_ALLMULTI, "ALLMULTI"},
	{unix.IFF_SLAVE, "SLAVE"},
	{unix.IFF_MASTER, "MASTER"},
	{unix.IFF_MULTICAST, "MULTICAST"},
	{unix.IFF_DYNAMIC, "DYNAMIC"},
}

// indent begins every line of a block except the first.
const indent = "        "

// appendBlock formats one interface as ifconfig does, with an empty line after it.
func (t *tool) appendBlock(b []byte, f *iface, addresses []address6) []byte {
	flags := shortFlags(f.dev)
	b = append(append(b, f.name...), ": flags="...)
	b = strconv.AppendInt(b, int64(int16(flags)), 10)
	b = appendFlagNames(b, flags)
	b = append(b, "  mtu "...)
	b = append(strconv.AppendUint(b, uint64(f.dev.MTU), 10), '\n')
	b = appendBlockInet(b, f, flags)
	for _, a := range addresses {
		b = appendBlockInet6(b, a)
	}
	b = append(appendHardware(append(b, indent...), f), '\n')
	if !f.alias {
		s := t.counters(f)
		b = appendCounters(b, f.dev.Type, &s)
	}
	b = appendMap(b, f.dev)
	return append(b, '\n')
}

// appendFlagNames appends "<UP,...>"; without a single flag the bracket stays open.
func appendFlagNames(b []byte, flags uint16) []byte {
	b = append(b, '<')
	if flags == 0 {
		return b
	}
	sep := ""
	for _, i := range blockFlags {
		if uint32(flags)&i.flag != 0 {
			b = append(append(b, sep...), i.name...)
			sep = ","
		}
	}
	return append(b, '>')
}

// appendBlockInet appends the line of the IPv4 address that has the interface's name as label.
func appendBlockInet(b []byte, f *iface, flags uint16) []byte {
	a := f.address
	if a == nil {
		return b
	}
	b = append(append(b, indent...), "inet "...)
	b = a.Prefix.Addr().AppendTo(b)
	b = append(b, "  netmask "...)
	b = appendMask(b, a.Prefix.Bits())
	if uint32(flags)&unix.IFF_BROADCAST != 0 {
		b = append(b, "  broadcast "...)
		b = appendOr(b, a.Broadcast, netip.IPv4Unspecified())
	}
	if uint32(flags)&unix.IFF_POINTOPOINT != 0 {
		b = append(b, "  destination "...)
		b = appendOr(b, a.Peer, a.Prefix.Addr())
	}
	return append(b, '\n')
}

// appendOr appends a, or another address if a is empty.
func appendOr(b []byte, a, other netip.Addr) []byte {
	if !a.IsValid() {
		a = other
	}
	return a.AppendTo(b)
}

// appendMask appends an IPv4 netmask.
func appendMask(b []byte, bits int) []byte {
	return netip.AddrFrom4([4]byte(net.CIDRMask(bits, 32))).AppendTo(b)
}

// appendBlockInet6 appends the line of an IPv6 address. Its scope is derived from the address.
func appendBlockInet6(b []byte, a address6) []byte {
	b = append(append(b, indent...), "inet6 "...)
	b = appendAddr(b, a.addr.Unmap())
	b = append(b, "  prefixlen "...)
	b = strconv.AppendUint(b, a.length, 10)
	b = append(b, "  scopeid "...)
	return append(append(b, scopeText(a.addr)...), '\n')
}

func scopeText(a netip.Addr) string {
	raw := a.As16()
	switch {
	case a.IsLoopback() && !a.Is4In6():
		return "0x10<host>"
	case a.IsLinkLocalUnicast() && !a.Is4In6():
		return "0x20<link>"
	case raw[0] == 0xfe && raw[1]&0xc0 == 0xc0:
		return "0x40<site>"
	case [12]byte(raw[:12]) == [12]byte{} && !a.IsUnspecified():
		return "0x80<compat,global>"
	}
	return "0x0<global>"
}

// appendCounters appends the four lines of counters. One of them lacks two blanks, as in the reference.
func appendCounters(b []byte, hwType uint16, s *link.Stats) []byte {
	compressed := hwType == unix.ARPHRD_CSLIP || hwType == unix.ARPHRD_CSLIP6
	num := func(text string, v uint64) { b = strconv.AppendUint(append(b, text...), v, 10) }
	num(indent+"RX packets ", s.RxPackets)
	num("  bytes ", s.RxBytes)
	b = appendBytes(b, s.RxBytes)
	if compressed {
		num(indent+"RX compressed:", s.RxCompressed)
		b = append(b, '\n')
	}
	num(indent+"RX errors ", s.RxErrors)
	num("  dropped ", s.RxDrop())
	num("  overruns ", s.RxFIFOErrors)
	num("  frame ", s.RxFrame())
	num("\n"+indent+"TX packets ", s.TxPackets)
	num("  bytes ", s.TxBytes)
	b = appendBytes(b, s.TxBytes)
	if compressed {
		num(indent+"TX compressed ", s.TxCompressed)
		b = append(b, '\n')
	}
	num(indent+"TX errors ", s.TxErrors)
	num("  dropped ", s.TxDropped)
	num(" overruns ", s.TxFIFOErrors)
	num("  carrier ", s.TxCarrier())
	num("  collisions ", s.Collisions)
	return append(b, '\n')
}

// appendBytes appends " (N unit)" and the end of the line. The next unit is used only for values above it,
// and the digit after the point is truncated, not rounded.
func appendBytes(b []byte, v uint64) []byte {
	const exa = 1 << 60
	tenths, unit := v*10, "B"
	switch {
	case v > exa:
		tenths, unit = v/(exa/10), "EiB" // v*10 would not fit
	default:
		for i, name := range [...]string{"KiB", "MiB", "GiB", "TiB", "PiB"} {
			if size := uint64(1) << (10 * (i + 1)); v > size {
				tenths, unit = v*10/size, name
			}
		}
	}
	b = strconv.AppendUint(append(b, " ("...), tenths/10, 10)
	b = strconv.AppendUint(append(b, '.'), tenths%10, 10)
	return append(append(append(b, ' '), unit...), ")\n"...)
}

// appendMap appends the line of interrupt and memory, if the device has any.
func appendMap(b []byte, l *link.Link) []byte {
	const firstBase = 0x100
	m := &l.Map
	if m.IRQ == 0 && m.DMA == 0 && m.MemStart == 0 && uint16(m.Base) < firstBase {
		return b
	}
	b = append(append(b, indent...), "device "...)
	if m.IRQ != 0 {
		b = append(strconv.AppendUint(append(b, "interrupt "...), uint64(m.IRQ), 10), "  "...)
	}
	if base := uint64(uint16(m.Base)); base >= firstBase {
		b = append(strconv.AppendUint(append(b, "base 0x"...), base, 16), "  "...)
	}
	if m.MemStart != 0 {
		b = strconv.AppendUint(append(b, "memory 0x"...), m.MemStart, 16)
		b = append(strconv.AppendUint(append(b, '-'), m.MemEnd, 16), "  "...)
	}
	if m.DMA != 0 {
		b = strconv.AppendUint(append(b, "  dma 0x"...), uint64(m.DMA), 16)
	}
	return append(b, '\n')
}

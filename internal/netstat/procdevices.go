package netstat

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/link"
)

// devicesPath lists devices with their counters. It is read if netlink sockets are refused; the other values
// come from ioctls.
const devicesPath = "/proc/net/dev"

// fileInterfaces lists devices and the labels of IPv4 addresses.
func (t *tool) fileInterfaces() (list []iface, labels []label4, err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = unix.Close(fd) }() // nothing was written
	s := ifaceSocket(fd)
	err = t.eachLine(devicesPath, func(line []byte) bool {
		name, counters, ok := bytes.Cut(line, []byte(":"))
		if name = bytes.TrimSpace(name); ok && len(name) <= longestName {
			if f, there := s.device(string(name)); there {
				f.dev.Stats = parseCounters(counters)
				list = append(list, f)
			}
		}
		return true
	})
	return list, s.labels(), err
}

// parseCounters reads the sixteen numbers of a device.
func parseCounters(line []byte) (s link.Stats) {
	f := fields(line)
	for _, v := range []*uint64{
		&s.RxBytes, &s.RxPackets, &s.RxErrors, &s.RxDropped,
		&s.RxFIFOErrors, &s.RxFrameErrors, &s.RxCompressed, &s.Multicast,
		&s.TxBytes, &s.TxPackets, &s.TxErrors, &s.TxDropped,
		&s.TxFIFOErrors, &s.Collisions, &s.TxCarrierErrors, &s.TxCompressed,
	} {
		*v, _ = decimal(f.next()) // the kernel writes all of them
	}
	return s
}

// An ifaceSocket is for the ioctls of interfaces (netdevice(7)).
type ifaceSocket int

// An ifreq is struct ifreq: a name, and a union whose largest member is struct ifmap.
type ifreq struct {
	name [unix.IFNAMSIZ]byte
	data [8 + 2*unsafe.Sizeof(uintptr(0))]byte
}

// ask executes one ioctl for an interface or a label.
func (s ifaceSocket) ask(what uintptr, name string) (data []byte, ok bool) {
	var r ifreq
	copy(r.name[:unix.IFNAMSIZ-1], name)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(s), what, uintptr(unsafe.Pointer(&r)))
	return r.data[:], errno == 0
}

// device requests what -i and -ie show. It reports false if the device is gone.
func (s ifaceSocket) device(name string) (f iface, ok bool) {
	native := binary.NativeEndian
	flags, ok := s.ask(unix.SIOCGIFFLAGS, name)
	l := &link.Link{Flags: uint32(native.Uint16(flags))}
	if mtu, ok := s.ask(unix.SIOCGIFMTU, name); ok {
		l.MTU = native.Uint32(mtu)
	}
	if queue, ok := s.ask(unix.SIOCGIFTXQLEN, name); ok {
		l.TxQueueLen = native.Uint32(queue)
	}
	if m, ok := s.ask(unix.SIOCGIFMAP, name); ok {
		l.Map = mapOf(m)
	}
	f = iface{name: name, dev: l}
	if hardware, ok := s.ask(unix.SIOCGIFHWADDR, name); ok {
		l.Type, f.hardware = native.Uint16(hardware), hardware[2:]
	}
	return f, ok
}

// mapOf decodes struct ifmap.
func mapOf(b []byte) (m link.Map) {
	const long = unsafe.Sizeof(uintptr(0))
	word := func(b []byte) uint64 { // an unsigned long
		if long == 4 {
			return uint64(binary.NativeEndian.Uint32(b))
		}
		return binary.NativeEndian.Uint64(b)
	}
	m.MemStart, m.MemEnd = word(b), word(b[long:])
	b = b[2*long:]
	m.Base, m.IRQ, m.DMA, m.Port = uint64(binary.NativeEndian.Uint16(b)), uint16(b[2]), b[3], b[4]
	return m
}

// labels requests the labels of all IPv4 addresses, and the first address of each.
func (s ifaceSocket) labels() (labels []label4) {
	asked := map[string]bool{}
	for _, r := range s.all() {
		name := unix.ByteSliceToString(r.name[:])
		address, ok := s.ask(unix.SIOCGIFADDR, name)
		if asked[name] || !ok {
			continue
		}
		asked[name] = true
		a := &link.Address{}
		if mask, ok := s.ask(unix.SIOCGIFNETMASK, name); ok {
			a.Prefix = netip.PrefixFrom(inetAddr(address), bits.OnesCount32(binary.BigEndian.Uint32(mask[4:])))
		}
		if broadcast, ok := s.ask(unix.SIOCGIFBRDADDR, name); ok {
			a.Broadcast = inetAddr(broadcast)
		}
		if peer, ok := s.ask(unix.SIOCGIFDSTADDR, name); ok {
			a.Peer = inetAddr(peer)
		}
		labels = append(labels, label4{name, a})
	}
	return labels
}

// inetAddr is the address of a struct sockaddr_in.
func inetAddr(b []byte) netip.Addr { return netip.AddrFrom4([4]byte(b[4:8])) }

// all lists the labels of IPv4 addresses (SIOCGIFCONF). The kernel returns as many as fit.
func (s ifaceSocket) all() []ifreq {
	for room := 64; ; room *= 2 {
		list := make([]ifreq, room)
		size := int32(room * int(unsafe.Sizeof(ifreq{})))
		conf := struct { // struct ifconf
			size int32
			list *ifreq
		}{size, &list[0]}
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(s), unix.SIOCGIFCONF, uintptr(unsafe.Pointer(&conf)))
		if errno != 0 {
			return nil
		}
		if conf.size < size {
			return list[:int(conf.size)/int(unsafe.Sizeof(ifreq{}))]
		}
	}
}

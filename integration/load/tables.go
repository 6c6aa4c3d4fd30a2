package load

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// addRoutes adds n host routes over loopback, a thousand requests per send. Only the last one
// requests an acknowledgement; the kernel handles them in order.
func addRoutes(n int) error {
	if n == 0 {
		return nil
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer func() { _ = unix.Close(fd) }() // nothing is written at close
	var batch []byte
	for i := range n {
		last := i == n-1
		batch = appendRoute(batch, uint32(i), last)
		if !last && len(batch) < 16<<10 {
			continue
		}
		if err := unix.Sendto(fd, batch, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return os.NewSyscallError("send", err)
		}
		batch = batch[:0]
	}
	return acknowledged(fd)
}

// appendRoute writes RTM_NEWROUTE for the i-th address from 10.0.0.0 on.
func appendRoute(b []byte, i uint32, ack bool) []byte {
	const length = unix.SizeofNlMsghdr + unix.SizeofRtMsg + 8 + 8
	flags := uint16(unix.NLM_F_REQUEST | unix.NLM_F_CREATE)
	if ack {
		flags |= unix.NLM_F_ACK
	}
	ne := binary.NativeEndian
	b = ne.AppendUint32(b, length)
	b = ne.AppendUint16(b, unix.RTM_NEWROUTE)
	b = ne.AppendUint16(b, flags)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0) // sequence, port
	b = append(b, unix.AF_INET, 32, 0, 0) // family, prefix lengths, tos
	b = append(b, unix.RT_TABLE_MAIN, unix.RTPROT_STATIC, unix.RT_SCOPE_LINK, unix.RTN_UNICAST)
	b = append(b, 0, 0, 0, 0) // rtm_flags
	b = ne.AppendUint16(b, 8)
	b = ne.AppendUint16(b, unix.RTA_DST)
	b = binary.BigEndian.AppendUint32(b, 10<<24+i)
	b = ne.AppendUint16(b, 8)
	b = ne.AppendUint16(b, unix.RTA_OIF)
	return ne.AppendUint32(b, 1) // loopback is always the first link
}

// acknowledged reads replies until the acknowledgement. It returns the first error.
func acknowledged(fd int) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.Read(fd, buf)
		if err != nil {
			return os.NewSyscallError("read", err)
		}
		if n < unix.SizeofNlMsghdr+4 {
			return fmt.Errorf("answer of %d bytes", n)
		}
		if errno := -int32(binary.NativeEndian.Uint32(buf[unix.SizeofNlMsghdr:])); errno != 0 {
			return unix.Errno(errno)
		}
		if binary.NativeEndian.Uint16(buf[4:]) == unix.NLMSG_ERROR {
			return nil
		}
	}
}

// addLinks adds n links, as veth pairs that are up.
func addLinks(n int) error {
	for i := range n / 2 {
		pair := &netlink.Veth{PeerName: fmt.Sprintf("b%d", i)}
		pair.Name = fmt.Sprintf("a%d", i)
		pair.Flags = net.FlagUp
		if err := netlink.LinkAdd(pair); err != nil {
			return fmt.Errorf("pair %d: %w", i, err)
		}
	}
	return nil
}

// addConntrack adds n UDP flows straight into the table, without a packet.
func addConntrack(n int) error {
	for i := range n {
		src := net.IPv4(10, byte(i>>16), byte(i>>8), byte(i)).To4() // sixteen bytes are taken for IPv6
		dst := net.IPv4(192, 0, 2, 1).To4()
		flow := &netlink.ConntrackFlow{FamilyType: unix.AF_INET, TimeOut: 3600}
		flow.Forward = netlink.IPTuple{SrcIP: src, DstIP: dst, SrcPort: 5353, DstPort: 53}
		flow.Reverse = netlink.IPTuple{SrcIP: dst, DstIP: src, SrcPort: 53, DstPort: 5353}
		flow.Forward.Protocol, flow.Reverse.Protocol = unix.IPPROTO_UDP, unix.IPPROTO_UDP
		if err := netlink.ConntrackCreate(netlink.ConntrackTable, nl.FAMILY_V4, flow); err != nil {
			return fmt.Errorf("flow %d: %w", i, err)
		}
	}
	return nil
}

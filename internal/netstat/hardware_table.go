package netstat

import (
	"bytes"
	"strconv"

	"golang.org/x/sys/unix"
)

// hardware is a class of devices: its name in -ie and the format of its addresses.
type hardware struct {
	name, title string
	address     func(b, addr []byte) []byte // nil = none is shown
}

const (
	lowerHex = "0123456789abcdef"
	upperHex = "0123456789ABCDEF"
)

func lowerMAC(n int) func(b, addr []byte) []byte {
	return func(b, addr []byte) []byte { return macText(b, padded(addr, n), lowerHex, ":") }
}

func upperMAC(n int, sep string) func(b, addr []byte) []byte {
	return func(b, addr []byte) []byte { return macText(b, padded(addr, n), upperHex, sep) }
}

// unspecAddress is every other device. Its address is shown as the 16 bytes of a socket address, of which
// only eight are available.
func unspecAddress(b, addr []byte) []byte {
	return macText(b, padded(padded(addr, 8), 16), upperHex, "-")
}

func nothing(b, _ []byte) []byte { return b }

// hardwareOf returns the class of an ARPHRD_ number.
func hardwareOf(number uint16) hardware {
	switch number {
	case unix.ARPHRD_LOOPBACK:
		return hardware{"loop", "Local Loopback", nil}
	case unix.ARPHRD_ETHER:
		return hardware{"ether", "Ethernet", lowerMAC(6)}
	case unix.ARPHRD_SLIP:
		return hardware{"slip", "Serial Line IP", nil}
	case unix.ARPHRD_CSLIP:
		return hardware{"cslip", "VJ Serial Line IP", nil}
	case unix.ARPHRD_SLIP6:
		return hardware{"slip6", "6-bit Serial Line IP", nil}
	case unix.ARPHRD_CSLIP6:
		return hardware{"cslip6", "VJ 6-bit Serial Line IP", nil}
	case unix.ARPHRD_ADAPT:
		return hardware{"adaptive", "Adaptive Serial Line IP", nil}
	case unix.ARPHRD_AX25:
		return hardware{"ax25", "AMPR AX.25", callSign}
	case unix.ARPHRD_NETROM:
		return hardware{"netrom", "AMPR NET/ROM", callSign}
	case unix.ARPHRD_ROSE:
		return hardware{"rose", "AMPR ROSE", func(b, addr []byte) []byte {
			return macText(b, padded(addr, 5), lowerHex, "")
		}}
	case unix.ARPHRD_X25:
		return hardware{"x25", "generic X.25", func(b, addr []byte) []byte { return append(b, cString(addr)...) }}
	case unix.ARPHRD_TUNNEL:
		return hardware{"tunnel", "IPIP Tunnel", nothing}
	case unix.ARPHRD_SIT:
		return hardware{"sit", "IPv6-in-IPv4", nil}
	case unix.ARPHRD_PPP:
		return hardware{"ppp", "Point-to-Point Protocol", nil}
	case unix.ARPHRD_HDLC:
		return hardware{"hdlc", "(Cisco)-HDLC", nil}
	case unix.ARPHRD_LAPB:
		return hardware{"lapb", "LAPB", nil}
	case unix.ARPHRD_ARCNET:
		return hardware{"arcnet", "ARCnet", upperMAC(1, ":")}
	case unix.ARPHRD_DLCI:
		return hardware{"dlci", "Frame Relay DLCI", dlci}
	case unix.ARPHRD_FRAD:
		return hardware{"frad", "Frame Relay Access Device", nil}
	case unix.ARPHRD_FDDI:
		return hardware{"fddi", "Fiber Distributed Data Interface", upperMAC(6, "-")}
	case unix.ARPHRD_HIPPI:
		return hardware{"hippi", "HIPPI", upperMAC(6, ":")}
	case unix.ARPHRD_ECONET:
		return hardware{"ec", "Econet", nil}
	case unix.ARPHRD_IRDA:
		return hardware{"irda", "IrLAP", lowerMAC(4)}
	case unix.ARPHRD_EUI64:
		return hardware{"eui64", "Generic EUI-64", upperMAC(8, ":")}
	}
	return hardware{"unspec", "UNSPEC", unspecAddress}
}

// appendHardware appends class, address, queue length and title.
func appendHardware(b []byte, f *iface) []byte {
	h := hardwareOf(f.dev.Type)
	b = append(b, h.name...)
	if h.address != nil {
		b = h.address(append(b, ' '), f.hardware)
	}
	b = append(b, "  txqueuelen "...)
	b = strconv.AppendUint(b, uint64(f.dev.TxQueueLen), 10)
	b = append(append(b, "  ("...), h.title...)
	return append(b, ')')
}

// callSign appends an amateur radio call sign: six shifted letters and a number.
func callSign(b, addr []byte) []byte {
	a := padded(addr, 7)
	for _, c := range a[:6] {
		if c >>= 1; c != ' ' && c != 0 {
			b = append(b, c)
		}
	}
	if ssid := a[6] >> 1 & 15; ssid != 0 {
		b = strconv.AppendUint(append(b, '-'), uint64(ssid), 10)
	}
	return b
}

// dlci appends the number of a frame relay circuit.
func dlci(b, addr []byte) []byte {
	a := padded(addr, 2)
	return strconv.AppendInt(b, int64(int16(uint16(a[0])|uint16(a[1])<<8)), 10)
}

func cString(text []byte) []byte {
	for i, c := range text {
		if c == 0 {
			return text[:i]
		}
	}
	return text
}

// macText appends bytes in hexadecimal, joined by sep.
func macText(b, addr []byte, digits, sep string) []byte {
	for i, c := range addr {
		if i > 0 {
			b = append(b, sep...)
		}
		b = append(b, digits[c>>4], digits[c&15])
	}
	return b
}

// padded returns n bytes of addr, zeros where it has none.
func padded(addr []byte, n int) []byte {
	return append(bytes.Clone(addr[:min(len(addr), n)]), make([]byte, max(0, n-len(addr)))...)
}

package netstat

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/link"
)

// iface is a row of -i: a device, or a label of an IPv4 address ("eth0:1").
type iface struct {
	name     string
	dev      *link.Link    // of a label: the device before its colon; nil if there is none
	hardware []byte        // address of the device
	alias    bool          // a label has no counters
	address  *link.Address // the first IPv4 address with exactly this label, nil if none
}

// label4 is an IPv4 address with its label.
type label4 struct {
	label   string
	address *link.Address
}

// interfaceTable prints -i, repeatedly with -c. The title is printed once.
func (t *tool) interfaceTable(ctx context.Context) status {
	t.out.text("Kernel Interface table\n")
	return t.rounds(func() status {
		list, err := t.interfaces(ctx)
		if err != nil {
			t.complain("netstat: %v\n", err)
			return statusMissing
		}
		if t.device != "" {
			list = slices.DeleteFunc(list, func(i iface) bool { return i.name != t.device })
			if len(list) == 0 {
				list = []iface{{name: t.device}}
			}
		}
		if !t.given('e') {
			t.out.text("Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n")
		}
		return t.interfaceRows(list)
	})
}

func (t *tool) interfaceRows(list []iface) status {
	var addresses map[string][]address6
	for i := range list {
		f := &list[i]
		switch {
		case f.dev == nil:
			t.complain("%s: error fetching interface information: Device not found\n", f.name)
			if t.device == "" {
				t.complain("missing interface information: No such device\n")
			}
			return statusMissing
		case !f.dev.Up() && !t.given('a') && t.device == "":
			continue
		}
		b := t.out.buf
		if t.given('e') {
			if addresses == nil {
				addresses = t.addresses6()
			}
			b = t.appendBlock(b, f, addresses[f.name])
		} else {
			b = t.appendInterface(b, f)
		}
		if !t.out.row(b) {
			break
		}
	}
	return statusOK
}

// interfaces lists devices and labels in the order of the table.
func (t *tool) interfaces(ctx context.Context) ([]iface, error) {
	c, err := link.Dial(nil)
	if err != nil { // as in dial
		list, labels, err := t.fileInterfaces()
		return withLabels(list, labels), err
	}
	defer func() { _ = c.Close() }() // nothing was written
	links, err := c.List(ctx, &link.Query{})
	if err != nil && !errors.Is(err, link.ErrInterrupted) {
		return nil, err
	}
	addresses, err := c.ListAddresses(ctx, &link.AddressQuery{Family: unix.AF_INET})
	if err != nil && !errors.Is(err, link.ErrInterrupted) {
		return nil, err
	}
	list := make([]iface, len(links))
	for i, l := range links {
		list[i] = iface{name: string(l.Name()), dev: l, hardware: l.Addr()}
	}
	labels := make([]label4, len(addresses))
	for i, a := range addresses {
		labels[i] = label4{string(a.Label()), a}
	}
	return withLabels(list, labels), nil
}

// withLabels adds addresses to a list of devices, and the labels that are not devices.
func withLabels(list []iface, labels []label4) []iface {
	at := make(map[string]int, len(list))
	for i := range list {
		at[list[i].name] = i
	}
	for _, a := range labels {
		i, known := at[a.label]
		if !known {
			i = len(list)
			at[a.label] = i
			list = append(list, newAlias(a.label, list, at))
		}
		if list[i].address == nil {
			list[i].address = a.address
		}
	}
	slices.SortFunc(list, func(a, b iface) int { return compareNames(a.name, b.name) })
	return list
}

// newAlias finds the device of a label.
func newAlias(label string, list []iface, at map[string]int) iface {
	alias := iface{name: label, alias: true}
	name, _, hasColon := strings.Cut(label, ":")
	if i, known := at[name]; known && hasColon && !list[i].alias {
		alias.dev, alias.hardware = list[i].dev, list[i].hardware
	}
	return alias
}

// interfaceFlags are the letters of the flags, in their order. Promiscuous and point-to-point share one.
var interfaceFlags = [...]struct {
	flag   uint32
	letter byte
}{
	{unix.IFF_ALLMULTI, 'A'},
	{unix.IFF_BROADCAST, 'B'},
	{unix.IFF_DEBUG, 'D'},
	{unix.IFF_LOOPBACK, 'L'},
	{unix.IFF_MULTICAST, 'M'},
	{unix.IFF_DYNAMIC, 'd'},
	{unix.IFF_PROMISC, 'P'},
	{unix.IFF_NOTRAILERS, 'N'},
	{unix.IFF_NOARP, 'O'},
	{unix.IFF_POINTOPOINT, 'P'},
	{unix.IFF_SLAVE, 's'},
	{unix.IFF_MASTER, 'm'},
	{unix.IFF_RUNNING, 'R'},
	{unix.IFF_UP, 'U'},
}

// shortFlags are the flags that fit into the old ioctl.
func shortFlags(l *link.Link) uint16 { return uint16(l.Flags) }

// appendInterface formats one row of the short table. As in the reference, receive overruns are aligned to
// the wrong side, and flags of labels are too far left.
func (t *tool) appendInterface(b []byte, f *iface) []byte {
	b = leftCut(b, f.name, 15)
	b = append(b, ' ')
	b = rightUint(b, uint64(f.dev.MTU), 5)
	b = append(b, ' ')
	if f.alias {
		b = leftText(b, "     - no statistics available -", 56)
	} else {
		s := t.counters(f)
		for _, c := range [...]struct {
			value uint64
			width int
		}{
			{s.RxPackets, 8},
			{s.RxErrors, 6},
			{s.RxDrop(), 6},
			{s.RxFIFOErrors, -6},
			{s.TxPackets, 8},
			{s.TxErrors, 6},
			{s.TxDropped, 6},
			{s.TxFIFOErrors, 6},
		} {
			if c.width < 0 {
				b = leftUint(b, c.value, -c.width)
			} else {
				b = rightUint(b, c.value, c.width)
			}
			b = append(b, ' ')
		}
	}
	flags := shortFlags(f.dev)
	if flags == 0 {
		return append(b, "[NO FLAGS]\n"...)
	}
	for _, i := range interfaceFlags {
		if uint32(flags)&i.flag != 0 {
			b = append(b, i.letter)
		}
	}
	return append(b, '\n')
}

// longestName is the maximum length of a name. The reference does not find the counters of such a name.
const longestName = unix.IFNAMSIZ - 1

// counters returns the counters of a device.
func (t *tool) counters(f *iface) link.Stats {
	if t.strict && len(f.name) == longestName {
		return link.Stats{}
	}
	return f.dev.Stats
}

// address6 is an IPv6 address in -ie.
type address6 struct {
	addr   netip.Addr
	length uint64
}

package netstat

import (
	"context"
	"errors"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/route"
)

// routeLayout is a format of IPv4 routes.
type routeLayout struct {
	header, cacheHeader string
	row                 func(b []byte, r *routeRow) []byte
	rejected            func(b []byte, r *routeRow) []byte // of a row that is a refusal
}

// routeRow is a row. Reference count and use have been zero since Linux 2.6.
type routeRow struct {
	dst            netip.Prefix
	gateway        netip.Addr // one that is not of IPv4 is shown as none
	via            bool       // there is a gateway
	refused        bool       // unreachable or prohibited
	metric, window int32
	mss, rtt       uint32
	iface          string
}

var mssLayout = routeLayout{
	"Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n",
	"Source          Destination     Gateway         Flags   MSS Window  irtt Iface\n",
	func(b []byte, r *routeRow) []byte {
		b = append(rightUint(b, uint64(r.mss), 5), ' ')
		b = append(leftInt(b, int64(r.window), 5), ' ')
		b = append(rightUint(b, uint64(r.rtt), 6), ' ')
		return append(b, r.iface...)
	},
	func(b []byte, _ *routeRow) []byte { return append(b, "    - -          - -"...) },
}

var metricLayout = routeLayout{
	"Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n",
	"Source          Destination     Gateway         Flags Metric Ref    Use Iface\n",
	func(b []byte, r *routeRow) []byte {
		b = append(leftInt(b, int64(r.metric), 6), " 0        0 "...)
		return append(b, r.iface...)
	},
	func(b []byte, r *routeRow) []byte {
		return append(leftInt(b, int64(r.metric), 6), " -        0 -"...)
	},
}

var wideLayout = routeLayout{
	"Destination     Gateway         Genmask         Flags Metric Ref    Use Iface    MSS   Window irtt\n",
	"Source          Destination     Gateway         Flags Metric Ref    Use Iface    MSS   Window irtt" +
		"  TOS HHRef HHUptod     SpecDst\n",
	func(b []byte, r *routeRow) []byte {
		b = append(leftInt(b, int64(r.metric), 6), " 0        0 "...)
		b = append(leftCut(b, r.iface, 6), "   "...)
		b = append(leftUint(b, uint64(r.mss), 5), ' ')
		b = append(leftInt(b, int64(r.window), 6), ' ')
		return strconv.AppendUint(b, uint64(r.rtt), 10)
	},
	func(b []byte, r *routeRow) []byte {
		return append(leftInt(b, int64(r.metric), 6), " -        0 -        -     -      -"...)
	},
}

// layout returns the layout for the number of -e options, nil for the title alone. The reference swaps two of
// the four levels before it reduces the number to two bits, so that higher numbers do not repeat the first
// ones.
func (t *tool) layout() *routeLayout {
	e := t.times['e']
	layouts := [...]*routeLayout{&mssLayout, &metricLayout, &wideLayout, nil}
	if e >= len(layouts) {
		layouts[0], layouts[1] = layouts[1], layouts[0]
	}
	return layouts[e%len(layouts)]
}

// cache4 prints the title of the route cache, which kernels since 3.6 do not have.
func (t *tool) cache4() {
	t.out.text("Kernel IP routing cache\n")
	if l := t.layout(); l != nil {
		t.out.text(l.cacheHeader)
	}
}

// routes4 prints the main IPv4 table.
func (t *tool) routes4(ctx context.Context) status {
	t.out.text("Kernel IP routing table\n")
	l := t.layout()
	if l != nil {
		t.out.text(l.header)
	}
	c, err := route.Dial(&route.Config{ReadAhead: readAhead})
	if err != nil {
		return t.fileRoutes4(l)
	}
	defer func() { _ = c.Close() }() // nothing was written
	for r, err := range c.Routes(ctx, &route.Query{Family: unix.AF_INET, Table: route.TableMain}) {
		switch {
		case errors.Is(err, unix.ENOENT):
			return statusMissing // no route was added yet, so the table does not exist
		case l == nil || errors.Is(err, route.ErrInterrupted):
			return statusOK // no rows are requested, or all were shown
		case err != nil:
			t.complain("netstat: %v\n", err)
			return statusMissing
		case r.Type == route.TypeBroadcast || r.Type == route.TypeMulticast:
			continue
		}
		row := t.routeRow(r)
		if !t.out.row(t.appendRoute(t.out.buf, l, &row)) {
			break
		}
	}
	return statusOK
}

// appendRoute formats one row.
func (t *tool) appendRoute(b []byte, l *routeLayout, r *routeRow) []byte {
	b = t.appendRouteDst(b, r.dst)
	if r.refused {
		b = leftText(b, "-", 15)
	} else {
		b = t.appendGateway(b, r.gateway)
	}
	b = append(b, ' ')
	start := len(b)
	b = append(left(appendMask(b, r.dst.Bits()), start, 15), ' ')
	b = append(leftText(b, routeFlags(r), 5), ' ')
	if r.refused {
		b = l.rejected(b, r)
	} else {
		b = l.row(b, r)
	}
	return append(b, '\n')
}

func routeFlags(r *routeRow) string {
	host := r.dst.Bits() == r.dst.Addr().BitLen()
	switch {
	case r.refused && host:
		return "!H"
	case r.refused:
		return "!"
	case r.via && host:
		return "UGH"
	case r.via:
		return "UG"
	case host:
		return "UH"
	}
	return "U"
}

// routeRow converts to the units of the file under /proc: it adds the headers to the segment size, which
// the kernel has subtracted, and has the round trip time in whole milliseconds. Of several hops it takes
// the first.
func (t *tool) routeRow(r *route.Route) routeRow {
	const headers = 40
	hop := r.First()
	row := routeRow{
		dst: r.Dst, gateway: hop.Gateway, via: hop.Gateway.IsValid(), metric: int32(r.Priority), iface: "*",
		refused: r.Type == route.TypeUnreachable || r.Type == route.TypeProhibit,
	}
	if mss, ok := r.Metrics.Get(route.MetricAdvMSS); ok && mss != 0 {
		row.mss = mss + headers
	}
	window, _ := r.Metrics.Get(route.MetricWindow)
	row.window = int32(window)
	rtt, _ := r.Metrics.Duration(route.MetricRTT)
	row.rtt = uint32(rtt.Milliseconds())
	if hop.Iface != 0 {
		row.iface = t.linkName(hop.Iface)
	}
	return row
}

// appendRouteDst appends a destination, its name cut to the column.
func (t *tool) appendRouteDst(b []byte, dst netip.Prefix) []byte {
	start := len(b)
	switch {
	case t.numericRoutes():
		b = dst.Addr().AppendTo(b)
	case dst.Bits() == 0:
		b = append(b, "default"...)
	case dst.Addr().IsUnspecified():
		b = dst.Addr().AppendTo(b)
	case dst.Bits() == dst.Addr().BitLen() || dst.Masked().Addr() != dst.Addr():
		b = t.appendHostName(b, dst.Addr())
	default:
		b = t.appendNetworkName(b, dst.Addr())
	}
	return append(fit(b, start, 15), ' ')
}

// appendGateway appends the next hop.
func (t *tool) appendGateway(b []byte, gateway netip.Addr) []byte {
	start := len(b)
	if !gateway.Is4() {
		gateway = netip.IPv4Unspecified()
	}
	if t.numericRoutes() {
		b = gateway.AppendTo(b)
	} else {
		b = t.appendName(b, gateway)
	}
	return fit(b, start, 15)
}

// fit pads or cuts the bytes since start to exactly width bytes.
func fit(b []byte, start, width int) []byte {
	return left(b[:min(len(b), start+width)], start, width)
}

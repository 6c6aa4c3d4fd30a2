package doctor

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

func closeWait(s *Scene, c *Check, report func(*Finding)) {
	for key, g := range s.sockets.closeWait {
		severity, limit, bad := c.severity(float64(g.n))
		files := s.descriptorLimit(g.pid)
		if files > 0 && float64(g.n) >= float64(files)/2 {
			severity, limit, bad = Critical, float64(files)/2, true
		}
		if !bad {
			continue
		}
		holder, filter, used := cmp.Or(key.who, "an unknown process"), "", ""
		if g.pid > 0 {
			filter = fmt.Sprintf(" pid=%d", g.pid)
		}
		where, end, cause := fmt.Sprintf("on port %d", key.port), fmt.Sprintf("lport=%d", key.port),
			"The peers have closed them; the program has not."
		if key.peer.IsValid() {
			where, end = "to "+key.peer.String(), shellWord("remote="+key.peer.String())
			cause = "The peer has closed them; the program has not."
		}
		if files > 0 {
			used = fmt.Sprintf(" They take %d of its %d descriptors.", g.n, files)
		}
		report(&Finding{
			Severity: severity, Subject: holder, Who: key.who,
			Text: fmt.Sprintf("%s keeps %s in CLOSE-WAIT %s, the oldest silent for %s",
				holder, plural(g.n, "connection"), where, length(g.oldest)),
			Value: float64(g.n), Limit: limit, Unit: c.Unit, Since: g.oldest,
			Cause:   cause + used,
			Remedy:  "a bug in the program, which has to close(2) them; a restart frees them",
			Command: s.command("-a close-wait" + filter + " " + end + " -c +idle"),
		})
	}
}

func portsUsed(s *Scene, c *Check, report func(*Finding)) {
	if s.usablePorts <= 0 {
		return
	}
	s.sockets.ports.used(func(l lane, n int) {
		part := float64(n) / float64(s.usablePorts)
		severity, limit, bad := c.severity(part)
		if !bad {
			return
		}
		report(&Finding{
			Severity: severity, Subject: l.target.String(),
			Text: fmt.Sprintf("%d of %d source ports are in use from %v to %v",
				n, s.usablePorts, l.source, l.target),
			Value: part, Limit: limit,
			Cause: "Every connection from one address to one service needs a port of its own, and keeps it for a " +
				"minute after it is closed.",
			Remedy: fmt.Sprintf("keep connections open and use them again; widen the range (%s); a second source "+
				"address or port of the service",
				s.sysctls.quote("ipv4/ip_local_port_range")),
			Command: s.command("-a " + shellWord("remote="+l.target.String()) + " -g state"),
		})
	})
}

// overflows reports whether the accept queue of a listener with an address is full.
func (s *sockets) overflows(at netip.AddrPort) bool {
	return slices.ContainsFunc(s.listeners, func(l listener) bool {
		local := l.local.Addr().Unmap()
		return l.full() && l.local.Port() == at.Port() && (local.IsUnspecified() || local == at.Addr())
	})
}

func noAnswer(s *Scene, c *Check, report func(*Finding)) {
	for key, n := range s.sockets.unanswered {
		severity, limit, bad := c.severity(float64(n))
		if !bad || key.here && s.sockets.overflows(key.peer) { // which the finding of its listener says
			continue
		}
		report(&Finding{
			Severity: severity, Subject: key.peer.String(), Who: key.who,
			Text: fmt.Sprintf("%v does not answer: %s sent their SYN three times "+
				"or more", key.peer, plural(n, "connection")),
			Value: float64(n), Limit: limit, Unit: c.Unit,
			Cause:   "The host is down or unreachable, or a firewall drops the packets.",
			Remedy:  "try the service from another host; check the route and the neighbor",
			Command: s.command("why " + shellWord(key.peer.String())),
		})
	}
}

// leastSent is the number of bytes sent to a peer below which its losses mean nothing, and leastNow the least
// between the samples, of connections that have sent as many before.
const (
	leastSent = 1e6
	leastNow  = 5e4
)

func loss(s *Scene, c *Check, report func(*Finding)) {
	for _, addr := range slices.SortedFunc(maps.Keys(s.sockets.transfers), netip.Addr.Compare) {
		sum := s.sockets.transfers[addr]
		sent, retrans, when := sum.sent, sum.retrans, "in "+length(s.Interval)
		part := float64(retrans) / float64(sent)
		if sent < leastSent { // heavy losses leave little to judge by: they have to be there in all and now
			sent, retrans, when = sum.allSent, sum.allRetrans, "since its connections were opened"
			part = min(part, float64(retrans)/float64(sent))
		}
		if sent < leastSent || sum.sent < leastNow {
			continue
		}
		severity, limit, bad := c.severity(part)
		if !bad {
			continue
		}
		report(&Finding{
			Severity: severity, Subject: addr.String(),
			Text: fmt.Sprintf("%s of the data to %v is retransmitted: %s of %s %s",
				percent(part), addr, bytesOf(retrans), bytesOf(sent), when),
			Value: part, Limit: limit,
			Cause:   "Packets are lost on the path, or arrive so late that they count as lost.",
			Remedy:  "find out where: errors and queues of this host's interface first, then the path",
			Command: s.command("remote_addr=" + addr.String() + " -c +retrans,rtt -s retrans"),
		})
	}
}

// bytesOf returns "1.5 MiB".
func bytesOf(n uint64) string {
	value, unit := float64(n), 0
	units := [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	for value >= 1024 && unit+1 < len(units) {
		value, unit = value/1024, unit+1
	}
	return fmt.Sprintf("%.3g %s", value, units[unit])
}

func stuckReader(s *Scene, c *Check, report func(*Finding)) {
	for i := range s.sockets.stuck {
		k := &s.sockets.stuck[i]
		command := s.command("show " + ends(k.local, k.remote))
		if k.part > 0 {
			report(&Finding{
				Severity: Warning, Subject: k.remote.String(), Who: k.who,
				Text: fmt.Sprintf("%v does not read: %v waits for it %s of the time and probes its closed window",
					k.remote, k.local, percent(k.part)),
				Value: k.part, Limit: 0.5, Since: k.idle,
				Cause:  "The program at the other end does not read its data.",
				Remedy: "examine that program", Command: command,
			})
			continue
		}
		part := ratio(k.used, k.buffer)
		severity, limit, bad := c.severity(part)
		if !bad {
			continue
		}
		verb := "does not read from"
		cause := "The program does not read its data; soon its peer cannot send any more."
		if k.came > 0 {
			verb = "reads slowly from"
			cause = "The program reads more slowly than its peer sends; the peer has to wait."
		}
		report(&Finding{
			Severity: severity, Subject: k.local.String(), Who: k.who,
			Text: fmt.Sprintf("%v %s %v: %s of %s of its receive buffer in use, as %s ago",
				k.local, verb, k.remote, bytesOf(uint64(k.used)), bytesOf(uint64(k.buffer)), length(s.Interval)),
			Value: part, Limit: limit, Since: k.idle,
			Cause:   cause,
			Remedy:  "find out what the program waits for; a larger buffer helps only with bursts",
			Command: command,
		})
	}
}

func sendBuffer(s *Scene, c *Check, report func(*Finding)) {
	type sum struct {
		n    int
		most *stuck
	}
	by := map[string]*sum{}
	for i := range s.sockets.held {
		k := &s.sockets.held[i]
		if _, _, bad := c.severity(k.part); !bad {
			continue
		}
		g := by[k.who]
		if g == nil {
			g = &sum{most: k}
			by[k.who] = g
		}
		g.n++
		if k.part > g.most.part {
			g.most = k
		}
	}
	for holder, g := range by {
		severity, limit, _ := c.severity(g.most.part)
		report(&Finding{
			Severity: severity, Subject: cmp.Or(holder, g.most.local.String()), Who: holder,
			Text: fmt.Sprintf("send buffers limit %s; the one to %v for %s of its sending time",
				plural(g.n, "connection"), g.most.remote, percent(g.most.part)),
			Value: g.most.part, Limit: limit,
			Cause: "Unacknowledged data fills the buffer; the path could carry more.",
			Remedy: fmt.Sprintf("do not set SO_SNDBUF in the program, or set more than %s; %s",
				bytesOf(uint64(g.most.buffer)), s.sysctls.quote("ipv4/tcp_wmem")),
			Command: s.command("show " + ends(g.most.local, g.most.remote)),
		})
	}
}

package doctor

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/nlstat/nlstat/pkg/inspect"
)

// grown is the number of drops between the samples. A listener opened meanwhile had none before.
func (l *listener) grown() uint32 {
	if l.was == nil {
		return l.drops
	}
	return l.drops - l.was.drops // 32 bits, which wrap
}

// full reports whether the next connection is dropped: the kernel queues one more than the limit.
func (l *listener) full() bool { return l.queue > l.limit }

// filled is the used part of the queue.
func (l *listener) filled() float64 { return ratio(l.queue, l.limit) }

func ratio(queue, limit uint32) float64 {
	return float64(queue) / float64(max(limit, 1))
}

// backlogRemedy names what limits an accept queue.
func (s *Scene) backlogRemedy(l *listener) string {
	limit, known := s.sysctls.number("core/somaxconn", 0)
	switch {
	case known && uint64(l.limit) >= limit:
		return fmt.Sprintf("accept faster; raise the backlog in its listen(2) and net.core.somaxconn, which "+
			"is %d and limits it", limit)
	case known:
		return fmt.Sprintf("raise the backlog in its listen(2), which is %d (net.core.somaxconn is %d and "+
			"does not limit it); accept faster",
			l.limit, limit)
	default:
		return fmt.Sprintf("raise the backlog in its listen(2), which is %d; accept faster", l.limit)
	}
}

func listenOverflow(s *Scene, c *Check, report func(*Finding)) {
	for i := range s.sockets.listeners {
		l := &s.sockets.listeners[i]
		grown := l.grown()
		severity, limit, bad := c.severity(rate(uint64(grown), s.Interval)) // 0 with one sample
		if l.full() {
			severity, bad = Critical, true
		}
		if !bad {
			continue
		}
		verb, lost := "dropped connections", fmt.Sprintf("%s dropped in %s (%d since it was opened)",
			plural(grown, "handshake"), length(s.Interval), l.drops)
		if l.full() {
			verb = "refuses connections"
		}
		if s.Interval == 0 {
			lost = plural(l.drops, "handshake") + " dropped since it was opened"
		}
		report(&Finding{
			Severity: severity, Subject: l.local.String(), Who: l.who.String(),
			Text:  fmt.Sprintf("%v %s: accept queue %d of %d, %s", l.local, verb, l.queue, l.limit, lost),
			Value: rate(uint64(grown), s.Interval), Limit: limit, Unit: c.Unit,
			Cause:   "The program does not accept fast enough, or its backlog is too small.",
			Remedy:  s.backlogRemedy(l),
			Command: s.command("listen " + at(l.local) + " -c +drops"),
		})
	}
}

func listenPressure(s *Scene, c *Check, report func(*Finding)) {
	for i := range s.sockets.listeners {
		l := &s.sockets.listeners[i]
		if s.Interval > 0 && (l.was == nil || l.grown() > 0) || l.full() {
			continue // it overflows, or was opened between the samples
		}
		filled, before := l.filled(), ""
		if s.Interval > 0 {
			filled = min(filled, ratio(l.was.queue, l.was.limit))
			before = fmt.Sprintf(", %d of %d %s ago", l.was.queue, l.was.limit, length(s.Interval))
		}
		severity, limit, bad := c.severity(filled)
		if !bad || l.queue < leastQueue {
			continue
		}
		report(&Finding{
			Severity: severity, Subject: l.local.String(), Who: l.who.String(),
			Text:  fmt.Sprintf("%v accepts slowly: accept queue %d of %d%s", l.local, l.queue, l.limit, before),
			Value: filled, Limit: limit,
			Cause:   "Connections wait for the program to accept them.",
			Remedy:  s.backlogRemedy(l),
			Command: s.command("listen " + at(l.local)),
		})
	}
}

// leastQueue is the number of waiting connections below which the part of a small backlog means nothing.
const leastQueue = 2

func backlogCut(s *Scene, c *Check, report func(*Finding)) {
	somaxconn, ok := s.sysctls.number("core/somaxconn", 0)
	for i := range s.sockets.listeners {
		l := &s.sockets.listeners[i]
		if !ok || uint64(l.limit) != somaxconn {
			continue
		}
		value := min(l.filled(), 0.999)
		if l.full() || l.was != nil && l.grown() > 0 {
			value = 1
		}
		severity, limit, bad := c.severity(value)
		if !bad {
			continue
		}
		report(&Finding{
			Severity: severity, Subject: l.local.String(), Who: l.who.String(),
			Text:  fmt.Sprintf("%v: accept queue %d of %d, which is net.core.somaxconn", l.local, l.queue, l.limit),
			Value: value, Limit: limit,
			Cause: "The kernel cuts the backlog of listen(2) to net.core.somaxconn; the program may have requested " +
				"more.",
			Remedy:  fmt.Sprintf("raise net.core.somaxconn, which is %d, and restart the program", somaxconn),
			Command: s.command("listen " + at(l.local) + " -c +drops"),
		})
	}
}

// crowds returns the listeners of each address: one, or a SO_REUSEPORT group.
func (s *Scene) crowds() (list [][]*listener) {
	at := map[*inspect.Through]int{}
	for i := range s.sockets.listeners {
		l := &s.sockets.listeners[i]
		n, ok := at[l.through]
		if !ok {
			n = len(list)
			at[l.through], list = n, append(list, nil)
		}
		list[n] = append(list[n], l)
	}
	return list
}

func synBacklog(s *Scene, c *Check, report func(*Finding)) {
	dropped := s.grown(requestQueueDrops)
	found := false
	for _, g := range s.crowds() {
		local, halfOpen := g[0].local, g[0].through.SynQueue()
		var most uint32
		for _, l := range g {
			most += max(l.limit, 1)
		}
		filled := float64(halfOpen) / float64(most)
		severity, limit, bad := c.severity(filled)
		if !bad || halfOpen < leastQueue {
			continue
		}
		if dropped > 0 {
			severity = Critical
		}
		found = true
		report(&Finding{
			Severity: severity, Subject: local.String(), Who: g[0].who.String(),
			Text:  fmt.Sprintf("%v has %s of at most %d", local, plural(halfOpen, "half-open connection"), most),
			Value: filled, Limit: limit,
			Cause: "Clients do not complete their handshakes: a SYN flood, or packets to them are lost.",
			Remedy: fmt.Sprintf("keep net.ipv4.tcp_syncookies on (it is %s); raise the backlog in its listen(2), "+
				"which is %d",
				known(s.sysctls["ipv4/tcp_syncookies"]), g[0].limit),
			Command: s.command("-a syn-recv " + at(local)),
		})
	}
	if dropped > 0 && !found {
		report(&Finding{
			Severity: Critical, Subject: "TCPReqQFullDrop",
			Text: fmt.Sprintf("%s dropped in %s because a queue of half-open connections "+
				"was full", plural(dropped, "handshake"), length(s.Interval)),
			Value: rate(dropped, s.Interval), Unit: "drops/s",
			Cause:   "Clients do not complete their handshakes, and net.ipv4.tcp_syncookies is off.",
			Remedy:  "turn net.ipv4.tcp_syncookies on; " + s.sysctls.quote("ipv4/tcp_max_syn_backlog"),
			Command: s.command("stats TCPReqQFullDrop -a"),
		})
	}
}

func reuseportSkew(s *Scene, c *Check, report func(*Finding)) {
	for _, g := range s.crowds() {
		if len(g) < 2 {
			continue
		}
		local, sum, most := g[0].local, 0.0, g[0]
		for _, l := range g {
			sum += float64(l.queue)
			if l.queue > most.queue {
				most = l
			}
		}
		mean := sum / float64(len(g))
		times := float64(most.queue) / max(mean, 1)
		severity, limit, bad := c.severity(times)
		if !bad || most.filled() <= 0.5 {
			continue
		}
		report(&Finding{
			Severity: severity, Subject: local.String(), Who: most.who.String(),
			Text: fmt.Sprintf("%v: one of %d listeners has %d of %d waiting connections, the mean is %.1f",
				local, len(g), most.queue, most.limit, mean),
			Value: times, Limit: limit, Unit: c.Unit,
			Cause: "The process that holds it does not accept, or accepts slowly; the kernel goes on giving it " +
				"its share.",
			Remedy:  "find out what the process waits for; restart it",
			Command: s.command("listen " + at(local) + " -s recvq"),
		})
	}
}

func unixBacklog(s *Scene, c *Check, report func(*Finding)) {
	for i := range s.sockets.unix {
		l := &s.sockets.unix[i]
		filled := ratio(l.queue, l.limit+1) // one more than the limit may wait (unix_recvq_full)
		severity, limit, bad := c.severity(filled)
		if !bad || l.queue < leastQueue && !l.full() {
			continue
		}
		name := unixName(l.name)
		report(&Finding{
			Severity: severity, Subject: name, Who: l.who.String(),
			Text:  fmt.Sprintf("%s: %d connections of %d wait to be accepted", name, l.queue, l.limit),
			Value: filled, Limit: limit,
			Cause:   "The program does not accept fast enough, or its backlog is too small.",
			Remedy:  s.backlogRemedy(l),
			Command: s.command("listen -x -s recvq"),
		})
	}
}

// unixName returns the name of a unix socket with @ for the NUL of an abstract one.
func unixName(name string) string {
	if name == "" {
		return "a unix socket without a name"
	}
	b := []byte(name)
	for i := range b {
		if b[i] == 0 {
			b[i] = '@'
		}
	}
	return string(b)
}

// at is an address as a filter term: only the port for unspecified addresses.
func at(local netip.AddrPort) string {
	if local.Addr().IsUnspecified() {
		return ":" + strconv.Itoa(int(local.Port()))
	}
	return shellWord("local=" + local.String())
}

// ends are both addresses of a connection as words of a filter.
func ends(local, remote netip.AddrPort) string {
	return shellWord("local="+local.String()) + " " + shellWord("remote="+remote.String())
}

// known returns a value, or "unknown" if it is empty.
func known(value string) string {
	if value == "" {
		return "unknown"
	}
	return value
}

package doctor

import (
	"fmt"

	"github.com/nlstat/nlstat/pkg/link"
)

func timeWait(s *Scene, c *Check, report func(*Finding)) {
	now, ok := s.timeWaits()
	if !ok {
		return
	}
	overflow := s.grown(timeWaitOverflows)
	severity, limit, bad := c.severity(now.Part())
	if overflow > 0 {
		severity, bad = Critical, true
	}
	if !bad {
		return
	}
	report(&Finding{
		Severity: severity, Subject: "TIME-WAIT",
		Text: fmt.Sprintf("%d of %d connections in TIME-WAIT, %d closed without it in %s",
			now.Used, now.Limit, overflow, length(s.Interval)),
		Value: now.Part(), Limit: limit,
		Cause:   "Many short connections, closed first by this host.",
		Remedy:  "keep connections open and use them again; " + s.sysctls.quote(timeWaitMax),
		Command: s.command("-a time-wait -g remote -L 10"),
	})
}

func orphans(s *Scene, c *Check, report func(*Finding)) {
	now, ok := s.orphans()
	if !ok {
		return
	}
	severity, limit, bad := c.severity(now.Part())
	if !bad {
		return
	}
	report(&Finding{
		Severity: severity, Subject: "orphans",
		Text:  fmt.Sprintf("%d connections no longer have a process, of %d at most", now.Used, now.Limit),
		Value: now.Part(), Limit: limit,
		Cause: "Programs ended, or closed, before their peers took all data: slow or dead peers. The kernel " +
			"resets them before the limit.",
		Remedy: "find the peers; net.ipv4.tcp_orphan_retries gives up " +
			"earlier; " + s.sysctls.quote(orphanMax),
		Command: "nlstat -A -a 'fin-wait-1 or last-ack or closing' -g remote_addr -L 10",
	})
}

// hardPart of the hard limit of TCP's memory is critical.
const hardPart = 0.9

func tcpMemory(s *Scene, c *Check, report func(*Finding)) {
	pressure, ok := s.sysctls.number("ipv4/tcp_mem", 1)
	hard, both := s.sysctls.number("ipv4/tcp_mem", 2)
	pages, told := s.gauge(memoryPages)
	if !ok || !both || !told || pressure == 0 || hard == 0 {
		return
	}
	entered := s.grown(memoryPressures)
	aborted := s.grown(memoryAborts)
	pruned := s.grown(pruneCalls)
	value := pages / float64(pressure)
	severity, limit, bad := c.severity(value)
	if entered > 0 && !bad {
		severity, bad = Warning, true
	}
	if aborted > 0 || pages > hardPart*float64(hard) {
		severity, bad = Critical, true
	}
	if !bad {
		return
	}
	report(&Finding{
		Severity: severity, Subject: "TCP memory",
		Text: fmt.Sprintf("TCP uses %.0f of %d pages (pressure from %d on); in %s: pressure %d times, buffers "+
			"pruned %d times, %d connections aborted",
			pages, hard, pressure, length(s.Interval), entered, pruned, aborted),
		Value: value, Limit: limit, Unit: c.Unit,
		Cause:   "Sockets hold more data than the kernel allows for TCP.",
		Remedy:  "find the sockets that hold it; " + s.sysctls.quote("ipv4/tcp_mem") + " pages",
		Command: "nlstat -A -t -a -g process,pid --sum memory -s memory -L 10",
	})
}

func conntrackFull(s *Scene, c *Check, report func(*Finding)) {
	now, ok := s.flows()
	if !ok || s.now.conntrack == nil {
		return
	}
	var dropped, early, failed uint32
	if s.was.drops != nil && s.now.drops != nil {
		dropped = s.now.drops.Drop - s.was.drops.Drop
		early = s.now.drops.EarlyDrop - s.was.drops.EarlyDrop
		failed = s.now.drops.InsertFailed - s.was.drops.InsertFailed
	}
	severity, limit, bad := c.severity(now.Part())
	if dropped > 0 || early > 0 {
		severity, bad = Critical, true
	}
	if !bad {
		return
	}
	report(&Finding{
		Severity: severity, Subject: "conntrack",
		Text: fmt.Sprintf("%d of %d flows are tracked; in %s: %s dropped, %s removed early, %d not inserted",
			now.Used, now.Limit, length(s.Interval), plural(dropped, "packet"), plural(early, "flow"), failed),
		Value: now.Part(), Limit: limit,
		Cause: "Many short connections, or long timeouts. New connections " +
			"are dropped when it is full.",
		Remedy: fmt.Sprintf("raise net.netfilter.nf_conntrack_max, which is %d; shorten "+
			"net.netfilter.nf_conntrack_tcp_timeout_established", now.Limit),
		Command: s.command("nat --all -g state"),
	})
}

func neighborsFull(s *Scene, c *Check, report func(*Finding)) {
	for i := range s.now.neighbors {
		t := &s.now.neighbors[i]
		if t.Thresh3 == 0 {
			continue
		}
		var refused uint64
		if i < len(s.was.neighbors) && t.TableFull > s.was.neighbors[i].TableFull {
			refused = t.TableFull - s.was.neighbors[i].TableFull
		}
		now := s.now.neighborsOf(t)
		severity, limit, bad := c.severity(now.Part())
		if refused > 0 {
			severity, bad = Critical, true
		}
		if !bad {
			continue
		}
		family := familyOf(t)
		report(&Finding{
			Severity: severity, Subject: family + " neighbors",
			Text: fmt.Sprintf("%d of %d neighbors in the table of %s, %s refused in %s",
				now.Used, now.Limit, family, plural(refused, "new one"), length(s.Interval)),
			Value: now.Part(), Limit: limit,
			Cause: "Large networks, or many namespaces: all share this table. New neighbors are refused when " +
				"it is full.",
			Remedy: "raise gc_thresh1, gc_thresh2 and " +
				"gc_thresh3; " + s.sysctls.quote(neighborLimit(t)),
			Command: "nlstat neighbors -A -g iface", // all namespaces share the table
		})
	}
}

// Limits of losses of an interface.
const (
	leastPackets = 10000 // received and sent; below, the part of drops means nothing
	errorPart    = 0.01
)

func linkLoss(s *Scene, c *Check, report func(*Finding)) {
	before := map[uint32]*link.Stats{}
	for _, l := range s.was.links {
		before[l.Index] = &l.Stats
	}
	for _, l := range s.now.links {
		was := before[l.Index]
		if was == nil {
			continue // it came between the samples
		}
		d := l.Stats.Sub(was)
		packets := d.RxPackets + d.TxPackets
		missed := d.RxFIFOErrors + d.RxMissedErrors + d.TxFIFOErrors
		failed := d.RxErrors + d.TxErrors
		dropped := d.RxDropped + d.TxDropped
		value := part(dropped, packets+dropped)
		severity, limit, bad := c.severity(value)
		bad = bad && packets+dropped >= leastPackets
		if missed > 0 || failed > 0 && part(failed, packets+failed) > errorPart {
			severity, bad = Warning, true
		}
		if !bad {
			continue
		}
		name := s.now.names[l.Index]
		report(&Finding{
			Severity: severity, Subject: name,
			Text: fmt.Sprintf("%s: of %s in %s, %d missed, %d with errors, %d dropped",
				name, plural(packets, "packet"), length(s.Interval), missed, failed, dropped),
			Value: value, Limit: limit,
			Cause: "Missed: its ring was full. Errors: cable, optics or driver. Dropped: no protocol handles them, " +
				"or memory was short.",
			Remedy: fmt.Sprintf("check which counters grow: `ethtool -S %s`; a larger ring, more queues",
				shellWord(name)),
			Command: s.command("links " + shellWord("iface="+name) + " --watch"),
		})
	}
}

// part returns some/all, 0 if all is 0.
func part(some, all uint64) float64 {
	if all == 0 {
		return 0
	}
	return float64(some) / float64(all)
}

// leastQueued is the number of packets below which drops of a queue mean nothing.
const leastQueued = 100

func queueLoss(s *Scene, c *Check, report func(*Finding)) {
	type key struct {
		link, handle uint32
		kind         string
	}
	before := map[key]*link.Qdisc{}
	for _, q := range s.was.qdiscs {
		before[key{q.Link, q.Handle, string(q.Kind())}] = q
	}
	for _, q := range s.now.qdiscs {
		was := before[key{q.Link, q.Handle, string(q.Kind())}]
		if was == nil || q.Packets < was.Packets {
			continue // it came between the samples
		}
		dropped := uint64(q.Drops - was.Drops)
		all := q.Packets - was.Packets + dropped
		value := part(dropped, all)
		severity, limit, bad := c.severity(value)
		if !bad || all < leastQueued {
			continue
		}
		name := s.now.names[q.Link]
		report(&Finding{
			Severity: severity, Subject: name,
			Text: fmt.Sprintf("the %s queue of %s dropped %d of %s in %s; %s wait in it",
				q.Kind(), name, dropped, plural(all, "packet"), length(s.Interval),
				bytesOf(uint64(q.Backlog))),
			Value: value, Limit: limit,
			Cause:   "More is sent than the link, or the rate configured for it, can carry.",
			Remedy:  fmt.Sprintf("check its configuration: `tc -s qdisc show dev %s`", shellWord(name)),
			Command: s.command("links " + shellWord("iface="+name) + " --watch"),
		})
	}
}

// mostSqueezes is how often a second processors may exhaust their budget with packets left.
const mostSqueezes = 10

func softnetLoss(s *Scene, c *Check, report func(*Finding)) {
	if s.was.softnet == nil || s.now.softnet == nil {
		return
	}
	dropped := uint64(uint32(s.now.softnet.dropped - s.was.softnet.dropped))
	squeezed := rate(uint64(uint32(s.now.softnet.squeezed-s.was.softnet.squeezed)), s.Interval)
	tell := func(f Finding, setting string) {
		f.Cause = "One processor handles most packets, or there are more than all can handle."
		f.Remedy = "spread packets over processors (more queues of the interface, RPS); " + s.sysctls.quote(setting)
		f.Command = s.command("stats softnet --rate 2s")
		report(&f)
	}
	value := rate(dropped, s.Interval)
	if severity, limit, bad := c.severity(value); bad {
		tell(Finding{
			Severity: severity, Subject: "softnet dropped",
			Text: fmt.Sprintf("the processors dropped %s in %s before any program received them",
				plural(dropped, "packet"), length(s.Interval)),
			Value: value, Limit: limit, Unit: c.Unit,
		}, "core/netdev_max_backlog")
	}
	if squeezed > mostSqueezes {
		tell(Finding{
			Severity: Warning, Subject: "softnet squeezed",
			Text: fmt.Sprintf("the processors exhaust their budget with packets left %.0f times a second",
				squeezed),
			Value: squeezed, Limit: mostSqueezes, Unit: "times/s",
		}, "core/netdev_budget")
	}
}

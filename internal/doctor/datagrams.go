package doctor

import (
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

func udpDrops(s *Scene, c *Check, report func(*Finding)) {
	for i := range s.sockets.dropping {
		if d := &s.sockets.dropping[i]; d.family != unix.AF_NETLINK && d.family != unix.AF_PACKET {
			command := "listen -u :" + strconv.Itoa(int(d.port)) + " -c +drops"
			if d.connected {
				command = "-u " + shellWord("local="+d.subject) + " -c +drops"
			}
			s.dropped(d, c, report, "datagram", command)
		}
	}
}

func otherDrops(s *Scene, c *Check, report func(*Finding)) {
	for i := range s.sockets.dropping {
		switch d := &s.sockets.dropping[i]; d.family {
		case unix.AF_NETLINK:
			s.dropped(d, c, report, "message", "-k netlink -s drops")
		case unix.AF_PACKET:
			s.dropped(d, c, report, "packet", "-k packet -s drops")
		}
	}
}

// dropped reports a socket that dropped messages.
func (s *Scene) dropped(d *dropping, c *Check, report func(*Finding), what, command string) {
	value := rate(uint64(d.grown), s.Interval)
	severity, limit, bad := c.severity(value)
	if !bad {
		return
	}
	buffer := "SO_RCVBUF"
	if d.family == unix.AF_PACKET {
		buffer = "ring or SO_RCVBUF"
	}
	report(&Finding{
		Severity: severity, Subject: d.subject, Who: d.who,
		Text: fmt.Sprintf("%s (%s) dropped %s in %s: %d of %d bytes of its buffer in use",
			d.subject, d.protocol, plural(d.grown, what), length(s.Interval), d.used, d.buffer),
		Value: value, Limit: limit, Unit: c.Unit,
		Cause: "The program reads more slowly than data arrives.",
		Remedy: fmt.Sprintf("a larger %s in the program (%s), or read faster",
			buffer, s.sysctls.quote("core/rmem_max")),
		Command: s.command(command),
	})
}

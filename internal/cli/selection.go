package cli

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/pkg/diag"
)

// selection holds the flags that select sockets by kind and state.
type selection struct {
	tcp, udp, unix bool
	kinds          []string
	v4, v6         bool
	listening, all bool
	bound          bool
}

func (s *selection) flags(f *pflag.FlagSet) {
	f.BoolVarP(&s.tcp, "tcp", "t", false, "TCP sockets")
	f.BoolVarP(&s.udp, "udp", "u", false, "UDP sockets")
	f.BoolVarP(&s.unix, "unix", "x", false, "unix sockets")
	f.StringSliceVarP(&s.kinds, "kind", "k", nil,
		"sockets of these `KINDS`: "+strings.Join(diag.TableNames(), ", ")+" or all")
	f.BoolVarP(&s.v4, "ipv4", "4", false, "IPv4 only, among IP sockets")
	f.BoolVarP(&s.v6, "ipv6", "6", false, "IPv6 only, among IP sockets")
	f.BoolVarP(&s.listening, "listening", "l", false, "listening sockets, UDP servers included")
	f.BoolVarP(&s.bound, "bound", "B", false, "include TCP sockets that are only bound (since Linux 6.8)")
	f.BoolVarP(&s.all, "all", "a", false, "sockets in every state")
}

// choice converts the flags for the planner.
func (s *selection) choice() *query.Selection {
	c := &query.Selection{
		Kinds: append([]string(nil), s.kinds...), Listening: s.listening, All: s.all, Bound: s.bound,
	}
	for _, f := range []struct {
		set  bool
		name string
	}{{s.tcp, "tcp"}, {s.udp, "udp"}, {s.unix, "unix"}} {
		if f.set {
			c.Kinds = append(c.Kinds, f.name)
		}
	}
	switch {
	case s.v4 && !s.v6:
		c.Families = []uint8{unix.AF_INET}
	case s.v6 && !s.v4:
		c.Families = []uint8{unix.AF_INET6}
	}
	if (s.v4 || s.v6) && slices.Contains(c.Kinds, "unix") {
		besideUnix(c)
	}
	return c
}

// besideUnix gives -4 and -6 with unix sockets their meaning in netstat and ss: they select IP sockets in
// addition to unix sockets. A recording is described by the result, and read again.
func besideUnix(c *query.Selection) {
	if len(c.Families) > 0 {
		c.Families = append(c.Families, unix.AF_UNIX)
	}
	if !slices.ContainsFunc(c.Kinds, func(kind string) bool { return kind != "unix" }) {
		c.Kinds = append(c.Kinds, "tcp", "udp")
	}
}

// onlyUnix reports whether flags select unix sockets and no others.
func (s *selection) onlyUnix() bool {
	kinds := s.choice().Kinds
	return len(kinds) == 1 && kinds[0] == "unix"
}

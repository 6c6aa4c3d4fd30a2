package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
)

// selection is which sockets to list, as far as flags say it.
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
		"sockets of these `KINDS`: "+strings.Join(kindNames(), ", ")+" or all")
	f.BoolVarP(&s.v4, "ipv4", "4", false, "IPv4 only")
	f.BoolVarP(&s.v6, "ipv6", "6", false, "IPv6 only")
	f.BoolVarP(&s.listening, "listening", "l", false, "sockets that listen")
	f.BoolVarP(&s.bound, "bound", "B", false, "TCP sockets too that are only bound (since Linux 6.8)")
	f.BoolVarP(&s.all, "all", "a", false, "sockets in every state")
}

// kindNames are the names of kinds, each once.
func kindNames() []string {
	var names []string
	for i := range view.Kinds {
		if n := view.Kinds[i].Name; !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// chosen returns the names of the kinds to list.
func (s *selection) chosen(p approximation) ([]string, error) {
	kinds := slices.Clone(s.kinds)
	for _, k := range kinds {
		if k == "all" {
			return kindNames(), nil
		}
		if !slices.Contains(kindNames(), k) {
			return nil, fmt.Errorf("unknown kind of socket %q%s", k, didYouMean(k, kindNames()))
		}
	}
	for _, f := range []struct {
		set  bool
		name string
	}{{s.tcp, "tcp"}, {s.udp, "udp"}, {s.unix, "unix"}} {
		if f.set {
			kinds = append(kinds, f.name)
		}
	}
	switch {
	case len(kinds) > 0:
	case p.namesKinds:
		kinds = kindNames()
	default:
		kinds = []string{"tcp", "udp"}
	}
	return kinds, nil
}

// queries returns what to ask the kernel. What the filter says of states and kinds of sockets takes the
// place of what is listed by default, but not of what flags say.
func (s *selection) queries(p approximation, want diag.Fields) ([]diag.Query, error) {
	kinds, err := s.chosen(p)
	if err != nil {
		return nil, err
	}
	var qs []diag.Query
	for i := range view.Kinds {
		k := &view.Kinds[i]
		if !slices.Contains(kinds, k.Name) || !s.family(k.Family) || p.kinds&(1<<i) == 0 {
			continue
		}
		states := s.states(k, p)
		if states == 0 {
			continue
		}
		q := diag.Query{Family: k.Family, Protocol: k.Protocol, States: states, Want: want}
		if k.Family == unix.AF_UNIX {
			q.Want |= diag.HasName | diag.HasPeer | diag.HasQueues | diag.HasUID
		}
		qs = append(qs, q)
	}
	return qs, nil
}

func (s *selection) family(f uint8) bool {
	switch {
	case s.v4 == s.v6:
		return true
	case s.v4:
		return f == unix.AF_INET
	default:
		return f == unix.AF_INET6
	}
}

// states is the set to ask for. A socket that needs no connection to receive counts as listening.
func (s *selection) states(k *view.Kind, p approximation) diag.StateSet {
	set := diag.States(diag.StateListen)
	if k.Protocol != unix.IPPROTO_TCP && k.Protocol != unix.IPPROTO_MPTCP {
		set |= diag.States(diag.StateClose)
	}
	switch {
	case s.listening:
		return set & p.states
	case s.everyState(p):
		return diag.AnyStates & p.states
	case s.bound:
		set |= diag.States(diag.StateBoundInactive)
	}
	return (set | diag.States(diag.StateEstablished)) & p.states
}

// everyState tells whether states are listed that are left out by default.
func (s *selection) everyState(p approximation) bool { return s.all || !s.listening && p.namesStates }

// unreachable tells whether nobody can send to a unix socket that is neither listening nor connected: it is
// not a datagram socket, or has no name.
func unreachable(s *diag.Socket) bool {
	return s.Family == unix.AF_UNIX && s.State == diag.StateClose &&
		(s.Type != unix.SOCK_DGRAM || len(s.Name()) == 0)
}

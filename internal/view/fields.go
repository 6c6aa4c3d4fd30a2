package view

import (
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/filter"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
	"github.com/nlstat/nlstat/pkg/render"
)

// maxPort is the highest port; filters refuse higher ones.
const maxPort = 1<<16 - 1

// socketFields are the fields of sockets that are not columns, or that filters treat differently from them.
func socketFields(n *names.Names) []Field[Socket] {
	service := func(name string) (uint64, bool) {
		port, ok := n.Port("", name)
		return uint64(port), ok
	}
	return []Field[Socket]{
		{
			Name: "port", Aliases: []string{"ports"}, Kind: render.KindUnsigned, Type: render.TypeIdentifier, Number: service, Max: maxPort,
			Plan: planPort(filter.SideLocal, filter.SideRemote),
			Help: "Port at either end: a number, a name of /etc/services, or a range.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, port(s, s.Local), remotePortValue(s))
			},
		},
		{
			Name: "local_port", Aliases: []string{"sport", "lport"}, Kind: render.KindUnsigned, Number: service,
			Plan: planPort(filter.SideLocal),
			Max:  maxPort, Help: "Local port.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, port(s, s.Local))
			},
		},
		{
			Name: "remote_port", Aliases: []string{"dport", "rport", "peer_port"}, Kind: render.KindUnsigned,
			Plan:   planPort(filter.SideRemote),
			Number: service, Max: maxPort, Help: "Remote port.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, remotePortValue(s))
			},
		},
		{
			Name: "host", Aliases: []string{"addr", "address", "ip", "net"}, Kind: render.KindAddress, Type: render.TypeAddress,
			Plan: planAddress(filter.SideLocal, filter.SideRemote),
			Help: "Address at either end: an address or a network.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, address(s, s.Local), remoteAddrValue(s))
			},
		},
		{
			Name: "endpoint", Kind: render.KindEndpoint, Type: render.TypeAddress, Number: service,
			Plan: planAddress(filter.SideLocal, filter.SideRemote),
			Help: "Address and port at either end: ADDRESS[/BITS][:PORT].",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, endpoint(s, s.Local), remoteValue(s))
			},
		},
		{
			Name: "local", Aliases: []string{"src", "source", "laddr"}, Kind: render.KindEndpoint,
			Plan:   planAddress(filter.SideLocal),
			Number: service,
			Help:   "Local end: ADDRESS[/BITS][:PORT].",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, endpoint(s, s.Local))
			},
		},
		{
			Name: "remote", Aliases: []string{"dst", "dest", "destination", "peer", "raddr"},
			Plan: planAddress(filter.SideRemote),
			Kind: render.KindEndpoint, Number: service,
			Help: "Remote end: ADDRESS[/BITS][:PORT].",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, remoteValue(s))
			},
		},
		{
			Name: "state", Aliases: []string{"st"}, Kind: render.KindString, Words: stateWords,
			Plan: planState,
			Help: "State, or a set of states as in ss: connected, synchronized, bucket, big.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, render.Name(s.Socket.ShownState().String()))
			},
		},
		{
			Name: "proto", Aliases: []string{"protocol", "netid", "type"},
			Plan: planKind, Kinds: true,
			Kind: render.KindString, Words: protoWords,
			Help: "Protocol or kind of socket; a name such as unix or raw matches all kinds of that table.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, render.Name(s.ProtoName()), tableName(s.Socket))
			},
		},
		{
			Name: "netns", Kind: render.KindString,
			Help: "Network namespace, by any of its names; self is the caller's own.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return (&Place{Netns: s.Netns, Aliases: s.Aliases}).appendNames(dst)
			},
		},
		{
			Name: "family", Kind: render.KindString, Words: familyWords,
			Plan: planFamily, Kinds: true,
			Help: "Address family.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, render.Name(s.FamilyName()))
			},
		},
		{
			Name: "process", Aliases: []string{"proc", "comm", "program", "processes"},
			Kind: render.KindString, Needs: inspect.NeedOwner,
			Help: "Name of a process that holds the socket.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				for _, r := range s.Holders() {
					dst = append(dst, render.Text(s.Comm(r.PID)), render.Text(s.ProcessName(r.PID)))
				}
				return dst
			},
		},
		{
			Name: "peer_process", Aliases: []string{"peer_proc"}, Kind: render.KindString, Needs: inspect.NeedPeer,
			Help: "Name of a process at the other end, if that is on this host.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				for _, r := range s.PeerHolders() {
					dst = append(dst, render.Text(s.Comm(r.PID)), render.Text(s.ProcessName(r.PID)))
				}
				return dst
			},
		},
		{
			Name: "peer_pid", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Needs: inspect.NeedPeer,
			Help: "Id of a process at the other end, if that is on this host.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				for _, r := range s.PeerHolders() {
					dst = append(dst, render.Uint(uint64(r.PID)))
				}
				return dst
			},
		},
		{
			Name: "pid", Kind: render.KindUnsigned, Needs: inspect.NeedOwner,
			Help: "Id of a process that holds the socket.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				for _, r := range s.Holders() {
					dst = append(dst, render.Uint(uint64(r.PID)))
				}
				return dst
			},
		},
		{
			Name: "uid", Kind: render.KindUnsigned,
			Help: "User number or login name.",
			Number: func(name string) (uint64, bool) {
				id, ok := n.UserID(name)
				return uint64(id), ok
			},
			Values: func(s *Socket, dst []render.Value) []render.Value {
				if !s.HasUser() {
					return dst
				}
				return append(dst, render.Uint(uint64(s.UID)))
			},
		},
		{
			Name: "container", Kind: render.KindString, Needs: inspect.NeedCgroup,
			Plan: planContainer,
			Help: "Container in which the socket was created: its name, its id, or the first twelve digits.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				if g := s.Group(); g != nil {
					dst = containerValues(g, dst)
				}
				if name := s.ContainerName(); name != "" {
					dst = append(dst, render.Name(name))
				}
				return dst
			},
		},
		{
			Name: "mark", Aliases: []string{"fwmark"}, Kind: render.KindUnsigned,
			Plan: planMark, Right: NetAdmin, Known: markKnown,
			Help: "SO_MARK.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, s.ifHas(diag.HasMark, uint64(s.Mark)))
			},
		},
		{
			Name: "iface", Aliases: []string{"dev", "device", "interface", "oif"},
			Plan: planIface,
			Kind: render.KindString, Needs: inspect.NeedIface,
			Help: "Interface that the socket is bound to.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, ifaceName(s))
			},
		},
		{
			Name: "listening", Kind: render.KindBoolean, Type: render.TypeFlag, Plan: planListening,
			Help: "Whether the socket accepts traffic from any peer: it is in LISTEN, or receives without a connection and " +
				"has a local address, such as a UDP server.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, render.Bool(Listens(s.Socket)))
			},
		},
		userField(n.UserID),
		{Name: "local_addr", Plan: planAddress(filter.SideLocal)},
		{
			Name: "remote_addr", Kind: render.KindAddress, Plan: planAddress(filter.SideRemote), Help: "Remote address without port.",
			Values: func(s *Socket, dst []render.Value) []render.Value { return append(dst, remoteAddrValue(s)) },
		},
		{Name: "path", Plan: planOnly(unix.AF_UNIX), Kinds: true},
		{Name: "peer_inode", Plan: planOnly(unix.AF_UNIX), Kinds: true},
		{Name: "accept_queue", Plan: planListener},
		{Name: "accept_limit", Plan: planListener},
		{Name: "cgroup", Plan: planCgroup(oneValue(groupPath))},
		{
			Name: "unit", Aliases: []string{"service"}, Kind: render.KindString, Needs: inspect.NeedCgroup,
			Plan: planCgroup(unitValues),
			Help: "systemd unit in which the socket was created; .service can be omitted.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				if g := s.Group(); g != nil {
					dst = unitValues(g, dst)
				}
				return dst
			},
		},
		{Name: "pod", Plan: planCgroup(oneValue(groupPod))},
		{Name: "cgroup_id", Plan: planCgroupID},
		{Name: "scope", Words: scopeWords},
		{Name: "reach", Words: scopeWords},
		{Name: "accept_full", Plan: planListener},
		{Name: "command", Aliases: []string{"cmd", "cmdline"}},
		{
			Name: "sendq", Kind: render.KindByteSize, Amount: sendAmount,
			Help:   "Send queue in bytes; a listener has none here, its limit is accept_limit.",
			Values: func(s *Socket, dst []render.Value) []render.Value { return append(dst, sendAmount(s)) },
		},
	}
}

// containerValues are the short and the full id of a container.
func containerValues(g *cgroup.Group, dst []render.Value) []render.Value {
	return append(dst, render.Name(cgroup.ShortID(g.Container)), render.Name(g.Container))
}

// unitValues are the name of a unit, and that of a service without .service, as systemctl accepts it.
func unitValues(g *cgroup.Group, dst []render.Value) []render.Value {
	dst = append(dst, render.Name(g.Unit))
	if short, ok := strings.CutSuffix(g.Unit, ".service"); ok {
		dst = append(dst, render.Name(short))
	}
	return dst
}

// oneValue returns the value of a field of a control group.
func oneValue(of func(*cgroup.Group) string) func(*cgroup.Group, []render.Value) []render.Value {
	return func(g *cgroup.Group, dst []render.Value) []render.Value { return append(dst, render.Name(of(g))) }
}

// markKnown reports whether the kernel reported the mark of a socket, or its absence.
func markKnown(s *Socket) bool { return !s.inet() || s.Inode == 0 || s.Has&diag.HasMark != 0 }

// knownSocket reports whether the data for the needs is known for a socket.
func knownSocket(s *Socket, needs uint32) bool {
	switch {
	case needs&inspect.NeedOwner != 0 && !s.HoldersKnown():
		return false
	case needs&inspect.NeedPeer != 0 && !s.PeerHoldersKnown():
		return false
	default:
		return needs&inspect.NeedCgroup == 0 || s.GroupKnown()
	}
}

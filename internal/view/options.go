package view

import (
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// optionColumns are socket options, set by a process or a rule.
var optionColumns = [...]render.Column[Socket]{
	{
		Key: "mark", Title: "MARK", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
		Help:  "SO_MARK; needs CAP_NET_ADMIN.",
		Value: func(s *Socket) render.Value { return s.ifHas(diag.HasMark, uint64(s.Mark)) },
	},
	{
		Key: "cgroup_id", Title: "CGROUP-ID", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
		Help:  "Id of the control group (v2) of the socket's creator. Since Linux 5.8.",
		Value: func(s *Socket) render.Value { return s.ifHas(diag.HasCgroup, s.Cgroup) },
	},
	{
		Key: "tos", Title: "TOS", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true, Needs: inspect.NeedTOS,
		Help:  "IP_TOS.",
		Value: func(s *Socket) render.Value { return s.ifHas(diag.HasTOS, uint64(s.TOS)) },
	},
	{
		Key: "tclass", Title: "TCLASS", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true, Needs: inspect.NeedTOS,
		Help:  "IPV6_TCLASS.",
		Value: func(s *Socket) render.Value { return s.ifHas(diag.HasTClass, uint64(s.TClass)) },
	},
	{
		Key: "v6only", Title: "V6ONLY", Kind: render.KindBoolean, Type: render.TypeFlag,
		Help: "Whether an IPv6 socket is IPV6_V6ONLY.",
		Value: func(s *Socket) render.Value {
			if s.Has&diag.HasV6Only == 0 {
				return render.Value{}
			}
			return render.Bool(s.V6Only)
		},
	},
	{
		Key: "class_id", Title: "CLASSID", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true, Needs: inspect.NeedTOS,
		Help:  "Class of net_cls, or SO_PRIORITY.",
		Value: func(s *Socket) render.Value { return s.ifHas(diag.HasClassID, uint64(s.ClassID)) },
	},
	{
		Key: "shutdown", Title: "SHUT", Kind: render.KindString, Type: render.TypeWord,
		Help: "Directions that are shut down: recv, send or both.",
		Value: func(s *Socket) render.Value {
			if s.Has&diag.HasShutdown == 0 {
				return render.Value{}
			}
			return render.Name([...]string{"", "recv", "send", "both"}[s.Shutdown&3])
		},
	},
	{
		Key: "bind_no_port", Title: "NOPORT", Kind: render.KindBoolean, Type: render.TypeFlag,
		Help:  "IP_BIND_ADDRESS_NO_PORT.",
		Value: func(s *Socket) render.Value { return s.option(diag.SockOptBindAddressNoPort) },
	},
	{
		Key: "transparent", Title: "TPROXY", Kind: render.KindBoolean, Type: render.TypeFlag,
		Help:  "IP_TRANSPARENT.",
		Value: func(s *Socket) render.Value { return s.option(diag.SockOptTransparent) },
	},
	{
		Key: "freebind", Title: "FREEBIND", Kind: render.KindBoolean, Type: render.TypeFlag,
		Help:  "IP_FREEBIND.",
		Value: func(s *Socket) render.Value { return s.option(diag.SockOptFreeBind) },
	},
}

func (s *Socket) ifHas(f diag.Fields, n uint64) render.Value {
	if s.Has&f == 0 {
		return render.Value{}
	}
	return render.Uint(n)
}

func (s *Socket) option(o diag.SockOpt) render.Value {
	if s.Has&diag.HasSockOpt == 0 {
		return render.Value{}
	}
	return render.Bool(s.SockOpt&o != 0)
}

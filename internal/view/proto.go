package view

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

func familyName(s *diag.Socket) render.Value {
	if n := diag.FamilyName(s.Family); n != "" {
		return render.Name(n)
	}
	return render.Name("af" + strconv.Itoa(int(s.Family)))
}

// protoName is the kind of a socket: its protocol, or its type in a family without protocols.
func protoName(s *diag.Socket) render.Value {
	if k := s.Kind(); k != nil {
		return render.Name(k.Name)
	}
	if s.Family == unix.AF_INET || s.Family == unix.AF_INET6 {
		return render.Name("ip" + strconv.Itoa(int(s.IPProtocol())))
	}
	return familyName(s)
}

// tableName is the name of the kernel's table that lists a socket, absent if it has none here.
func tableName(s *diag.Socket) render.Value { return render.Name(s.Table()) }

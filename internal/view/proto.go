package view

import (
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

// tableName is the name of the kernel's table that lists a socket, absent if it has none here.
func tableName(s *diag.Socket) render.Value { return render.Name(s.Table()) }

package live

import (
	"io"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/pkg/render"
)

// enter shows the sockets of the group at the cursor, or the details of a socket.
func (m *Model) enter() {
	switch row := m.row().(type) {
	case *Group:
		by := m.scene.by
		if m.at == viewPeers {
			by = byPeer
		}
		m.scene.only = &part{by, row.key, row.Name(by)}
		m.show(viewConns)
		m.move(-m.view().rows())
	case *Conn:
		t := m.scene.target(row)
		m.open(&t)
	case *Listener:
		m.open(&row.Socket)
	case *doctor.Finding:
		m.layer = &finding{*row}
	}
}

// leave shows the sockets of all groups again.
func (m *Model) leave() {
	only := m.scene.only
	if only == nil {
		return
	}
	m.scene.only = nil
	if only.by == byPeer && m.scene.by != byPeer {
		m.show(viewPeers)
	} else {
		m.show(viewProcesses)
	}
}

// regroup selects the next grouping. After the last one sockets are not grouped.
func (m *Model) regroup() {
	m.scene.only = nil
	switch {
	case m.at != viewProcesses:
		m.scene.by = byProcess
	case m.scene.by == groupings-1:
		m.show(viewConns)
		m.Tell("not grouped", render.StyleFaint)
		return
	default:
		m.scene.by++
	}
	m.show(viewProcesses)
	m.Tell("grouped by "+m.scene.by.String(), render.StyleFaint)
}

// switchNamespaces switches between this network namespace and all.
func (m *Model) switchNamespaces() {
	if m.cfg.Named {
		m.Tell("the namespaces are those of the command line", render.StyleNotice)
		return
	}
	m.all = !m.all
	m.scene.spaces = m.all
	m.rebuild()
	what := map[bool]string{true: "all network namespaces", false: "this network namespace"}[m.all]
	m.Tell(what, render.StyleFaint)
}

// rebuild makes new views: columns depend on the choices.
func (m *Model) rebuild() {
	for i := range m.views {
		m.views[i] = viewInfos[i].make(m.scene)
	}
	m.refresh()
}

// switchNames switches between names of hosts and services, and numbers.
func (m *Model) switchNames() {
	if m.scene.names == nil {
		m.scene.names = m.cfg.Names
	} else {
		m.scene.names = nil
	}
	m.refresh()
}

// mark marks the row at the cursor, or removes the mark.
func (m *Model) mark() {
	p := m.place()
	if p.cursor >= m.view().rows() {
		return
	}
	key := m.view().key(p.cursor)
	if p.marked == key {
		p.marked, p.key = nil, nil
		return
	}
	p.marked, p.key = key, key
}

// export writes the rows of the view.
func (m *Model) export() {
	if m.cfg.Export == nil {
		m.Tell("rows cannot be exported here", render.StyleNotice)
		return
	}
	name, err := m.cfg.Export(func(w io.Writer) error { return m.view().export(w, m.scene.At) })
	if err != nil {
		m.Tell("export: "+err.Error(), render.StyleBad)
		return
	}
	m.Tell(counted(m.view().rows(), "row")+" exported; top writes "+name+" when it ends", render.StyleGood)
}

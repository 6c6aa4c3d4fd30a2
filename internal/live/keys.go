package live

// Key handles a key by its name in the terminal library and the text that it types. Keys without a meaning
// are ignored.
func (m *Model) Key(name, text string) {
	if m.refused {
		m.refused = false
		if name == "y" || name == "n" {
			return // the answer to the question that was not asked
		}
	}
	m.notice = notice{}
	switch {
	case name == "ctrl+c":
		m.done = true
	case m.layer != nil:
		if !m.layer.key(m, name, text) {
			m.layer = nil
		}
	case len(name) == 1 && name[0] >= '1' && int(name[0]-'1') < len(m.views):
		m.show(int(name[0] - '1'))
	default:
		if i, ok := keyAt()[name]; ok {
			keys[i].do(m)
		}
	}
}

// A keyInfo is the action of some keys.
type keyInfo struct {
	names []string
	shown string // in the help, "" = not listed
	about string
	do    func(*Model)
}

var keys = [...]keyInfo{
	{[]string{"j", "down"}, "j k arrows", "move", func(m *Model) { m.move(1) }},
	{[]string{"k", "up"}, "", "", func(m *Model) { m.move(-1) }},
	{[]string{"pgdown", "ctrl+f"}, "PgUp PgDn ^u ^d", "turn pages", func(m *Model) { m.move(m.page()) }},
	{[]string{"pgup", "ctrl+b"}, "", "", func(m *Model) { m.move(-m.page()) }},
	{[]string{"ctrl+d"}, "", "", func(m *Model) { m.move(m.page() / 2) }},
	{[]string{"ctrl+u"}, "", "", func(m *Model) { m.move(-m.page() / 2) }},
	{[]string{"g", "home"}, "g G", "first, last row", func(m *Model) { m.move(-m.view().rows()) }},
	{[]string{"G", "end"}, "", "", func(m *Model) { m.move(m.view().rows()) }},
	{[]string{"tab"}, "1 to 7, Tab", "other view", func(m *Model) { m.show(m.at + 1) }},
	{[]string{"shift+tab"}, "", "", func(m *Model) { m.show(m.at + len(m.views) - 1) }},
	{[]string{"enter"}, "Enter, Esc", "its sockets, or details; back", (*Model).enter},
	{[]string{"esc"}, "", "", (*Model).leave},
	{[]string{"/"}, "/", "filter rows", (*Model).editFilter},
	{[]string{"s"}, "s S", "sort by next column, reverse", func(m *Model) { m.view().next(); m.follow() }},
	{[]string{"S"}, "", "", func(m *Model) { m.view().flip(); m.follow() }},
	{[]string{"f"}, "f", "freeze the order of rows", func(m *Model) { m.frozen = !m.frozen; m.refresh() }},
	{[]string{"space"}, "Space", "pause", func(m *Model) { m.paused = !m.paused }},
	{[]string{"a"}, "a", "group by process, unit, container, peer, none", (*Model).regroup},
	{[]string{"n"}, "n", "this or all network namespaces", (*Model).switchNamespaces},
	{[]string{"c"}, "c", "choose columns", (*Model).editColumns},
	{[]string{"r"}, "r u", "names of hosts and services; rates in bytes or bits", (*Model).switchNames},
	{[]string{"u"}, "", "", func(m *Model) { m.scene.bits = !m.scene.bits; m.refresh() }},
	{[]string{"w"}, "w", "mark the row and follow it", (*Model).mark},
	{[]string{"K"}, "K T", "close the socket, end the process; both ask first", (*Model).askClose},
	{[]string{"T"}, "", "", (*Model).askEnd},
	{[]string{"x"}, "x", "export the rows as JSON Lines", (*Model).export},
	{[]string{"?"}, "? q", "this; quit", func(m *Model) { m.layer = &help{} }},
	{[]string{"q"}, "", "", func(m *Model) { m.done = true }},
}

// keyAt returns the places of keys in the table.
func keyAt() map[string]int {
	at := map[string]int{}
	for i := range keys {
		for _, name := range keys[i].names {
			at[name] = i
		}
	}
	return at
}

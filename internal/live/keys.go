package live

// Key takes a key by the name that the terminal library gives it. Keys without a meaning are passed over.
func (m *Model) Key(name string) {
	if m.help && name != "q" && name != "ctrl+c" {
		m.help = false
		return
	}
	if act := keys[name]; act != nil {
		act(m)
	}
}

// keys are what each key does.
var keys = map[string]func(*Model){
	"q":      func(m *Model) { m.done = true },
	"ctrl+c": func(m *Model) { m.done = true },
	"?":      func(m *Model) { m.help = true },
	"j":      func(m *Model) { m.move(1) },
	"down":   func(m *Model) { m.move(1) },
	"k":      func(m *Model) { m.move(-1) },
	"up":     func(m *Model) { m.move(-1) },
	"ctrl+d": func(m *Model) { m.move(m.page() / 2) },
	"ctrl+u": func(m *Model) { m.move(-m.page() / 2) },
	"pgdown": func(m *Model) { m.move(m.page()) },
	"pgup":   func(m *Model) { m.move(-m.page()) },
	"g":      func(m *Model) { m.move(-m.view().rows()) },
	"home":   func(m *Model) { m.move(-m.view().rows()) },
	"G":      func(m *Model) { m.move(m.view().rows()) },
	"end":    func(m *Model) { m.move(m.view().rows()) },
	"1":      func(m *Model) { m.show(0) },
	"2":      func(m *Model) { m.show(1) },
	"3":      func(m *Model) { m.show(2) },
	"tab":    func(m *Model) { m.show(m.at + 1) },
	"s":      func(m *Model) { m.view().next() },
	"S":      func(m *Model) { m.view().flip() },
	"f":      func(m *Model) { m.frozen = !m.frozen },
	"space":  func(m *Model) { m.paused = !m.paused },
	"enter":  func(m *Model) { m.enter() },
	"esc":    func(m *Model) { m.leave() },
}

// enter shows the sockets of the process at the cursor.
func (m *Model) enter() {
	v, p := m.view(), m.place()
	if m.at != 0 || p.cursor >= v.rows() {
		return
	}
	if pid := v.pid(p.cursor); pid != 0 {
		m.only = pid
		m.show(1)
	}
}

// leave shows the sockets of all processes again.
func (m *Model) leave() {
	if m.only != 0 {
		m.only = 0
		m.show(0)
	}
}

// helpLines explain the keys.
var helpLines = [...]string{
	"j k, arrows     move             1 2 3, Tab  other view",
	"g G             first, last row  Enter       sockets of the process (Esc: all)",
	"PgUp PgDn ^u ^d pages            s S         sort by next column, reverse",
	"f               freeze the order Space       pause",
	"?               this             q           quit",
	"",
	"SEND, RECV: bytes per second of TCP; the kernel counts no bytes of UDP sockets",
}

package mutation

// A mutant is a program with one change.
type mutant struct {
	file     string // from the top of the repository
	old, new string // old is there once
}

// A suite is the tests of a program, and the changes that they must notice.
type suite struct {
	program  string
	packages []string // of the main module; the transcripts come on top
	mutants  []mutant
}

// suites are the three programs, broken in ten ways each.
var suites = []suite{
	{"ss", []string{"./internal/ss", "./pkg/filter"}, []mutant{
		{"internal/ss/inet.go", "appendQueue(b, s.RecvQ)", "appendQueue(b, s.SendQ)"},
		{"internal/ss/inet.go", "if s.Iface != 0 {", "if s.Iface > 1 {"},
		{"internal/ss/inet.go", "strconv.AppendInt(b, int64(int32(n)), 10)", "strconv.AppendInt(b, int64(n), 10)"},
		{"internal/ss/inet.go", "if o.extended {", "if o.extended && s.Timer == 0 {"},
		{"pkg/filter/states.go", "states &^= set", "states = set"},
		{"internal/ss/tcpinfo.go", "if t.SndSsthresh < 0xffff {", "if t.SndSsthresh <= 0xffffff {"},
		{"internal/ss/tcpinfo.go", "float64(t.PacingRate)*8)", "float64(t.PacingRate))"},
		{"internal/ss/number.go", "frac := v % 1000", "frac := v % 100"},
		{"internal/ss/exit.go", "exitUsage = 255", "exitUsage = 1"},
		{"internal/ss/width.go", "col.width += col.delim", "col.width += col.delim + 1"},
	}},
	{"netstat", []string{"./internal/netstat"}, []mutant{
		{"internal/netstat/inet.go", "rightUint(b, uint64(s.RecvQ), 6)", "rightUint(b, uint64(s.RecvQ), 5)"},
		{"internal/netstat/inet.go", "sendQ = 0 //", "sendQ = s.SendQ //"},
		{"internal/netstat/inet.go", "t.appendEndpoint(b, p, s.Remote)", "t.appendEndpoint(b, p, s.Local)"},
		{"internal/netstat/inet.go", "p.server(s) != t.given('l')", "p.server(s) == t.given('l')"},
		{"internal/netstat/inet.go", "leftUint(b, uint64(s.Inode), 10)", "leftUint(b, uint64(s.Inode), 11)"},
		{"internal/netstat/address.go", "j-i >= 2 && j-i > end-begin", "j-i >= 2 && j-i >= end-begin"},
		{"internal/netstat/timer.go", "zeroPadded(b, hundredths%100, 2)", "zeroPadded(b, hundredths%100, 1)"},
		{"internal/netstat/statistics.go", "if value == 0 && ph.kind == nonzero {", "if value <= 1 && ph.kind == nonzero {"},
		{"internal/netstat/procunix.go", "s.listening() != t.given('l')", "s.listening() == t.given('l')"},
		{"internal/netstat/main.go", "statusUsage   status = 3", "statusUsage   status = 1"},
	}},
	{"nlstat", []string{
		"./internal/cli", "./internal/query", "./internal/view", "./pkg/render", "./pkg/inspect",
	}, []mutant{
		{"internal/query/matcher.go", "v.Compare(&hi) <= 0 }\n\tcase Greater:", "v.Compare(&hi) < 0 }\n\tcase Greater:"},
		{"internal/query/number.go", "parseScaled(text, 1024,", "parseScaled(text, 1000,"},
		{"internal/view/listening.go", "return s.Local.Port() != 0", "return s.Local.Port() > 1024"},
		{"internal/view/queues.go", "render.Bytes(uint64(s.SendQ))", "render.Bytes(uint64(s.RecvQ))"},
		{"pkg/render/sort.go", "return b.Compare(a)", "return a.Compare(b)"},
		{"pkg/render/csv.go", "c.clean, _ = AppendClean(c.clean[:0], c.raw)", "c.clean = append(c.clean[:0], c.raw...)"},
		{"pkg/render/group.go", "math.Max(t.acc, f)", "math.Min(t.acc, f)"},
		{"pkg/inspect/pair.go", "p.Local, p.Remote = p.Remote, p.Local", "p.Local, p.Remote = p.Remote, p.Remote"},
		{"pkg/inspect/identity.go", "if s.Cookie == 0 {", "if s.Cookie != 0 {"},
		{"internal/cli/main.go", "exitFailed     = 2", "exitFailed     = 1"},
	}},
}

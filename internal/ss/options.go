package ss

import (
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/getopt"
)

// options are the settings of the command line besides tables, families and states.
type options struct {
	noHeader, noQueues, oneline bool
	numeric, resolve            bool
	timer, extended, memory     bool
	info, tipcInfo              bool
	processes, threads          bool
	bpf, bpfMaps                bool
	tos, cgroup, sockOpt        bool
	summary, events, kill       bool
	dump                        *string // -D
}

// Options without a letter.
const (
	optTIPC = 256 + iota
	optVsock
	optTIPCInfo
	optTOS
	optCgroup
	optXDP
	optSockOpt
	optMaps
	optMapID
)

const shortOptions = "halBetuwxnro460spTbEf:mMiA:D:F:vVzZN:KHQSO"

// longOptions is in the order that decides about abbreviations.
var longOptions = []getopt.Long{
	{Name: "numeric", Value: 'n'},
	{Name: "resolve", Value: 'r'},
	{Name: "options", Value: 'o'},
	{Name: "extended", Value: 'e'},
	{Name: "memory", Value: 'm'},
	{Name: "info", Value: 'i'},
	{Name: "processes", Value: 'p'},
	{Name: "threads", Value: 'T'},
	{Name: "bpf", Value: 'b'},
	{Name: "events", Value: 'E'},
	{Name: "tcp", Value: 't'},
	{Name: "sctp", Value: 'S'},
	{Name: "udp", Value: 'u'},
	{Name: "raw", Value: 'w'},
	{Name: "unix", Value: 'x'},
	{Name: "tipc", Value: optTIPC},
	{Name: "vsock", Value: optVsock},
	{Name: "all", Value: 'a'},
	{Name: "listening", Value: 'l'},
	{Name: "bound-inactive", Value: 'B'},
	{Name: "ipv4", Value: '4'},
	{Name: "ipv6", Value: '6'},
	{Name: "packet", Value: '0'},
	{Name: "family", Arg: getopt.Required, Value: 'f'},
	{Name: "socket", Arg: getopt.Required, Value: 'A'},
	{Name: "query", Arg: getopt.Required, Value: 'A'},
	{Name: "summary", Value: 's'},
	{Name: "diag", Arg: getopt.Required, Value: 'D'},
	{Name: "filter", Arg: getopt.Required, Value: 'F'},
	{Name: "version", Value: 'V'},
	{Name: "help", Value: 'h'},
	{Name: "context", Value: 'Z'},
	{Name: "contexts", Value: 'z'},
	{Name: "net", Arg: getopt.Required, Value: 'N'},
	{Name: "tipcinfo", Value: optTIPCInfo},
	{Name: "tos", Value: optTOS},
	{Name: "cgroup", Value: optCgroup},
	{Name: "kill", Value: 'K'},
	{Name: "no-header", Value: 'H'},
	{Name: "no-queues", Value: 'Q'},
	{Name: "xdp", Value: optXDP},
	{Name: "mptcp", Value: 'M'},
	{Name: "oneline", Value: 'O'},
	{Name: "inet-sockopt", Value: optSockOpt},
	{Name: "bpf-maps", Value: optMaps},
	{Name: "bpf-map-id", Arg: getopt.Required, Value: optMapID},
}

// flags are the options that only set something, by their value.
var flags = [...]func(*options){
	'H':         func(o *options) { o.noHeader = true },
	'Q':         func(o *options) { o.noQueues = true },
	'O':         func(o *options) { o.oneline = true },
	'n':         func(o *options) { o.numeric = true },
	'r':         func(o *options) { o.resolve = true },
	'o':         func(o *options) { o.timer = true },
	'e':         func(o *options) { o.timer, o.extended = true, true },
	'm':         func(o *options) { o.memory = true },
	'i':         func(o *options) { o.info = true },
	'p':         func(o *options) { o.processes = true },
	'T':         func(o *options) { o.threads = true },
	'b':         func(o *options) { o.timer, o.bpf = true, true },
	's':         func(o *options) { o.summary = true },
	'E':         func(o *options) { o.events = true },
	'K':         func(o *options) { o.kill = true },
	optTIPCInfo: func(o *options) { o.tipcInfo = true },
	optTOS:      func(o *options) { o.tos = true },
	optCgroup:   func(o *options) { o.cgroup = true },
	optSockOpt:  func(o *options) { o.sockOpt = true },
}

// tableOptions are those that add a table.
var tableOptions = [...]tableSet{
	't': 1 << tableTCP, 'u': 1 << tableUDP, 'w': 1 << tableRaw, 'S': 1 << tableSCTP, 'M': 1 << tableMPTCP,
}

// familyOptions are those that add a family.
var familyOptions = [...]uint8{
	'4': unix.AF_INET, '6': unix.AF_INET6, 'x': unix.AF_UNIX, '0': unix.AF_PACKET,
	optTIPC: unix.AF_TIPC, optVsock: unix.AF_VSOCK, optXDP: unix.AF_XDP,
}

// parse applies the options one by one: they take effect before the rest is parsed. It returns the other
// words.
func (p *program) parse(name string, args []string) (words []string, err error) {
	g := getopt.New(name, args, shortOptions, longOptions)
	for g.Next() {
		o := g.Option()
		if err := p.option(o.Value, o.Arg); err != nil {
			return nil, err
		}
	}
	if err := g.Err(); err != nil {
		return nil, usageError(err.Error() + "\n")
	}
	return g.Operands(), nil
}

// option applies an option.
func (p *program) option(value int, arg string) error {
	if value < len(flags) && flags[value] != nil {
		flags[value](&p.opt)
		return nil
	}
	if value < len(tableOptions) && tableOptions[value] != 0 {
		p.sel.addTables(tableOptions[value])
		return nil
	}
	if value < len(familyOptions) && familyOptions[value] != 0 {
		p.sel.addFamily(familyOptions[value])
		return nil
	}
	switch value {
	case 'a':
		p.sel.states = allStates
	case 'l':
		p.sel.states = listenStates
	case 'B':
		p.sel.states = boundStates
	case 'V', 'v':
		return exit{code: 0, stdout: version}
	case 'h':
		return exit{code: 0, stdout: usage}
	case 'Z', 'z':
		return fail(1, "ss: SELinux is not enabled.\n")
	case 'f':
		return p.family(arg)
	case 'A':
		return p.query(arg)
	}
	return p.fileOption(value, arg)
}

// fileOption applies an option that names a file, a map or a namespace.
func (p *program) fileOption(value int, arg string) error {
	switch value {
	case 'D':
		p.opt.dump = &arg
	case 'F':
		return p.openFilter(arg)
	case 'N':
		return p.enterNamespace(arg)
	case optMaps:
		return p.allMaps()
	case optMapID:
		return p.oneMap(arg)
	}
	return nil
}

// family parses the word of -f.
func (p *program) family(name string) error {
	if name == "help" {
		return exit{code: 0, stdout: usage}
	}
	for i := range familyInfos {
		if familyInfos[i].name == name {
			p.sel.addFamily(familyInfos[i].family)
			return nil
		}
	}
	return usageError("ss: \"" + name + "\" is invalid family\n")
}

// query parses the list of -A. The first one discards the tables named before.
func (p *program) query(list string) error {
	p.sel.startQuery()
	for item := range strings.SplitSeq(list, ",") {
		name, not := strings.CutPrefix(item, "!")
		set, ok := queryNames()[name]
		if !ok {
			return usageError("ss: \"" + item + "\" is illegal socket table id\n")
		}
		if not {
			p.sel.tables &^= set
		} else {
			p.sel.addTables(set)
		}
	}
	return nil
}

// Options returns the tables of the parser, for tests of the documents: letters, and long options.
func Options() (short string, long []getopt.Long) { return shortOptions, longOptions }

package bench

import (
	"cmp"
	"strings"

	"github.com/nlstat/nlstat/integration/load"
)

// A Workload is one load and what is measured over it.
type Workload struct {
	Name   string
	Size   int // of a growth's workload: how many there are of what it is about
	Spec   load.Spec
	Groups []Group
}

// A Group compares commands with the same result. The first is the base of the ratios.
type Group struct {
	Name     string
	Commands []Command
	Runs     int // at most so many, for commands that take long; 0 = as many as were requested
}

// A Command is a program with its arguments.
type Command struct {
	Label string   // in the table
	From  Origin   // where the program is
	Args  []string // Args[0] is its name
	Rows  Counter
	Want  int // rows; negative = at least -Want
	Peak  int // MiB that one of our programs may use; 0 = usualPeak
	// Incomplete lets nlstat say by its exit code that some processes could not be searched.
	Incomplete bool
	Goals      []Goal
}

// within allows a command more memory than is usual.
func (c Command) within(peak int) Command {
	c.Peak = peak
	return c
}

// of makes the command that line spells, labeled by it and by where it is from.
func of(from Origin, line string, rows Counter, want int, goals ...Goal) Command {
	labels := map[Origin]string{
		Reference: "reference " + line, Installed: "installed " + line, Bound: "bare recv loop",
	}
	label := cmp.Or(labels[from], strings.TrimPrefix(line, "peers "))
	return Command{Label: label, From: from, Args: strings.Fields(line), Rows: rows, Want: want, Goals: goals}
}

// Origin is the origin of a command's program.
type Origin uint8

// The origins.
const (
	Ours      Origin = iota // built from this repository
	Reference               // the tool that ours copies
	Installed               // installed here, left out where it is not
	Bound                   // recvloop/recvloop.c
	Peer                    // integration/bench/peers: libraries that do the same
)

// A Goal is a limit of a ratio of medians: other / this is Times at least, or, with Within, this / other is
// Times at most.
type Goal struct {
	Other  string // label of a command of the same group
	Within bool
	Times  float64
}

// Memory that our programs may use, in MiB: however many sockets there are, where every descriptor of the
// machine is indexed for owners, and for routes.
const (
	usualPeak  = 16
	ownersPeak = 64
	routesPeak = 20
)

// Quick is the suite for use while working: it takes about a minute.
func Quick() []Workload {
	return []Workload{tcp("tcp-20k", 20_000)}
}

// Full is the suite behind docs/benchmarks.
func Full() []Workload {
	large := tcp("tcp-200k", 200_000)
	large.Groups = append(large.Groups, listings(200_000)...)
	return []Workload{
		start(),
		tcp("tcp-1k", 1000),
		tcp("tcp-10k", 10_000),
		tcp("tcp-100k", 100_000),
		large,
		tcp("tcp-1m", 1_000_000),
		udp(15_000),
		unixSockets(20_000),
		routes(1_000_000),
		flows(50_000),
		processes(2000),
		spaces(200),
	}
}

// promised is the number of sockets for which the goals hold: with fewer, the start time dominates, with
// more the length of the chains in the kernel's tables.
const promised = 200_000

func tcp(name string, n int) Workload {
	var ssGoals, netstatGoals, infoGoals []Goal
	if n == promised {
		ssGoals = []Goal{
			{Other: "reference ss -Htan", Times: 2.5},
			{Other: "bare recv loop", Within: true, Times: 1.15},
		}
		netstatGoals = []Goal{{Other: "reference netstat -tan", Times: 4}}
		infoGoals = []Goal{{Other: "reference ss -HtaniO", Times: 2.5}}
	}
	netstat := []Command{
		of(Reference, "netstat -tan", Lines(2), n),
		of(Ours, "netstat -tan", Lines(2), n, netstatGoals...),
	}
	if n <= promised { // beyond, it takes minutes
		netstat = append(netstat, of(Peer, "peers gopsutil", Number(), n))
	}
	return Workload{Name: name, Spec: load.Spec{TCP: n}, Groups: []Group{
		{Name: "ss", Commands: []Command{
			of(Reference, "ss -Htan", Lines(0), n),
			of(Ours, "ss -Htan", Lines(0), n, ssGoals...),
			of(Bound, "recvloop", Number(), n),
			of(Peer, "peers vishvananda", Number(), n),
		}},
		{Name: "netstat", Commands: netstat},
		{Name: "nlstat", Commands: []Command{
			of(Ours, "nlstat", Lines(1), n).within(ownersPeak),
			of(Ours, "nlstat --json", JSON(), n).within(ownersPeak),
			of(Ours, "nlstat --jsonl", Lines(0), n).within(ownersPeak),
			of(Ours, "nlstat --csv", Lines(1), n).within(ownersPeak),
		}},
		{Name: "info", Commands: []Command{
			of(Reference, "ss -HtaniO", Lines(0), n),
			of(Ours, "ss -HtaniO", Lines(0), n, infoGoals...),
		}},
	}}
}

// listings are the other commands over n TCP sockets, none of which listens.
func listings(n int) []Group {
	beside := func(line string, rows Counter, want int, times float64) []Command {
		goal := Goal{Other: "reference " + line, Times: times}
		return []Command{of(Reference, line, rows, want), of(Ours, line, rows, want, goal)}
	}
	owners := append(
		beside("ss -Htanp", Lines(0), n, 40), beside("netstat -tanp", Lines(2), n, 40)...)
	owners = append(owners, of(Ours, "nlstat -t --all --jsonl=proto,state,local,remote,process,pid", Lines(0), n,
		Goal{Other: "reference ss -Htanp", Times: 30}))
	for i := range owners {
		owners[i].Peak = ownersPeak
	}
	return []Group{
		{Name: "details", Commands: beside("ss -Htane", Lines(0), n, 2.5)},
		{Name: "timers", Commands: beside("netstat -tano", Lines(2), n, 3)},
		{Name: "listeners", Commands: beside("ss -Htln", Lines(0), 0, 5)},
		{Name: "port", Commands: beside("ss -Htan sport = 1", Lines(0), 0, 1)},
		{Name: "device", Commands: beside("ss -Htan dev lo", Lines(0), 0, 2)},
		{Name: "columns", Commands: []Command{
			of(Bound, "recvloop", Number(), n),
			of(Ours, "nlstat -t --all -c proto,state,local,remote,recvq", Lines(1), n,
				Goal{Other: "bare recv loop", Within: true, Times: 1}),
		}},
		{Name: "owners", Commands: owners, Runs: 3},
	}
}

// one is the only group of a workload.
func one(name string, commands ...Command) []Group {
	return []Group{{Name: name, Commands: commands}}
}

// start has nothing to list.
func start() Workload {
	installed := Goal{Other: "installed ss -Htln", Within: true, Times: 1}
	native := Goal{Other: "installed ss -Htln", Within: true, Times: 1.3}
	return Workload{Name: "start", Groups: one("start",
		of(Installed, "ss -Htln", Lines(0), 0),
		of(Ours, "ss -Htln", Lines(0), 0, installed),
		of(Ours, "nlstat listen", Lines(1), 0, native),
		of(Reference, "netstat -tln", Lines(2), 0),
		of(Ours, "netstat -tln", Lines(2), 0, Goal{Other: "reference netstat -tln", Within: true, Times: 1}),
	)}
}

func udp(n int) Workload {
	return Workload{Name: "udp", Spec: load.Spec{UDP: n}, Groups: one("udp",
		of(Reference, "ss -Huan", Lines(0), n),
		of(Ours, "ss -Huan", Lines(0), n),
		of(Reference, "netstat -uan", Lines(2), n),
		of(Ours, "netstat -uan", Lines(2), n),
	)}
}

func unixSockets(n int) Workload {
	return Workload{Name: "unix", Spec: load.Spec{Unix: n}, Groups: one("unix",
		of(Reference, "ss -Hxa", Lines(0), n),
		of(Ours, "ss -Hxa", Lines(0), n),
		of(Reference, "netstat -xan", Lines(2), n),
		of(Ours, "netstat -xan", Lines(2), n, Goal{Other: "reference netstat -xan", Times: 1}),
	)}
}

func routes(n int) Workload {
	return Workload{Name: "routes", Spec: load.Spec{Routes: n}, Groups: one("routes",
		of(Reference, "netstat -rn", Lines(2), n),
		of(Ours, "netstat -rn", Lines(2), n, Goal{Other: "reference netstat -rn", Times: 3}).within(routesPeak),
		of(Ours, "nlstat routes --jsonl", Lines(0), -n).within(routesPeak),
		of(Peer, "peers vishvananda routes", Number(), -n),
		of(Peer, "peers jsimonetti routes", Number(), -n),
	)}
}

func flows(n int) Workload {
	return Workload{Name: "conntrack", Spec: load.Spec{Conntrack: n}, Groups: one("conntrack",
		of(Installed, "conntrack -L", Lines(0), n),
		of(Ours, "nlstat nat --all", Lines(1), n),
	)}
}

// processes has five sockets each, whose owners are requested.
func processes(n int) Workload {
	rows := 5 * n
	return Workload{Name: "processes", Spec: load.Spec{Processes: n}, Groups: one("owners",
		of(Reference, "ss -Huanp", Lines(0), rows),
		of(Ours, "ss -Huanp", Lines(0), rows).within(ownersPeak),
		of(Reference, "netstat -uanp", Lines(2), rows),
		of(Ours, "netstat -uanp", Lines(2), rows).within(ownersPeak),
		of(Installed, "lsof -nP -i4UDP", Lines(1), -rows),
	)}
}

func spaces(n int) Workload {
	spec := load.Spec{NetNS: n, UDP: 100}
	all := of(Ours, "nlstat --all-netns", Lines(1), -100)
	all.Incomplete = true
	return Workload{Name: "namespaces", Spec: spec, Groups: one("namespaces", all)}
}

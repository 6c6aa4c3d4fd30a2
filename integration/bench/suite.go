package bench

import (
	"cmp"
	"strings"

	"github.com/nlstat/nlstat/integration/load"
)

// A Workload is one load and what is measured over it.
type Workload struct {
	Name   string
	Spec   load.Spec
	Groups []Group
}

// A Group compares commands that answer the same question. The first is what the others are measured
// against.
type Group struct {
	Name     string
	Commands []Command
}

// A Command is a program with its arguments.
type Command struct {
	Label string   // in the table
	From  Origin   // where the program is
	Args  []string // Args[0] is its name
	Rows  Counter
	Want  int // rows; negative = at least -Want
	Goals []Goal
}

// of makes the command that line spells, labeled by it and by where it is from.
func of(from Origin, line string, rows Counter, want int, goals ...Goal) Command {
	labels := map[Origin]string{Reference: "reference " + line, Bound: "bare recv loop"}
	label := cmp.Or(labels[from], strings.TrimPrefix(line, "peers "))
	return Command{Label: label, From: from, Args: strings.Fields(line), Rows: rows, Want: want, Goals: goals}
}

// Origin says whose program a command is.
type Origin uint8

// The origins.
const (
	Ours      Origin = iota // built from this repository
	Reference               // the tool that ours copies
	Installed               // installed here, left out where it is not
	Bound                   // recvloop/recvloop.c
	Peer                    // integration/bench/peers: libraries that do the same
)

// A Goal is a promise about a ratio of medians: other / this is Times at least, or, with Within,
// this / other is Times at most.
type Goal struct {
	Other  string // label of a command of the same group
	Within bool
	Times  float64
}

// peakGoal is what any of our programs may use, in KiB, however many sockets there are.
const peakGoal = 16 << 10

// Quick is the suite for a look while working: a minute or so.
func Quick() []Workload {
	return []Workload{tcp("tcp-20k", 20_000)}
}

// Full is the suite behind docs/benchmarks.
func Full() []Workload {
	return []Workload{
		tcp("tcp-1k", 1000),
		tcp("tcp-10k", 10_000),
		tcp("tcp-100k", 100_000),
		tcp("tcp-200k", 200_000),
		tcp("tcp-1m", 1_000_000),
		udp(15_000),
		unixSockets(20_000),
		routes(1_000_000),
		flows(50_000),
		processes(2000),
		spaces(200),
	}
}

// goalsFrom is the number of sockets from which on the promises about speed hold: below, it is the time
// to start that counts.
const goalsFrom = 200_000

func tcp(name string, n int) Workload {
	var ssGoals, netstatGoals []Goal
	if n >= goalsFrom {
		ssGoals = []Goal{
			{Other: "reference ss -Htan", Times: 2.5},
			{Other: "bare recv loop", Within: true, Times: 1.15},
		}
		netstatGoals = []Goal{{Other: "reference netstat -tan", Times: 4}}
	}
	netstat := []Command{
		of(Reference, "netstat -tan", Lines(2), n),
		of(Ours, "netstat -tan", Lines(2), n, netstatGoals...),
	}
	if n <= goalsFrom { // beyond, it takes minutes
		netstat = append(netstat, of(Peer, "peers gopsutil", Number(), n))
	}
	return Workload{Name: name, Spec: load.Spec{TCP: n}, Groups: []Group{
		{"ss", []Command{
			of(Reference, "ss -Htan", Lines(0), n),
			of(Ours, "ss -Htan", Lines(0), n, ssGoals...),
			of(Bound, "recvloop", Number(), n),
			of(Peer, "peers vishvananda", Number(), n),
		}},
		{"netstat", netstat},
		{"nlstat", []Command{
			of(Ours, "nlstat", Lines(1), n),
			of(Ours, "nlstat --json", JSON(), n),
			of(Ours, "nlstat --jsonl", Lines(0), n),
			of(Ours, "nlstat --csv", Lines(1), n),
		}},
		{"info", []Command{
			of(Reference, "ss -HtaniO", Lines(0), n),
			of(Ours, "ss -HtaniO", Lines(0), n),
		}},
	}}
}

func udp(n int) Workload {
	return Workload{Name: "udp", Spec: load.Spec{UDP: n}, Groups: []Group{{"udp", []Command{
		of(Reference, "ss -Huan", Lines(0), n),
		of(Ours, "ss -Huan", Lines(0), n),
		of(Reference, "netstat -uan", Lines(2), n),
		of(Ours, "netstat -uan", Lines(2), n),
	}}}}
}

func unixSockets(n int) Workload {
	return Workload{Name: "unix", Spec: load.Spec{Unix: n}, Groups: []Group{{"unix", []Command{
		of(Reference, "ss -Hxa", Lines(0), n),
		of(Ours, "ss -Hxa", Lines(0), n),
		of(Reference, "netstat -xan", Lines(2), n),
		of(Ours, "netstat -xan", Lines(2), n),
	}}}}
}

func routes(n int) Workload {
	return Workload{Name: "routes", Spec: load.Spec{Routes: n}, Groups: []Group{{"routes", []Command{
		of(Reference, "netstat -rn", Lines(2), n),
		of(Ours, "netstat -rn", Lines(2), n),
	}}}}
}

func flows(n int) Workload {
	return Workload{Name: "conntrack", Spec: load.Spec{Conntrack: n}, Groups: []Group{{"conntrack", []Command{
		of(Installed, "conntrack -L", Lines(0), n),
		of(Ours, "nlstat nat --all", Lines(1), n),
	}}}}
}

// processes has five sockets each, whose owners are asked for.
func processes(n int) Workload {
	rows := 5 * n
	return Workload{Name: "processes", Spec: load.Spec{Processes: n}, Groups: []Group{{"owners", []Command{
		of(Reference, "ss -Huanp", Lines(0), rows),
		of(Ours, "ss -Huanp", Lines(0), rows),
		of(Reference, "netstat -uanp", Lines(2), rows),
		of(Ours, "netstat -uanp", Lines(2), rows),
		of(Installed, "lsof -nP -i4UDP", Lines(1), -rows),
	}}}}
}

func spaces(n int) Workload {
	spec := load.Spec{NetNS: n, UDP: 100}
	return Workload{Name: "namespaces", Spec: spec, Groups: []Group{{"namespaces", []Command{
		of(Ours, "nlstat --all-netns", Lines(1), -100),
	}}}}
}

package bench

import "github.com/nlstat/nlstat/integration/load"

// A Curve is something that there may be many of, and the commands whose cost is followed over its sizes.
type Curve struct {
	Name     string
	Sizes    []int // of the page
	Small    []int // of the tests
	Spec     func(n int) load.Spec
	Commands func(n int) []Growing
}

// A Growing is a command whose cost grows with the size of a curve.
type Growing struct {
	Command
	Constant bool // docs/performance.md says that its memory does not grow
}

// Curves are what docs/performance.md lists.
func Curves() []Curve {
	constant := func(line string, rows Counter, want int) Growing {
		return Growing{Command: of(Ours, line, rows, want), Constant: true}
	}
	growing := func(line string, rows Counter, want int) Growing { return Growing{Command: of(Ours, line, rows, want)} }
	incomplete := func(g Growing) Growing {
		g.Incomplete = true
		return g
	}
	return []Curve{
		{
			"TCP sockets",
			[]int{1000, 10_000, 100_000, 1_000_000},
			[]int{4000, 30_000, 200_000},
			func(n int) load.Spec { return load.Spec{TCP: n} },
			func(n int) []Growing {
				return []Growing{
					constant("ss -Htan", Lines(0), n),
					constant("ss -Htane", Lines(0), n),
					constant("ss -HtaniO", Lines(0), n),
					growing("ss -Htanp", Lines(0), n),
					constant("netstat -tan", Lines(2), n),
					growing("netstat -tanp", Lines(2), n),
					constant("nlstat -t -a -c proto,state,local,remote,recvq", Lines(1), n),
					constant("nlstat -t -a --jsonl=proto,state,local,remote,recvq,sendq,uid", Lines(0), n),
					constant("nlstat -H -t -a --count", Number(), n),
					constant("nlstat -t -a -c local --sort=-sendq --head=10", Lines(1), 10),
					growing("nlstat -t -a -c local --sort=remote", Lines(1), n),
					growing("nlstat -t -a", Lines(1), n),
					growing("nlstat -t -a -g process", Lines(1), -1),
					constant("nlstat summary", Lines(1), -1),
				}
			},
		},
		{
			"threads of a listener",
			[]int{1000, 4000, 20_000},
			[]int{500, 2000, 6000},
			func(n int) load.Spec { return load.Spec{Threads: n} },
			func(int) []Growing {
				return []Growing{growing("ss -HtlnpT", Lines(0), 1), growing("ss -Htlnp", Lines(0), 1), growing("nlstat listen", Lines(1), 1)}
			},
		},
		{
			"namespaces",
			[]int{50, 200, 1000},
			[]int{20, 60, 180},
			func(n int) load.Spec { return load.Spec{NetNS: n, UDP: 100} },
			func(int) []Growing {
				return []Growing{
					incomplete(growing("nlstat --all-netns", Lines(1), -100)), incomplete(growing("nlstat links --all-netns", Lines(1), -1)),
				}
			},
		},
		{
			"links",
			[]int{100, 600, 3000},
			[]int{100, 300, 900},
			func(n int) load.Spec { return load.Spec{Links: n} },
			func(n int) []Growing {
				return []Growing{
					growing("netstat -ia", Lines(2), n+1), growing("nlstat links", Lines(1), n+1), growing("nlstat links --json", JSON(), n+1),
				}
			},
		},
		{
			"routes",
			[]int{3000, 30_000, 300_000},
			[]int{5000, 20_000, 80_000},
			func(n int) load.Spec { return load.Spec{Routes: n} },
			func(n int) []Growing {
				return []Growing{constant("netstat -rn", Lines(2), n), constant("nlstat routes --jsonl", Lines(0), -n)}
			},
		},
		{
			"flows",
			[]int{1000, 10_000, 100_000},
			[]int{1000, 4000, 16_000},
			func(n int) load.Spec { return load.Spec{Conntrack: n} },
			func(n int) []Growing { return []Growing{constant("nlstat nat --all", Lines(1), n)} },
		},
		{
			"unix sockets",
			[]int{500, 5000, 50_000},
			[]int{2000, 8000, 32_000},
			func(n int) load.Spec { return load.Spec{Unix: n} },
			func(n int) []Growing {
				return []Growing{
					constant("ss -Hxa", Lines(0), n), growing("netstat -xan", Lines(2), n), growing("nlstat -x -a", Lines(1), n),
				}
			},
		},
	}
}

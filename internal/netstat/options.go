package netstat

import (
	"slices"
	"time"

	"github.com/nlstat/nlstat/internal/getopt"
)

// Options without a letter have another character; the family options share one.
const (
	optFamily       = 1
	optNumericHosts = '!'
	optNumericPorts = '@'
	optNumericUsers = '#'
)

// letters is getopt's short string. In the extended one -I is as in the manual. -T is refused, as by
// net-tools 2.10: programs try -W and -T, and count the output of both if both are accepted.
const (
	letters         = "A:CFMacdeghilnNoprsStuUvVWw2fx64?Z"
	extendedLetters = letters + "I:"
)

// longOptions is the table of long options. Its order determines abbreviations and lists of candidates.
var longOptions = []getopt.Long{
	{Name: "ax25", Value: optFamily},
	{Name: "x25", Value: optFamily},
	{Name: "ip", Value: optFamily},
	{Name: "ipx", Value: optFamily},
	{Name: "appletalk", Value: optFamily},
	{Name: "netrom", Value: optFamily},
	{Name: "inet", Value: optFamily},
	{Name: "inet6", Value: optFamily},
	{Name: "ddp", Value: optFamily},
	{Name: "rose", Value: optFamily},
	{Name: "unix", Value: optFamily},
	{Name: "bluetooth", Value: optFamily},
	{Name: "tcpip", Value: optFamily},
	{Name: "version", Value: 'V'},
	{Name: "interfaces", Value: 'i'},
	{Name: "help", Value: 'h'},
	{Name: "route", Value: 'r'},
	{Name: "masquerade", Value: 'M'},
	{Name: "protocol", Arg: getopt.Required, Value: 'A'},
	{Name: "tcp", Value: 't'},
	{Name: "sctp", Value: 'S'},
	{Name: "udp", Value: 'u'},
	{Name: "udplite", Value: 'U'},
	{Name: "raw", Value: 'w'},
	{Name: "unix", Value: 'x'},
	{Name: "l2cap", Value: '2'},
	{Name: "rfcomm", Value: 'f'},
	{Name: "listening", Value: 'l'},
	{Name: "all", Value: 'a'},
	{Name: "timers", Value: 'o'},
	{Name: "continuous", Value: 'c'},
	{Name: "extend", Value: 'e'},
	{Name: "programs", Value: 'p'},
	{Name: "verbose", Value: 'v'},
	{Name: "statistics", Value: 's'},
	{Name: "wide", Value: 'W'},
	{Name: "numeric", Value: 'n'},
	{Name: "numeric-hosts", Value: optNumericHosts},
	{Name: "numeric-ports", Value: optNumericPorts},
	{Name: "numeric-users", Value: optNumericUsers},
	{Name: "symbolic", Value: 'N'},
	{Name: "cache", Value: 'C'},
	{Name: "fib", Value: 'F'},
	{Name: "groups", Value: 'g'},
	{Name: "context", Value: 'Z'},
}

// extendedLongOptions adds long names that are in the manual only.
func extendedLongOptions() []getopt.Long {
	long := slices.Clone(longOptions)
	for i := range long {
		if long[i].Name == "interfaces" {
			long[i].Arg = getopt.Optional
		}
	}
	return append(long, getopt.Long{Name: "notrim", Value: 'T', Exact: true})
}

// options is the command line: as typed, and after settle its meaning.
type options struct {
	strict   bool      // exactly as the reference
	times    [128]int  // number of times each option was given, by its letter or character
	families []string  // canonical names in the given order, repetitions included
	raised   familySet // families as a set
	device   string    // the one interface of -i, "" = all
	interval time.Duration

	inet, inet6 bool // which versions of the IP protocols are shown
	selected    bool // only selected protocols and families are shown
	quiet       bool // protocols that the kernel lacks are skipped without a message
}

// given reports whether an option was given at all.
func (o *options) given(letter byte) bool { return o.times[letter] > 0 }

func (o *options) numericHosts() bool { return o.given('n') || o.given(optNumericHosts) }
func (o *options) numericPorts() bool { return o.given('n') || o.given(optNumericPorts) }
func (o *options) numericUsers() bool { return o.given('n') || o.given(optNumericUsers) }
func (o *options) wide() bool         { return o.given('W') || o.given('T') }
func (o *options) programs() bool     { return o.given('p') || o.given('Z') }

// parse parses the command line. Some options take effect at once, so options before them apply and later
// ones do not. done reports whether the run is over.
func (t *tool) parse(args []string) (code status, done bool) {
	short, long := extendedLetters, extendedLongOptions()
	if t.strict {
		short, long = letters, longOptions
	}
	p := getopt.New(t.name, args, short, long)
	for p.Next() {
		o := p.Option()
		if o.Value == optFamily {
			code, done = t.familyOption(long[o.Index].Name)
		} else {
			code, done = t.option(byte(o.Value), o.Arg)
		}
		if done {
			return code, true
		}
	}
	if err := p.Err(); err != nil {
		t.complain("%v\n", err)
		return t.usage(t.stderr, statusUsage), true
	}
	if t.modes() > 1 {
		return t.usage(t.stderr, statusUsage), true
	}
	t.settle()
	t.setDelay(p.Operands())
	return statusOK, false
}

// Options returns the tables of the parser, for tests of the documents: letters, and long options.
func Options() (short string, long []getopt.Long) { return extendedLetters, extendedLongOptions() }

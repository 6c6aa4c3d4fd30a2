package netstat

import (
	"math"
	"strconv"
	"time"
)

// option applies one option. done reports whether it ends the run with code.
func (t *tool) option(letter byte, arg string) (code status, done bool) {
	switch letter {
	case '?':
		return t.usage(t.stderr, statusUsage), true
	case 'h':
		return t.usage(nil, statusOK), true
	case 'V':
		t.version()
		return statusOK, true
	case 'A':
		return statusMissing, !t.addFamilies(arg)
	case '4':
		return statusMissing, !t.addFamilies("inet")
	case '6':
		return statusMissing, !t.addFamilies("inet6")
	case 'x':
		return statusMissing, !t.addFamilies("unix")
	case 'Z':
		if !selinuxEnabled() {
			t.complain("SELinux is not enabled on this machine.\n")
			return statusMissing, true
		}
	case 'I', 'i':
		if arg != "" {
			t.device = deviceName(arg)
		}
	}
	t.times[letter]++
	return statusOK, false
}

// deviceName removes the equal sign of the manual's -I=eth0.
func deviceName(arg string) string {
	if arg[0] == '=' {
		return arg[1:]
	}
	return arg
}

// familyOption applies a long option that is a family word. The reference rejects the last one, --tcpip.
func (t *tool) familyOption(name string) (code status, done bool) {
	if name == "tcpip" && t.strict {
		t.complain("netstat.c: Internal Error `longopts 1 range'.\n")
		return statusOK, false
	}
	return statusMissing, !t.addFamilies(name)
}

// modes counts the options that choose the table, of which one is allowed. Repetitions count.
func (o *options) modes() int {
	n := o.times['r'] + o.times['i'] + o.times['M'] + o.times['s']
	if o.given('I') && !o.given('i') {
		n++
	}
	return n
}

// protocolLetters are the options that select an IP protocol.
var protocolLetters = [...]byte{'t', 'S', 'u', 'U', 'w'}

// settle derives the meaning of the options.
func (o *options) settle() {
	o.inet, o.inet6 = o.raised&famInet != 0, o.raised&famInet6 != 0
	protocols := 0
	for _, l := range protocolLetters {
		protocols += o.times[l]
	}
	if (o.inet || o.inet6 || o.given('s')) && protocols == 0 {
		o.quiet = true
		protocols = len(protocolLetters)
		for _, l := range protocolLetters {
			o.times[l] = 1
		}
	}
	if protocols > 0 || o.given('g') {
		if !o.inet && !o.inet6 {
			o.inet, o.inet6 = true, true
		}
		o.selected = true
	}
	if o.raised&famBluetooth != 0 && !o.given('2') && !o.given('f') {
		o.times['2'], o.times['f'] = 1, 1
	}
	// other family words select nothing, so that everything is shown
	const selecting = famUnix | famIPX | famAX25 | famX25 | famNetrom | famRose
	o.selected = o.selected || o.raised&selecting != 0 || o.given('2') || o.given('f')
}

// shown reports whether the section of an IP protocol, by its letter, is shown.
func (o *options) shown(letter byte) bool { return !o.selected || o.given(letter) }

// familyShown reports whether the section of a family other than IP is shown.
func (o *options) familyShown(f familySet) bool { return !o.selected || o.raised&f != 0 }

// setDelay takes the interval of -c from the first operand, in seconds. Without -c, and always in the
// reference, operands are ignored.
func (o *options) setDelay(operands []string) {
	o.interval = time.Second
	if o.strict || !o.given('c') || len(operands) == 0 {
		return
	}
	seconds, err := strconv.ParseFloat(operands[0], 64)
	if err == nil && seconds > 0 && seconds < math.MaxInt32 {
		o.interval = time.Duration(seconds * float64(time.Second))
	}
}

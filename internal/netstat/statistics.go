package netstat

import (
	"strconv"
	"strings"
)

// statistics prints the counters of -s, once, and succeeds even if files are missing.
func (t *tool) statistics() status {
	p := statPrinter{t: t, sections: statSections()}
	switch families := strings.Join(t.families, ","); families {
	case "", "inet":
		p.inet()
	case "inet6":
		p.inet6()
	default:
		t.out.text("netstat: No statistics support for specified address family: " + families + "\n")
		return statusMissing
	}
	return statusOK
}

// statPrinter prints counters in their order.
type statPrinter struct {
	t        *tool
	sections map[string]statSection

	phrases map[string]phrase // of the section that is printed
	hidden  bool              // the section's group is not selected
	last    kind              // of the last counter with a phrase; determines the indentation
}

// histograms are the titles of the two kinds that have one.
var histograms = [...]string{
	inputHistogram:  "ICMP input histogram:",
	outputHistogram: "ICMP output histogram:",
}

// section begins a section. One without phrases inherits the indentation of the previous one.
func (p *statPrinter) section(name string) {
	s, known := p.sections[name]
	p.phrases, p.hidden = s.phrases, known && !p.t.given(s.group)
	if known {
		p.last = always
	}
	if p.hidden {
		return
	}
	p.t.out.text(name + ":\n")
}

// counter prints one counter of the section. The title of a histogram is printed with its first counter, even
// if that is zero.
func (p *statPrinter) counter(key string, value uint64) {
	if p.hidden {
		return
	}
	ph, known := p.phrases[key]
	b := p.t.out.buf
	switch {
	case ph.kind == never:
		return
	case !known:
		if value == 0 {
			return
		}
		b = append(append(p.indent(b), key...), ": "...)
		b = append(strconv.AppendUint(b, value, 10), '\n')
	default:
		if title := histograms[ph.kind]; title != "" && ph.kind != p.last {
			b = append(append(p.indent(b), title...), '\n')
		}
		if value == 0 && ph.kind == nonzero {
			return
		}
		p.last = ph.kind
		if value != 0 || ph.kind == always {
			b = append(ph.appendTo(p.indent(b), value), '\n')
		}
	}
	p.t.out.row(b)
}

// indent appends the indentation of a line.
func (p *statPrinter) indent(b []byte) []byte {
	if histograms[p.last] != "" {
		b = append(b, "    "...)
	}
	return append(b, "    "...)
}

// appendTo appends the phrase with its value.
func (ph *phrase) appendTo(b []byte, value uint64) []byte {
	before, after, _ := strings.Cut(ph.text, "#")
	b = append(b, before...)
	b = strconv.AppendUint(b, value, 10)
	return append(b, after...)
}

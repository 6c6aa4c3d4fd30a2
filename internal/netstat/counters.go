package netstat

import (
	"cmp"
	"errors"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/mib"
)

// procRoot is the directory of the reference, in the namespace of the process, not of the thread.
const procRoot = "/proc"

// read reads the counters. Missing files are not an error; one that cannot be parsed is reported, and its
// parsed part is shown.
func (p *statPrinter) read(sources mib.Source) *mib.Snapshot {
	r := mib.Reader{Config: mib.Config{ProcRoot: cmp.Or(p.t.root, procRoot), Sources: sources}}
	s := &mib.Snapshot{}
	if err := r.Read(s); err != nil {
		if errors.Is(err, mib.ErrMalformed) {
			p.t.complain("Problem while parsing " + procRoot + "/net/snmp\n")
		} else {
			p.t.complain("netstat: %v\n", err)
		}
	}
	return s
}

// missing reports that a required file is missing.
func (p *statPrinter) missing(file string) {
	p.t.complain("cannot open %s/net/%s: %s\n", procRoot, file, strerror(unix.ENOENT))
}

// inet prints IPv4 and the protocols above. The first file is required, the others are optional.
func (p *statPrinter) inet() {
	s := p.read(mib.SourceSNMP | mib.SourceNetstat | mib.SourceSCTP)
	if s.Missing&mib.SourceSNMP != 0 {
		p.missing("snmp")
		return
	}
	p.print(s, mib.SourceSNMP|mib.SourceNetstat|mib.SourceSCTP, "")
}

// inet6 prints IPv6, and TCP of the counters that both versions share.
func (p *statPrinter) inet6() {
	s := p.read(mib.SourceSNMP | mib.SourceSNMP6)
	if s.Missing&mib.SourceSNMP6 != 0 {
		p.missing("snmp6")
		return
	}
	p.print(s, mib.SourceSNMP6, "")
	if s.Missing&mib.SourceSNMP != 0 {
		p.missing("snmp")
	}
	p.print(s, mib.SourceSNMP, "Tcp")
}

// print prints the sections of some files whose names begin with only, in the kernel's order.
func (p *statPrinter) print(s *mib.Snapshot, sources mib.Source, only string) {
	section := ""
	for i := range s.Metrics {
		m := &s.Metrics[i]
		if m.Source&sources == 0 || !strings.HasPrefix(m.Section, only) {
			continue
		}
		if m.Section != section {
			section = m.Section
			p.section(section)
		}
		if m.Source == mib.SourceSNMP6 {
			p.counter(m.Section+m.Name, m.Value)
		} else {
			p.counter(m.Name, m.Value)
		}
	}
}

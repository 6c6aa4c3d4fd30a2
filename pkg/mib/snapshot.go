package mib

import (
	"iter"
	"math"
	"strings"
	"time"
)

// A Metric is one named value.
type Metric struct {
	Section string // "Ip", "Tcp", "TcpExt", "Ip6", ...; of sockstat "sockstat TCP" and the like
	Name    string // as the kernel spells it: "RetransSegs"; of snmp6 without the section: "InReceives"
	Value   uint64 // see Signed
	Kind    Kind
	Source  Source // its file
}

// Signed returns the value of a setting that may be negative: Tcp MaxConn is -1 for "no limit".
func (m *Metric) Signed() int64 { return int64(m.Value) }

// A Snapshot is the values at one time, in the order of the files. The zero Snapshot is empty.
type Snapshot struct {
	Time    time.Time // when reading began
	Metrics []Metric  // overwritten by the next [Reader.Read] into this Snapshot
	Missing Source    // files that this kernel does not have

	section string // the current section
	source  Source
	index   map[key]int
	n       int // number of metrics parsed so far
}

type key struct{ section, name string }

func (m *Metric) key() key { return key{m.Section, m.Name} }

// Get returns a value by section and name, such as ("Tcp", "RetransSegs"). ok is false if the kernel
// does not report it.
func (s *Snapshot) Get(section, name string) (m Metric, ok bool) {
	i, ok := s.find(section, name)
	if !ok {
		return Metric{}, false
	}
	return s.Metrics[i], true
}

func (s *Snapshot) find(section, name string) (i int, ok bool) {
	if s.index == nil {
		s.index = make(map[key]int, len(s.Metrics))
		for i := range s.Metrics {
			k := s.Metrics[i].key()
			if _, twice := s.index[k]; !twice {
				s.index[k] = i
			}
		}
	}
	i, ok = s.index[key{section, name}]
	return i, ok
}

// Since yields every metric with its growth since an earlier Snapshot of the same namespace. That of a
// gauge or a setting may be negative. A counter that is missing from the earlier one counts from zero:
// the kernel leaves out ICMP types that did not occur.
func (s *Snapshot) Since(before *Snapshot) iter.Seq2[Metric, int64] {
	return func(yield func(Metric, int64) bool) {
		for i := range s.Metrics {
			m := s.Metrics[i]
			if !yield(m, m.since(before, i)) {
				return
			}
		}
	}
}

// since returns the difference to the earlier value, which is usually at the same index i.
func (m *Metric) since(before *Snapshot, i int) int64 {
	if i >= len(before.Metrics) || before.Metrics[i].key() != m.key() {
		var ok bool
		if i, ok = before.find(m.Section, m.Name); !ok {
			return int64(m.Value)
		}
	}
	return Delta(m.Kind, before.Metrics[i].Value, m.Value)
}

// Delta returns the growth from one value to a later one. A smaller counter has wrapped at 32 bits, as
// on 32-bit kernels, unless the earlier value has more; then it is of another namespace, and the
// growth is unknown: 0.
func Delta(k Kind, before, after uint64) int64 {
	if k != KindCount || after >= before {
		return int64(after - before)
	}
	if before <= math.MaxUint32 {
		return int64(uint32(after) - uint32(before))
	}
	return 0
}

// begin prepares the Snapshot for another read. The earlier names are kept to be reused.
func (s *Snapshot) begin() {
	s.n, s.Missing, s.section = 0, 0, ""
}

// end drops surplus metrics of the earlier read, and the index if positions have changed.
func (s *Snapshot) end() {
	if s.n < len(s.Metrics) {
		clear(s.Metrics[s.n:])
		s.Metrics = s.Metrics[:s.n]
		s.index = nil
	}
}

// add adds one value. If the earlier one at this index has the same name, its strings are reused.
func (s *Snapshot) add(name []byte, value uint64) {
	i := s.n
	s.n++
	if i < len(s.Metrics) {
		m := &s.Metrics[i]
		if m.Section == s.section && m.Name == string(name) {
			m.Value = value
			return
		}
	}
	m := Metric{Section: s.section, Name: string(name), Value: value, Source: s.source}
	m.Kind = kindOf(&m)
	s.index = nil
	if i < len(s.Metrics) {
		s.Metrics[i] = m
		return
	}
	s.Metrics = append(s.Metrics, m)
}

// enter sets the section of the following values to prefix + name.
func (s *Snapshot) enter(prefix string, name []byte) {
	if s.n < len(s.Metrics) {
		was := s.Metrics[s.n].Section
		if rest, ok := strings.CutPrefix(was, prefix); ok && rest == string(name) {
			s.section = was
			return
		}
	}
	s.section = prefix + string(name)
}

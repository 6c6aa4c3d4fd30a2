package mib

import (
	"bytes"
	"fmt"
)

// pairs parses pairs of lines, "Prefix: names" and "Prefix: values". Names without a value and values
// without a name are left out.
func (s *Snapshot) pairs(data []byte) error {
	for len(data) > 0 {
		var names, values []byte
		names, data = cutLine(data)
		if len(names) == 0 {
			continue
		}
		values, data = cutLine(data)
		section, names, ok := bytes.Cut(names, colon)
		other, values, also := bytes.Cut(values, colon)
		if !ok || !also || !bytes.Equal(section, other) {
			return fmt.Errorf("section %.40q: %w", section, ErrMalformed)
		}
		s.enter("", section)
		for {
			var name, value []byte
			name, names = cutWord(names)
			value, values = cutWord(values)
			if len(name) == 0 || len(value) == 0 {
				break
			}
			if err := s.number(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// lines6 parses lines of a name and a value. The section is the name up to its 6: "Ip6InReceives".
func (s *Snapshot) lines6(data []byte) error {
	return s.lines(data, func(name []byte) []byte {
		at := bytes.IndexByte(name, '6') + 1
		if at == 0 || at == len(name) {
			at = 0
		}
		s.enter("", name[:at])
		return name[at:]
	})
}

// linesSCTP parses the same format, with names that begin with Sctp and are not split.
func (s *Snapshot) linesSCTP(data []byte) error {
	return s.lines(data, func(name []byte) []byte {
		s.enter("", sctpSection)
		return name
	})
}

var (
	colon       = []byte(":")
	sctpSection = []byte("Sctp")
)

func (s *Snapshot) lines(data []byte, enter func(name []byte) []byte) error {
	for len(data) > 0 {
		var line []byte
		line, data = cutLine(data)
		name, line := cutWord(line)
		value, _ := cutWord(line)
		if len(name) == 0 || len(value) == 0 {
			continue
		}
		if err := s.number(enter(name), value); err != nil {
			return err
		}
	}
	return nil
}

// sockets parses lines "TCP: inuse 4 orphan 0".
func (s *Snapshot) sockets(data []byte) error {
	for len(data) > 0 {
		var line []byte
		line, data = cutLine(data)
		section, line, ok := bytes.Cut(line, colon)
		if !ok {
			continue
		}
		s.enter(sockstatPrefix, section)
		for {
			var name, value []byte
			name, line = cutWord(line)
			value, line = cutWord(line)
			if len(value) == 0 {
				break
			}
			if err := s.number(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// number parses one decimal value; a negative one is stored as two's complement.
func (s *Snapshot) number(name, value []byte) error {
	digits, minus := bytes.CutPrefix(value, []byte("-"))
	var v uint64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return fmt.Errorf("value %.40q of %.40q: %w", value, name, ErrMalformed)
		}
		v = v*10 + uint64(c-'0')
	}
	if len(digits) == 0 {
		return fmt.Errorf("value %.40q of %.40q: %w", value, name, ErrMalformed)
	}
	if minus {
		v = -v
	}
	s.add(name, v)
	return nil
}

// cutLine splits off the first line.
func cutLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	return line, rest
}

// cutWord splits off the first word, empty at the end.
func cutWord(b []byte) (word, rest []byte) {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for i, c := range b {
		if c == ' ' || c == '\t' {
			return b[:i], b[i:]
		}
	}
	return b, nil
}

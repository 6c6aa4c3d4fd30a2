package ss

import (
	"errors"
	"math/bits"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/filter"
)

// A selection holds tables, families and states to list. How they influence one another depends on the order
// of ss's steps: options first, then the words state and exclude, then merge.
type selection struct {
	tables    tableSet
	families  familySet
	defaults  diag.StateSet // of all tables and families added
	states    diag.StateSet // requested explicitly; 0 = the defaults
	preferred uint8         // the family named last, 0 = none
	queried   bool          // -A was given
	chosen    bool          // some option chose tables or families
}

// addTables applies options such as -t, and the items of -A.
func (s *selection) addTables(set tableSet) {
	for t := range numTables {
		if set.has(t) {
			s.defaults |= tableInfos[t].states
		}
	}
	s.tables |= set
	s.chosen = true
}

// addFamily applies options such as -4.
func (s *selection) addFamily(family uint8) {
	for i := range familyInfos {
		if familyInfos[i].family == family {
			s.defaults |= familyInfos[i].states
		}
	}
	s.families |= families(family)
	s.preferred = family
	s.chosen = true
}

// startQuery is the first step of -A, before its list is parsed.
func (s *selection) startQuery() {
	if !s.queried {
		s.queried = true
		s.tables = 0
		if s.states == 0 {
			s.states = connectedStates
		}
	}
	s.chosen = true
}

// stateWords removes the words state X and exclude X from the front of words. The first one discards the
// states of -a, -l and -B.
func (s *selection) stateWords(words []string) (rest []string, err error) {
	states, rest, err := filter.ParseStates(words)
	if unknown, ok := errors.AsType[*filter.UnknownStateError](err); ok {
		return nil, fail(exitUsage, "ss: wrong state name: "+unknown.Word+"\n")
	}
	if err != nil {
		return nil, fail(exitUsage, "Command line is not complete. Try option \"help\"\n")
	}
	if len(rest) < len(words) {
		s.states = states
	}
	return rest, nil
}

// merge adds tables by families and families by tables, and determines the states.
func (s *selection) merge() {
	if !s.chosen {
		s.tables = allTables
		if s.states == 0 {
			s.states = connectedStates
		}
	}
	if s.states == 0 {
		s.states = s.defaults
	}
	for t := range numTables {
		if s.tables.has(t) && tableInfos[t].families&s.families == 0 {
			s.families |= tableInfos[t].families
		}
	}
	for i := range familyInfos {
		f := &familyInfos[i]
		if s.families.has(f.family) && f.tables&s.tables == 0 {
			s.tables |= f.tables
		}
	}
}

// empty returns the message if nothing is selected.
func (s *selection) empty() string {
	switch {
	case s.tables == 0:
		return "ss: no socket tables to show with such filter.\n"
	case s.families == 0:
		return "ss: no families to show with such filter.\n"
	case s.states == 0:
		return "ss: no socket states to show with such filter.\n"
	}
	return ""
}

// oneTable and oneState report whether the columns Netid and State are hidden.
func (s *selection) oneTable() bool { return bits.OnesCount32(uint32(s.tables)) == 1 }
func (s *selection) oneState() bool { return bits.OnesCount32(uint32(s.states)) == 1 }

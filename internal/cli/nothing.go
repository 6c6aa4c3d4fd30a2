package cli

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
	"github.com/nlstat/nlstat/pkg/render"
)

// nouns name the field that an unknown word of a filter is compared with, for each table.
var nouns = map[string]string{
	"process": "a process name", "path": "a path", "iface": "a link name", "name": "a name", "state": "a state",
}

// tellNothing reports that nothing matched, how the filter was parsed, and where there are matching rows.
// Without such details it reports only on a terminal.
func (a *app) tellNothing(facts []string) {
	if len(facts) > 0 || term.Of(a.Stdout).Is {
		a.complain("%s", nothingMatched(facts))
	}
}

func nothingMatched(facts []string) string {
	return strings.TrimSuffix("nothing matched: "+strings.Join(facts, "; "), ": ")
}

// readings describes how single words were parsed.
func readings[T any](t *view.Table[T], tree *query.Node) (facts []string) {
	for _, either := range tree.Contradictions() {
		facts = append(facts, fmt.Sprintf("nothing is both: type '%s'", either))
	}
	if mentions(tree, "reach") {
		facts = append(facts, "other hosts reach the listeners of 'reach!=loopback'")
	}
	tree.Walk(func(test *query.Test) {
		if test.Flag {
			facts = append(facts, fmt.Sprintf("%q was read as %s=%s", test.Field, test.Field, test.Args[0].Text))
		}
		if pattern := expressionOf(test); pattern != "" {
			as := "text"
			if test.Op == query.Equal && strings.ContainsAny(pattern, "*?") {
				as = "a pattern"
			}
			facts = append(facts, fmt.Sprintf("%q is compared as %s; for a regular expression type '%s=~%[1]s'",
				pattern, as, test.Field))
			return
		}
		if !test.Bare || len(test.Args) == 0 {
			return
		}
		word := test.Args[0].Text
		if test.Field == "port" && number(word) && test.End-test.Pos == len(word) {
			facts = append(facts, fmt.Sprintf("%q was read as a port; for a process: pid=%[1]s", word))
		}
		switch noun := nouns[test.Field]; {
		case test.Op != query.Contains:
			return
		case noun != "":
			facts = append(facts, fmt.Sprintf("%q was read as part of %s", word, noun))
		default:
			facts = append(facts, fmt.Sprintf("%q was read as part of the field %s", word, test.Field))
		}
		if meant := valuesCalled(t, word); meant != "" {
			facts = append(facts, "did you mean "+meant+"?")
		}
	})
	return facts
}

// expressionOf returns a value that looks like a regular expression and is compared as text.
func expressionOf(test *query.Test) string {
	if test.Op != query.Equal && test.Op != query.Contains {
		return ""
	}
	for _, a := range test.Args {
		if regular().MatchString(a.Text) {
			return a.Text
		}
	}
	return ""
}

// regular matches what regular expressions have and names and glob patterns seldom do. It is compiled when
// nothing has matched, not at each start.
var regular = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\^|\$$|\.[*+]|\\[.dws]|[\])][*+?]`)
})

// valuesCalled returns suggestions: tests of fields that have the word among their values.
func valuesCalled[T any](t *view.Table[T], word string) string {
	var list []string
	for i := range t.Fields {
		if f := &t.Fields[i]; f.Words != nil && f.Words()[strings.ToLower(word)] != nil {
			list = append(list, f.Name+"="+strings.ToLower(word))
		}
	}
	return strings.Join(list, " or ")
}

// nothing explains an empty listing of sockets.
func (s *socketsCmd) nothing(l *lister) {
	facts := readings(&l.table, l.tree)
	if s.meant != "" {
		facts = append(facts, fmt.Sprintf("did you mean nlstat %s?", s.meant))
	}
	if f, _, _ := s.format(); f == render.FormatTable && l.session.out == nil { // prepare reported the error
		facts = append(append(append(facts, l.nearWords()...), l.unknownNames()...), l.elsewhere()...)
	}
	s.tellNothing(facts)
}

// otherEnds are words that people write for the ends of a connection.
var otherEnds = map[string]string{"from": "src", "to": "dst"}

// nearWords suggests what words that were read as part of a process name may have been meant for.
func (l *lister) nearWords() (facts []string) {
	running := sync.OnceValue(processNames)
	l.tree.Walk(func(t *query.Test) {
		if !t.Bare || t.Field != "process" || t.Op != query.Contains || l.session.replaying() {
			return
		}
		word := t.Args[0].Text
		if field := otherEnds[strings.ToLower(word)]; field != "" {
			facts = append(facts, fmt.Sprintf("for an end of connections type %s ADDRESS", field))
			return
		}
		if _, ok := l.names.UserID(word); ok {
			facts = append(facts, fmt.Sprintf("did you mean the user: user=%s?", word))
		}
		for _, proto := range [...]string{"tcp", "udp"} {
			if _, ok := l.names.Port(proto, word); ok {
				facts = append(facts, fmt.Sprintf("did you mean the port :%s?", word))
				return
			}
		}
		if near := query.Suggest(word, running()); near != "" {
			facts = append(facts, fmt.Sprintf("did you mean the process %q?", near))
		}
	})
	return facts
}

// unknownValue are what is said of values of fields that name nothing.
var unknownValue = map[string]string{
	"unit":      "no unit %q is running%s",
	"container": "no container %q is running%s",
	"iface":     "no interface %q here%s",
}

// unknownNames names the units, containers and interfaces of the filter that do not exist.
func (l *lister) unknownNames() (facts []string) {
	if l.session.replaying() || !mentions(l.tree, slices.Collect(maps.Keys(unknownValue))...) {
		return nil
	}
	known := map[string][]string{}
	err := l.session.Each(l.ctx, func(p *inspect.Place) error {
		for _, path := range p.Cgroups() {
			g := cgroup.Parse(path)
			known["unit"] = append(known["unit"], g.Unit, strings.TrimSuffix(g.Unit, ".service"))
			known["container"] = append(known["container"],
				p.ContainerName(g.Container), g.Container, cgroup.ShortID(g.Container))
		}
		for _, name := range p.LinkNames() {
			known["iface"] = append(known["iface"], name)
		}
		return nil
	})
	if err != nil {
		return nil
	}
	l.tree.Walk(func(t *query.Test) {
		if t.Field == "iface" && !t.Zone {
			facts = append(facts, "iface is the interface that a socket is bound to, which few are; for the "+
				"addresses of one type nlstat addresses, then nlstat local=ADDRESS")
		}
		for _, a := range t.Args {
			list := known[t.Field] // empty if they are not all known
			pattern := t.Op != query.Equal || strings.ContainsAny(a.Text, "*?")
			if list != nil && !pattern && !slices.Contains(list, a.Text) {
				facts = append(facts, fmt.Sprintf(unknownValue[t.Field], a.Text, didYouMean(a.Text, list)))
			}
		}
	})
	return facts
}

// usualTables are searched when nothing matched: a suggestion does not load kernel modules.
var usualTables = []string{"tcp", "udp", "unix"}

// found counts rows that the flags excluded.
type found struct {
	rows  int
	names []string
}

func (f *found) add(name string) {
	f.rows++
	if !slices.Contains(f.names, name) {
		f.names = append(f.names, name)
	}
}

// elsewhere reports where the filter matches: other states, families, kinds and namespaces.
func (l *lister) elsewhere() (facts []string) {
	var states, families, kinds found
	c := l.selection.choice()
	tables := l.tables()
	err := l.wide(l.session).each(0, func(row *view.Socket) error {
		switch table := row.Table(); {
		case table == "":
		case !slices.Contains(tables, table):
			kinds.add(kindOr(row, table))
		case len(c.Families) > 0 && !slices.Contains(c.Families, row.Family):
			families.add(diag.FamilyName(row.Family))
		default:
			states.add(row.Socket.ShownState().String())
		}
		return nil
	})
	if err != nil {
		return nil // the request itself is complete
	}
	for _, f := range []struct {
		*found
		remedy string
	}{{&states, "add -a"}, {&families, "leave out -4 and -6"}, {&kinds, "add -k all"}} {
		if f.rows > 0 {
			facts = append(facts, fmt.Sprintf("%d in %s: %s", f.rows, enumerate(f.names), f.remedy))
		}
	}
	if len(facts) > 0 || l.tree == nil {
		return facts
	}
	return l.otherNamespaces()
}

// kindOr returns the name of the row's kind, that of its table if it has none.
func kindOr(row *view.Socket, table string) string {
	if k, ok := row.Kind(); ok {
		return k.Name
	}
	return table
}

// wide returns a silent lister of every state and kind.
func (l *lister) wide(s *session) *lister {
	r := *l.request
	r.selection = selection{kinds: append(slices.Clone(usualTables), l.tables()...), all: true}
	return &lister{app: l.app, request: &r, session: s, quiet: true}
}

// tables returns the kernel's tables that were listed.
func (l *lister) tables() []string {
	p, err := query.Sockets(&l.table, l.tree, l.selection.choice(), 0)
	if err != nil {
		return nil // request reported it
	}
	return p.Tables()
}

// otherNamespaces names the network namespaces with matching rows, among those that can be entered.
func (l *lister) otherNamespaces() []string {
	if l.netns.All || l.session.recorded() {
		return nil
	}
	asked, err := l.session.Namespaces(l.ctx)
	if err != nil {
		return nil
	}
	s, err := inspect.Open(&inspect.Config{Namespaces: inspect.Selection{All: true}, ReadAhead: readAhead})
	if err != nil {
		return nil
	}
	defer func() { _ = s.Close() }() // nothing is lost with it
	var names []string
	wide := l.wide(&session{Session: s})
	wide.selection = l.selection
	wide.netns = inspect.Selection{All: true}
	err = wide.each(0, func(row *view.Socket) error {
		if !slices.Contains(names, row.Netns) && !among(asked, row.NetNS) {
			names = append(names, strings.Clone(row.Netns))
		}
		if len(names) > 3 {
			return render.ErrEnough
		}
		return nil
	})
	if err != nil || len(names) == 0 {
		return nil
	}
	remedy := "add -A"
	if !l.netns.Own() {
		remedy = "use -A instead of -N"
	}
	return []string{"there are matches in namespace " + enumerate(names) + ": " + remedy}
}

// among reports whether one of the namespaces has this inode.
func among(list []inspect.Namespace, inode uint64) bool {
	return slices.ContainsFunc(list, func(ns inspect.Namespace) bool { return ns.Inode == inode })
}

// enumerate joins names with commas and "and"; of many it shows the first ones.
func enumerate(names []string) string {
	slices.Sort(names)
	switch n := len(names); {
	case n > 3:
		return strings.Join(names[:3], ", ") + " and others"
	case n > 1:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// checkZones refuses unknown links in addresses: fe80::1%eth0.
func (l *lister) checkZones() error {
	var zones []string
	l.tree.Walk(func(t *query.Test) {
		if t.Zone {
			zones = append(zones, t.Args[0].Text)
		}
	})
	if len(zones) == 0 || !l.netns.Own() || l.session.replaying() {
		return nil
	}
	return l.session.Each(l.ctx, func(p *inspect.Place) error {
		var known []string
		for _, name := range p.LinkNames() {
			known = append(known, name)
		}
		for _, zone := range zones {
			if known != nil && !slices.Contains(known, zone) {
				return fmt.Errorf("filter: no link %q here%s", zone, didYouMean(zone, known))
			}
		}
		return nil
	})
}

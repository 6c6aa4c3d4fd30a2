package cli

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
)

// scopeTable says in a recording which sockets it was made of: lines of a key and a text in Go's quotes. What
// is not among them was not there, or was not asked for.
const scopeTable = "nlstat/selection"

// recordScope writes down which sockets a recording is made of. A filter names what --redact hides: of such a
// recording it is only told that there was one.
func (r *request) recordScope(rec *diag.Recorder) {
	states := ""
	switch {
	case r.selection.all:
		states = "all"
	case r.selection.listening:
		states = "listening"
	}
	choice, text, spaces := r.selection.choice(), r.text, "one"
	if r.source.redaction.redacts() {
		text = ""
	}
	if r.netns.All {
		spaces = "all"
	}
	var b []byte
	for _, line := range [...]struct{ key, text string }{
		{"kinds", strings.Join(choice.Kinds, ",")},
		{"states", states},
		{"namespaces", spaces},
		{"filter", text},
		{"filtered", strconv.FormatBool(r.tree != nil)},
		{"bound", strconv.FormatBool(choice.Bound)},
		{"ipv4", strconv.FormatBool(r.selection.v4)},
		{"ipv6", strconv.FormatBool(r.selection.v6)},
	} {
		b = fmt.Appendf(b, "%s %q\n", line.key, line.text)
	}
	rec.Chunk(scopeTable, b)
}

// A scope is which sockets one side of a comparison is made of.
type scope struct {
	texts  map[string]string // of the recording; nil = the kernel, or a recording that does not tell
	plan   *query.Plan       // nil = every kind in every state
	filter *query.Filter[view.Socket]
	kinds  []*diag.Kind // that the side turned out not to have, where it does not tell

	spaces  map[any]bool // namespaces, nil = all that there are
	spaceOf func(netns uint64, name string) any
	dropped int // rows of the other side that were not compared
}

var errScope = errors.New("the recording says in a way that is not understood which sockets it is made of")

// scope returns that of a session.
func (l *lister) scope(spaceOf func(uint64, string) any) (*scope, error) {
	s := &scope{spaceOf: spaceOf}
	every := l.netns.All
	if l.session.replaying() {
		if err := s.read(l.session.replay.Recording, l.request); err != nil {
			return nil, err
		}
		every = every && s.texts["namespaces"] != "one"
	}
	list, err := l.session.Namespaces(l.ctx)
	if err != nil || every {
		return s, explainNamespace(err)
	}
	s.spaces = map[any]bool{}
	for i := range list {
		s.spaces[spaceOf(list[i].Inode, list[i].Name)] = true
	}
	return s, nil
}

// read reads what a recording says of itself.
func (s *scope) read(rec *diag.Recording, r *request) error {
	b, err := rec.File(scopeTable)
	if errors.Is(err, diag.ErrNotRecorded) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read recording: %w", err)
	}
	s.texts = map[string]string{}
	for line := range bytes.Lines(b) {
		key, quoted, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		if s.texts[string(key)], err = strconv.Unquote(string(quoted)); err != nil {
			return errScope
		}
	}
	was := selection{
		all: s.texts["states"] == "all", listening: s.texts["states"] == "listening",
		bound: s.texts["bound"] == "true", v4: s.texts["ipv4"] == "true", v6: s.texts["ipv6"] == "true",
	}
	if kinds := s.texts["kinds"]; kinds != "" {
		was.kinds = strings.Split(kinds, ",")
	}
	table := view.Sockets(r.names)
	tree, err := query.Parse(&table, []string{s.texts["filter"]})
	if err != nil {
		return errScope
	}
	if s.filter, err = query.Compile(&table, tree, s.texts["filter"]); err != nil {
		return errScope
	}
	if s.plan, err = query.Sockets(&table, tree, was.choice(), 0); err != nil {
		return errScope
	}
	return nil
}

// needs are those of the filter that a recording was made with.
func (s *scope) needs() uint32 {
	if s.filter == nil {
		return 0
	}
	return s.filter.Needs
}

// has tells whether a row of the other side would be on this one, too, if there were the socket.
func (s *scope) has(row *view.Socket) bool {
	switch {
	case s.spaces != nil && !s.spaces[s.spaceOf(row.NetNS, row.Netns)],
		s.plan != nil && (!s.plan.Selects(row.Row) || !s.filter.Match(row)),
		len(s.kinds) > 0 && slices.Contains(s.kinds, row.Kind()):
		s.dropped++
		return false
	default:
		return true
	}
}

// listed notes which kinds a recording that does not tell had no answer about.
func (s *scope) listed(l *lister) {
	if !l.session.replaying() || s.texts != nil {
		return
	}
	rep := l.session.Report()
	for i := range rep.Absent {
		if k := rep.Absent[i].Kind(); k != nil {
			s.kinds = append(s.kinds, k)
		}
	}
}

// String says what a recording was made of.
func (s *scope) String() string {
	var list []string
	if kinds := s.texts["kinds"]; kinds != "" && kinds != "all" {
		list = append(list, "kinds "+kinds)
	}
	for _, key := range [...]string{"ipv4", "ipv6"} {
		if s.texts[key] == "true" {
			list = append(list, key)
		}
	}
	if s.texts["states"] == "listening" {
		list = append(list, "listening")
	}
	switch {
	case s.texts["filter"] != "":
		list = append(list, fmt.Sprintf("filter %q", s.texts["filter"]))
	case s.texts["filtered"] == "true":
		list = append(list, "a filter that is hidden")
	}
	if s.spaces != nil {
		list = append(list, fmt.Sprintf("%d network namespace(s)", len(s.spaces)))
	}
	return strings.Join(list, ", ")
}

// tellScope says what was not compared because one side is not made of it. It decides about the exit code
// where the command line asks for it by a filter or a kind of socket.
func (d *diffCmd) tellScope(r *request, side string, s *scope) {
	asked := r.tree != nil || d.asked(s)
	if s.dropped == 0 && !d.asked(s) && (s.texts["filtered"] != "true" || s.texts["filter"] != "") {
		return
	}
	d.complain("%d sockets were not compared: %s has none of their kind (%s)", s.dropped, side, s)
	d.rights = d.rights || asked
}

// asked tells whether the command line names a kind of socket that a recording was not made of.
func (d *diffCmd) asked(s *scope) bool {
	if s.plan == nil {
		return false
	}
	tables := s.plan.Tables()
	for _, kind := range d.selection.choice().Kinds {
		if kind != "all" && !slices.Contains(tables, kind) {
			return true
		}
	}
	return false
}

// spaceOf returns how the namespaces of both sides are told apart, as their sockets are: by inode in one
// boot, of endpoints by name. Sockets of two boots are all different.
func (d *diffCmd) spaceOf(before, after *session) func(uint64, string) any {
	switch {
	case d.by == "endpoint":
		return func(_ uint64, name string) any { return name }
	case before.Boot() == after.Boot():
		return func(inode uint64, _ string) any { return inode }
	default:
		return func(uint64, string) any { return nil }
	}
}

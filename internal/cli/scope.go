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

// scopeTable describes in a recording which sockets were selected: lines of a key and a quoted Go string. In
// a recording without the table the selection is unknown.
const scopeTable = "nlstat/selection"

// recordScope writes the selection of a recording. A filter may contain what --redact hides: a redacted
// recording holds only whether there was one.
func (r *request) recordScope(rec *diag.Recorder) {
	states := ""
	switch {
	case r.selection.all:
		states = "all"
	case r.selection.listening:
		states = "listening"
	}
	choice, text, selected := r.selection.choice(), r.text, "one"
	if r.source.redaction.redacts() {
		text = ""
	}
	if r.netns.All {
		selected = "all"
	}
	var b []byte
	for _, line := range [...]struct{ key, text string }{
		{"kinds", strings.Join(choice.Kinds, ",")},
		{"states", states},
		{"namespaces", selected},
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

// A scope is the selection of sockets of one side of a comparison.
type scope struct {
	texts  map[string]string // of the recording; nil = the kernel, or a recording without a scope
	plan   *query.Plan       // nil = every kind in every state
	filter *query.Filter[view.Socket]
	kinds  []diag.Kind // kinds without an answer, in a recording without a scope

	namespaces   map[any]bool // nil = all
	namespaceKey func(netns uint64, name string) any
	dropped      int // rows of the other side that were not compared
}

var errScope = errors.New("the recording's description of its selection is invalid")

// scope returns the scope of a session.
func (l *lister) scope(namespaceKey func(uint64, string) any) (*scope, error) {
	s := &scope{namespaceKey: namespaceKey}
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
	s.namespaces = map[any]bool{}
	for i := range list {
		s.namespaces[namespaceKey(list[i].Inode, list[i].Name)] = true
	}
	return s, nil
}

// read parses the scope table of a recording.
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

// readScope reads the scope of the replayed recording, once.
func (l *lister) readScope() error {
	if !l.session.replaying() || l.made != nil {
		return nil
	}
	l.made = &scope{}
	return l.made.read(l.session.replay.Recording, l.request)
}

// holds reports whether the recording's selection includes a row. A recording also has other rows, such as
// the other ends of the selected ones.
func (s *scope) holds(row *view.Socket) bool {
	return s == nil || s.plan == nil || s.plan.Selects(row.Row) && s.filter.Match(row)
}

// needs returns the needs of the filter that a recording was made with.
func (s *scope) needs() uint32 {
	if s == nil || s.filter == nil {
		return 0
	}
	return s.filter.Needs
}

// has reports whether the scope selects a row of the other side.
func (s *scope) has(row *view.Socket) bool {
	switch {
	case s.namespaces != nil && !s.namespaces[s.namespaceKey(row.NetNS, row.Netns)],
		s.plan != nil && (!s.plan.Selects(row.Row) || !s.filter.Match(row)),
		s.unanswered(row):
		s.dropped++
		return false
	default:
		return true
	}
}

// unanswered reports whether the recording has no reply to the query for the row's kind.
func (s *scope) unanswered(row *view.Socket) bool {
	k, ok := row.Kind()
	return ok && slices.Contains(s.kinds, k)
}

// apart reports whether the scopes have no network namespace in common.
func (s *scope) apart(other *scope) bool {
	for key := range s.namespaces {
		if other.namespaces == nil || other.namespaces[key] {
			return false
		}
	}
	return s.namespaces != nil && other.namespaces != nil
}

// listed records the kinds without an answer in a recording without a scope.
func (s *scope) listed(l *lister) {
	if !l.session.replaying() || s.texts != nil {
		return
	}
	rep := l.session.Report()
	for i := range rep.Absent {
		if k, ok := rep.Absent[i].Kind(); ok {
			s.kinds = append(s.kinds, k)
		}
	}
}

// String describes the scope.
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
	switch s.texts["states"] {
	case "listening":
		list = append(list, "listening sockets")
	case "":
		if s.texts["filtered"] == "false" && s.namespaces == nil {
			list = append(list, "listening and established sockets")
		}
	}
	switch {
	case s.texts["filter"] != "":
		list = append(list, fmt.Sprintf("filter %q", s.texts["filter"]))
	case s.texts["filtered"] == "true":
		list = append(list, "a redacted filter")
	}
	if s.namespaces != nil {
		list = append(list, "network namespaces: "+strconv.Itoa(len(s.namespaces)))
	}
	return strings.Join(list, ", ")
}

// tellScope reports the sockets that were not compared because one side does not select them. The exit code
// is 3 if the command line requests them by a filter or kind.
func (d *diffCmd) tellScope(r *request, side string, s *scope) {
	asked := r.tree != nil || d.asked(s)
	if s.dropped == 0 && !d.asked(s) && (s.texts["filtered"] != "true" || s.texts["filter"] != "") {
		return
	}
	d.complain("%d sockets were not compared: %s does not include them (it has %s)", s.dropped, side, s)
	d.rights = d.rights || asked
}

// asked reports whether the command line names a kind of socket that a recording does not include.
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

// namespaceKey returns the identifier of a namespace that is comparable on both sides: its inode within one
// boot, its name for endpoints. Sockets of two boots always differ.
func (d *diffCmd) namespaceKey(before, after *session) func(uint64, string) any {
	switch {
	case d.by == "endpoint":
		return func(_ uint64, name string) any { return name }
	case before.Boot() == after.Boot():
		return func(inode uint64, _ string) any { return inode }
	default:
		return func(uint64, string) any { return nil }
	}
}

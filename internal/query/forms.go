package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// forms parses words that stand for two tests: what tables and other tools print. nil means none of them.
func (p *parser) forms(t token) *Node {
	kind := p.lang.field("proto")
	if kind == nil || kind.words == nil || p.lang.field("port") == nil || p.lang.field("family") == nil {
		return nil // no table of sockets
	}
	text := strings.ToLower(t.text)
	equal := func(field string, values ...string) *Node {
		test := &Test{Field: p.lang.field(field).name, Op: Equal, Pos: t.pos, End: t.end}
		for _, v := range values {
			test.Args = append(test.Args, Arg{Text: v, Pos: t.pos})
		}
		return &Node{Test: test}
	}
	port, proto, _ := strings.Cut(text, "/")
	port, colon := strings.CutPrefix(port, ":")
	host, hostPort, _ := strings.Cut(text, ":")
	base, version := strings.TrimRight(text, "46"), text[len(strings.TrimRight(text, "46")):]
	switch protos := kind.words(); {
	case protos[proto] != nil && (view.IsPortRange(port) || colon && port != ""): // 8080/tcp, of services(5)
		return &Node{And: []*Node{equal("port", port), equal("proto", protos[proto]...)}}
	case host == "localhost" && view.IsPortRange(hostPort):
		return &Node{And: []*Node{equal("host", p.lang.words[host].Values...), equal("port", hostPort)}}
	case (base == "tcp" || base == "udp") && len(version) == 1: // tcp6, of netstat
		return &Node{And: []*Node{equal("proto", protos[base]...), equal("family", "ipv"+version)}}
	}
	return nil
}

// pasted adds to a test of a process's name what tables print of a process: name/pid, and a pid alone.
func (p *parser) pasted(test *Test) *Node {
	n := &Node{Test: test}
	pid := map[string]string{"process": "pid", "peer_process": "peer_pid"}[test.Field]
	if pid == "" || p.lang.field(pid) == nil || test.Op != Equal && test.Op != Contains {
		return n
	}
	list := []*Node{n}
	for _, a := range test.Args {
		name, number, hasName := cutLast(a.Text, '/')
		number, _, _ = strings.Cut(number, "+") // of further processes
		if _, err := strconv.ParseUint(number, 10, 31); err != nil {
			continue
		}
		equal := func(field, text string) *Node {
			arg := Arg{Text: text, Pos: a.Pos}
			return &Node{Test: &Test{Field: field, Op: Equal, Pos: test.Pos, End: test.End, Args: []Arg{arg}}}
		}
		id := equal(pid, number)
		if hasName {
			id = &Node{And: []*Node{equal(test.Field, name), id}}
		}
		list = append(list, id)
	}
	if len(list) == 1 {
		return n
	}
	return &Node{Or: list}
}

// cutLast splits text at the last separator; without one all of it is after.
func cutLast(text string, sep byte) (before, after string, found bool) {
	i := strings.LastIndexByte(text, sep)
	return text[:max(i, 0)], text[i+1:], i > 0
}

// otherNames are fields that other words are often meant for.
var otherNames = map[string]string{"rate": "send_rate or recv_rate", "bytes": "bytes_sent or bytes_received"}

// fieldHint suggests fields for an unknown one.
func (l *language) fieldHint(name string) string {
	if list := otherNames[name]; list != "" && l.field(strings.Fields(list)[0]) != nil {
		return list
	}
	if base, isRate := strings.CutSuffix(name, "_rate"); isRate && Suggest(name, l.names) == "" {
		return l.rates(base)
	}
	return quoted(Suggest(name, l.names))
}

// rates names the field that a rate was meant of, and those that are rates.
func (l *language) rates(base string) string {
	var list []string
	if counter := Suggest(base, l.names); counter != "" {
		list = append(list, counter)
	}
	for _, name := range l.names {
		if strings.HasSuffix(name, "_rate") && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	last := max(0, len(list)-1)
	return strings.TrimPrefix(strings.Join(list[:last], ", ")+" or "+strings.Join(list[last:], ""), " or ")
}

// wordHint says what a word that no test begins with may have been meant for, "" if nothing is known.
func (l *language) wordHint(word string) string {
	for _, not := range [...]string{"no-", "no_", "no", "non"} {
		name, found := strings.CutPrefix(word, not)
		if f := l.field(name); found && f != nil && f.kind == render.KindBoolean {
			return quoted(f.name + "=no")
		}
	}
	return ""
}

// tilde returns what a ~ that is no operator was meant for, "" if there is none: field~pattern,
// field ~ pattern, field~=pattern, field!=~pattern, field = ~pattern, or ~pattern. Only texts are compared by
// patterns.
func (p *parser) tilde(t, after token) string {
	name, _, found := strings.Cut(t.text, "~")
	at, op, text := t.pos+len(name), "=~", false
	switch {
	case found && name == "" && p.lang.guess != nil:
		g, _ := p.lang.guess("~")
		name = g.Field
	case !found:
		mark := after
		switch after.text {
		case "=", "==", "!=":
			mark = p.toks[min(p.at+2, len(p.toks)-1)]
			op = map[bool]string{false: op, true: "!~"}[ops[after.text].not]
			text = after.text == "="
		}
		found, at = mark.kind == tokWord && strings.HasPrefix(mark.text, "~"), mark.pos
	}
	if f := p.lang.field(name); !found || f == nil || f.kind != render.KindString {
		return ""
	}
	pattern := strings.TrimLeft(p.src[at:], "~ =")
	pattern = pattern[:patternEnd(pattern)]
	if text { // path = ~/x
		return fmt.Sprintf("%q or, for a text with a tilde, '%s=\"~%s\"'", name+op+pattern, name, pattern)
	}
	return quoted(name + op + pattern)
}

// OrPath makes words that were read as parts of process names parts of paths, too: of a filter of unix
// sockets alone.
func OrPath(n *Node) *Node {
	if n == nil {
		return nil
	}
	for _, kids := range [...][]*Node{n.And, n.Or} {
		for i := range kids {
			kids[i] = OrPath(kids[i])
		}
	}
	n.Not = OrPath(n.Not)
	if t := n.Test; t != nil && t.Bare && t.Field == "process" {
		path := *t
		path.Field = "path"
		return &Node{Or: []*Node{n, {Test: &path}}}
	}
	return n
}

package query

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// opWord returns the operator for a word of ss (lt, gt), which needs no quoting in a shell; "" if it is not
// one.
func opWord(word string) string {
	switch word {
	case "eq", "is":
		return "="
	case "ne", "neq":
		return "!="
	case "lt":
		return "<"
	case "le", "leq":
		return "<="
	case "gt":
		return ">"
	case "ge", "geq":
		return ">="
	case "like":
		return "=~"
	}
	return ""
}

// ops maps the text of an operator to the operator and whether it is negated.
var ops = map[string]struct {
	op  Op
	not bool
}{
	"=": {Equal, false}, "==": {Equal, false}, "!=": {Equal, true}, "<>": {Equal, true},
	"<": {Less, false}, "<=": {LessEqual, false}, ">": {Greater, false}, ">=": {GreaterEqual, false},
	"=~": {Matches, false}, "!~": {Matches, true},
}

// test parses a comparison or a bare word.
func (p *parser) test() (*Node, error) {
	t, after := p.peek(), p.peekAfter()
	f := p.lang.field(t.text)
	switch word := strings.ToLower(after.text); {
	case t.kind == tokQuoted:
		return p.bare()
	case p.tilde(t, after) != "":
		e := p.fail(t, "regular expressions are compared by =~")
		e.Len = max(e.Len, strings.LastIndexByte(p.src[:after.end], '~')+1-t.pos)
		e.Hint = p.tilde(t, after)
		return nil, e
	case strings.EqualFold(t.text, "exclude") && after.kind == tokWord:
		p.take() // ss: exclude STATE
		n, err := p.value(token{tokWord, "state", t.pos, t.end}, p.lang.field("state"), Equal)
		return &Node{Not: n}, err
	case after.kind == tokOp:
		return p.comparison(f, after.text)
	case f != nil && after.kind == tokWord && opWord(word) != "":
		return p.comparison(f, opWord(word))
	case f != nil && after.kind == tokWord && word == "in":
		return p.list(f, false)
	case f != nil && after.kind == tokWord && word == "not" && p.at+2 < len(p.toks) &&
		strings.EqualFold(p.toks[p.at+2].text, "in"):
		return p.list(f, true)
	case f != nil && f.kind == render.KindBoolean:
		p.take()
		yes := []Arg{{Text: "yes", Pos: t.pos}}
		return &Node{Test: &Test{Field: f.name, Pos: t.pos, End: t.end, Args: yes, Flag: true}}, nil
	case f != nil && !p.standsAlone(t) &&
		(after.kind == tokQuoted || after.kind == tokWord && !connective(word)):
		p.take()
		return p.value(t, f, Equal)
	default:
		return p.bare()
	}
}

// standsAlone reports whether a field name that is also a bare word (the state last-ack) is the bare word: it
// is not followed by a number, with which such fields are compared.
func (p *parser) standsAlone(t token) bool {
	_, isWord := p.lang.words[strings.ToLower(t.text)]
	value := p.peekAfter().text
	return isWord && (value == "" || value[0] < '0' || value[0] > '9')
}

// connective reports whether a word is an operator between tests.
func connective(word string) bool { return word == "and" || word == "or" || word == "not" }

// comparison parses FIELD OP VALUE.
func (p *parser) comparison(f *field, opText string) (*Node, error) {
	name := p.take()
	opTok := p.take()
	if f == nil {
		e := p.fail(name, "unknown field "+describe(name)+" of table "+p.lang.table)
		e.Hint = p.lang.fieldHint(strings.ToLower(name.text))
		return nil, e
	}
	op := ops[opText]
	if p.peek().kind == tokOpen && op.op == Equal {
		return p.alternatives(name, f, op.not)
	}
	if k := p.peek().kind; k != tokWord && k != tokQuoted {
		return nil, p.fail(opTok, "expected a value after "+describe(opTok))
	}
	n, err := p.value(name, f, op.op)
	if err == nil && op.not {
		n = &Node{Not: n}
	}
	return n, err
}

// value parses one value, or several separated by commas.
func (p *parser) value(name token, f *field, op Op) (*Node, error) {
	if f == nil {
		return nil, p.fail(name, "table "+p.lang.table+" has no states")
	}
	test := &Test{Field: f.name, Op: op, Pos: name.pos}
	for {
		t := p.peek()
		if t.kind != tokWord && t.kind != tokQuoted {
			return nil, p.fail(t, "expected a value before "+describe(t))
		}
		p.take()
		test.End = t.end
		if err := p.addArg(test, f, t); err != nil {
			return nil, err
		}
		if p.peek().kind != tokComma {
			return p.zoned(test), nil
		}
		p.take()
	}
}

// list parses FIELD [not] in VALUES.
func (p *parser) list(f *field, negated bool) (*Node, error) {
	name := p.take()
	if negated {
		p.take()
	}
	p.take() // in
	if p.peek().kind == tokOpen {
		return p.alternatives(name, f, negated)
	}
	n, err := p.value(name, f, Equal)
	if err == nil && negated {
		n = &Node{Not: n}
	}
	return n, err
}

// alternatives parses (VALUE, VALUE ...).
func (p *parser) alternatives(name token, f *field, negated bool) (*Node, error) {
	open := p.take()
	n, err := p.value(name, f, Equal)
	if err != nil {
		return nil, err
	}
	if n.Test == nil {
		return nil, p.fail(open, "an address with a zone cannot be in a list")
	}
	for p.peek().kind == tokWord || p.peek().kind == tokQuoted {
		t := p.take() // the comma is optional
		if err := p.addArg(n.Test, f, t); err != nil {
			return nil, err
		}
	}
	if p.peek().kind != tokClose {
		return nil, p.fail(open, "unclosed list")
	}
	n.Test.End = p.take().end
	if negated {
		n = &Node{Not: n}
	}
	return n, nil
}

// few is the number of values that a message lists.
const few = 8

// addArg adds a value; a word for several values adds all of them.
func (p *parser) addArg(test *Test, f *field, t token) error {
	if f.words != nil {
		words := f.words()
		if meant, ok := words[strings.ToLower(t.text)]; ok {
			test.Any = test.Any || strings.EqualFold(t.text, anyWord)
			for _, m := range meant {
				test.Args = append(test.Args, Arg{Text: m, Pos: t.pos})
			}
			return nil
		}
		if test.Op == Equal && !known(words, t.text) {
			e := p.fail(t, "unknown "+f.name+" "+describe(t))
			all := keys(words)
			if e.Hint = quoted(Suggest(strings.ToLower(t.text), all)); e.Hint == "" && len(all) <= few {
				slices.Sort(all)
				e.Msg += ", expected " + strings.Join(all, ", ")
			}
			return e
		}
	}
	arg := Arg{Text: t.text, Pos: t.pos}
	other := p.lang.field(t.text)
	if t.kind == tokWord && len(test.Args) == 0 && test.Op != Matches && alike(f, other) {
		if p.peek().kind == tokComma {
			return p.fail(t, "a field can be compared with one other field, not with a list")
		}
		arg.Text, arg.Field = other.name, other.name
	}
	if test.Op != Equal {
		test.Args = append(test.Args, arg)
		return nil
	}
	return p.addValues(test, f, t, arg)
}

// addValues adds what a value stands for.
func (p *parser) addValues(test *Test, f *field, t token, arg Arg) error {
	list := f.values(arg.Text)
	if len(list) == 0 {
		return p.fail(t, describe(t)+" is an empty range")
	}
	for _, text := range list {
		test.Args = append(test.Args, Arg{Text: text, Pos: arg.Pos, Field: arg.Field})
	}
	return nil
}

// alike reports whether a value is the name of a field to compare with: one of the same kind, but not a
// string.
func alike(f, other *field) bool {
	numbers := []render.Kind{
		render.KindUnsigned, render.KindSigned, render.KindDecimal, render.KindDuration, render.KindByteSize,
		render.KindBitRate,
	}
	return other != nil && other.kind == f.kind && slices.Contains(numbers, f.kind)
}

// known reports whether a value is one of the named values.
func known(words map[string][]string, value string) bool {
	for _, meant := range words {
		for _, m := range meant {
			if strings.EqualFold(m, value) {
				return true
			}
		}
	}
	return false
}

func keys(words map[string][]string) []string {
	var all []string
	for w := range words {
		all = append(all, w)
	}
	return all
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return `"` + s + `"`
}

// bare parses a bare word. A word similar to a known one is refused as a mistake instead of being taken as
// the name of a process, unless a process has it.
func (p *parser) bare() (*Node, error) {
	t := p.take()
	if n := p.forms(t); n != nil && t.kind != tokQuoted {
		return n, nil
	}
	g, ok := p.lang.words[strings.ToLower(t.text)]
	if !ok && p.lang.guess != nil {
		g, ok = p.lang.guess(t.text)
	}
	if err := p.mistake(t, g, !ok || g.Loose); err != nil {
		return nil, err
	}
	if !ok {
		return nil, p.fail(t, "unknown word "+describe(t))
	}
	test := &Test{Field: g.Field, Op: Equal, Pos: t.pos, End: t.end, Bare: true}
	test.Any = strings.EqualFold(t.text, anyWord)
	if g.Loose {
		test.Op = Contains
	}
	for _, v := range g.Values {
		if err := p.addValues(test, p.lang.field(g.Field), t, Arg{Text: v, Pos: t.pos}); err != nil {
			return nil, err
		}
	}
	return p.zoned(test), nil
}

// mistake returns an error with what a bare word was probably meant for. loose means that it has no meaning
// of its own.
func (p *parser) mistake(t token, g view.Guess, loose bool) error {
	if t.kind == tokQuoted || !loose {
		return nil
	}
	e := p.fail(t, "unknown word "+describe(t))
	if f := p.lang.field(t.text); f != nil {
		return p.fail(t, describe(t)+" needs a comparison, for example '"+t.text+f.example()+"'")
	}
	negated, s := p.lang.wordHint(strings.ToLower(t.text)), ""
	if negated == "" && len(t.text) > 3 {
		s = Suggest(strings.ToLower(t.text), p.lang.suggestions())
	}
	switch e.Hint = cmp.Or(negated, quoted(s)); {
	case e.Hint == "", p.lang.exists != nil && p.lang.exists(t.text):
		return nil
	case negated != "":
		return e
	}
	if g.Field != "" {
		e.Hint += " or " + g.Field + "=" + quote(t.text)
	}
	return e
}

// zoned splits an address with a zone, fe80::1%eth0, into two tests: of the address and of the interface that
// the socket is bound to.
func (p *parser) zoned(test *Test) *Node {
	n := p.pasted(test)
	link, kind := p.lang.field("iface"), p.lang.field(test.Field).kind
	if link == nil || len(test.Args) != 1 || kind != render.KindAddress && kind != render.KindEndpoint {
		return n
	}
	arg := &test.Args[0]
	i := strings.IndexByte(arg.Text, '%')
	if i < 0 {
		return n
	}
	zone := arg.Text[i+1:]
	rest := ""
	if j := strings.IndexAny(zone, "]/"); j >= 0 {
		zone, rest = zone[:j], zone[j:]
	}
	if zone == "" {
		return n // refused later
	}
	pos := arg.Pos + i + 1
	arg.Text = arg.Text[:i] + rest
	return &Node{And: []*Node{n, {Test: &Test{
		Field: link.name, Op: Equal, Pos: pos, End: pos + len(zone), Zone: true,
		Args: []Arg{{Text: zone, Pos: pos}},
	}}}}
}

package getopt

import "strings"

// longOption parses one long option; word is the text after the two dashes.
func (p *Parser) longOption(word string) error {
	name, arg, hasArg := strings.Cut(word, "=")
	at, candidates := p.lookUp(name)
	if len(candidates) > 0 {
		return &Error{Kind: AmbiguousOption, name: p.name, word: word, Candidates: candidates}
	}
	if at < 0 {
		return &Error{Kind: UnrecognizedOption, name: p.name, word: word}
	}
	found := p.long[at]
	switch {
	case hasArg && found.Arg == None:
		return &Error{Kind: UnwantedArgument, name: p.name, word: found.Name}
	case hasArg || found.Arg != Required:
	case len(p.args) == 0:
		return &Error{Kind: LongNeedsArgument, name: p.name, word: found.Name}
	default:
		arg, hasArg = p.take(), true
	}
	p.opt = Option{Value: found.Value, Arg: arg, HasArg: hasArg, Index: at}
	return nil
}

// lookUp finds the row for a name or its abbreviation. An exact name wins. An
// abbreviation of several equivalent rows means the first; it is ambiguous if rows
// differ from the first: the candidates are the first row and those that differ.
func (p *Parser) lookUp(name string) (at int, candidates []string) {
	at = -1
	for i, l := range p.long {
		if l.Name == name {
			return i, nil
		}
		if at < 0 && l.abbreviated(name) {
			at = i
		}
	}
	if at < 0 {
		return at, nil
	}
	first := p.long[at]
	for _, l := range p.long[at+1:] {
		if !l.abbreviated(name) || l.Arg == first.Arg && l.Value == first.Value {
			continue
		}
		if candidates == nil {
			candidates = []string{first.Name}
		}
		candidates = append(candidates, l.Name)
	}
	return at, candidates
}

// abbreviated reports whether name is an abbreviation of the row.
func (l *Long) abbreviated(name string) bool {
	return !l.Exact && strings.HasPrefix(l.Name, name)
}

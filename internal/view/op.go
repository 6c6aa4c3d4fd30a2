package view

// An Op is how a filter compares a field.
type Op uint8

// The operators. Their negations are a "not" around them.
const (
	Equal Op = iota
	Less
	LessEqual
	Greater
	GreaterEqual
	Matches  // regular expression
	Contains // test of a bare word on a string
)

var opTexts = [...]string{
	Equal: "=", Less: "<", LessEqual: "<=", Greater: ">", GreaterEqual: ">=", Matches: "=~", Contains: "*=",
}

// String returns the operator as it is written.
func (o Op) String() string { return opTexts[o] }

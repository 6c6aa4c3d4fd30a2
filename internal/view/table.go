package view

import (
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Table is one kind of listing.
type Table[T any] struct {
	Name    string
	Help    string // one sentence
	Columns []render.Column[T]
	Default []string // the columns of the text table
	// ToldBy are columns that tell what a field holds: one of them in the text is enough.
	ToldBy map[string][]string
	// Order is how people want rows on a screen; nil is as they come.
	Order []render.Order[T]
	// Fields are what filters may test besides the columns. One with the name of a column goes first.
	Fields []Field[T]
	// Words returns what words on their own mean in a filter, in lower case; nil means nothing.
	Words func() map[string]Guess
	// Guess says what any other word may mean; nil means nothing.
	Guess func(word string) (Guess, bool)
	// Known tells whether what some needs bring is known of a row; nil = always. A test of what is not known
	// is neither true nor false.
	Known func(row *T, needs uint32) bool
	Watch Watch[T]
}

// A Field is what a filter may test where a column does not do: a row may have several of it, people call
// it by other names, its values have names, or the kernel can check it. One without Values has those of the
// column of its name.
type Field[T any] struct {
	Name    string
	Aliases []string
	Kind    render.Kind
	Type    render.Type // of a field without a column; others have that of the column
	Needs   uint32
	Help    string
	// Values appends what the row has of it; one that fits is enough.
	Values func(row *T, dst []render.Value) []render.Value
	// Words returns names for values, in lower case; with them other values are refused.
	Words func() map[string][]string
	// Number turns a name into a number, such as that of a service into its port.
	Number func(name string) (uint64, bool)
	// Plan declares what the kernel can check; nil = nothing.
	Plan Plan
	// Kinds tells that a test of it speaks of kinds of sockets: all are candidates then, not only those that
	// are listed by default.
	Kinds bool
	// Right names the capability without which the kernel does not tell the values, "" = none. Known tells
	// whether it did for a row; nil = always.
	Right string
	Known func(row *T) bool
	// Check tells whether there is such a value, where others are slips; nil = always. Patterns are not checked.
	Check func(text string) bool
	// Max is the highest number that makes sense, 0 = any.
	Max uint64
}

// NetAdmin is the [Field.Right] of what only administrators of the network see.
const NetAdmin = "CAP_NET_ADMIN"

// A Guess is what a word on its own means: a field that has one of some values.
type Guess struct {
	Field  string
	Values []string
	Loose  bool // the word is a part of the value, in any case
}

// onDemand are the needs that "all fields" does not have: they ask other services than the table's, and
// waiting for a name server or loading a kernel module is not for who did not name the field.
const onDemand = inspect.NeedHosts | inspect.NeedNAT

// Sampled are the needs that take two samples and the time between.
const Sampled = inspect.NeedRates | inspect.NeedWatch

// Fleeting are the needs whose answers may be gone before the row is: a process, a link.
const Fleeting = inspect.NeedOwner | inspect.NeedPeer | inspect.NeedIface | inspect.NeedCgroup

// CheapKeys returns the keys of all columns but those that must be asked for by name.
func CheapKeys[T any](t *Table[T]) []string {
	var keys []string
	for i := range t.Columns {
		if t.Columns[i].Needs&onDemand == 0 {
			keys = append(keys, t.Columns[i].Key)
		}
	}
	return keys
}

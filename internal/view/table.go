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
	Asked   []string // keys of columns that the command line requests by other options than --columns
	// ToldBy lists columns that include the value of a field: the text needs only one of them.
	ToldBy map[string][]string
	// Order is the default order on a terminal; nil = that of the kernel.
	Order []render.Order[T]
	// Fields are the filter fields besides the columns. One with the name of a column takes precedence.
	Fields []Field[T]
	// Words returns the meanings of bare words in a filter, in lower case; nil = none.
	Words func() map[string]Guess
	// Guess returns the meaning of any other word; nil = none.
	Guess func(word string) (Guess, bool)
	// Exists reports whether something here is called as a word that Guess is not certain of; nil = unknown.
	// Such a word is no mistake, however similar it is to another one.
	Exists func(word string) bool
	// Known reports whether the data for the needs is known for a row; nil = always. A test of unknown data is
	// neither true nor false.
	Known func(row *T, needs uint32) bool
	Watch Watch[T]
}

// A Field is a filter field that a column alone cannot describe: a row may have several values, the field has
// aliases, its values have names, or the kernel can evaluate tests of it. Without Values it has the value of
// the column of the same name.
type Field[T any] struct {
	Name    string
	Aliases []string
	Kind    render.Kind
	Type    render.Type // of a field without a column
	Needs   uint32
	Help    string
	// Values appends the values of the row; a test is true if one of them fits.
	Values func(row *T, dst []render.Value) []render.Value
	// Amount is the value that orders and sums take, if that of the column means something else in some rows.
	Amount func(row *T) render.Value
	// Words returns the names of values, in lower case; other values are refused.
	Words func() map[string][]string
	// Number turns a name into a number, such as that of a service into its port.
	Number func(name string) (uint64, bool)
	// Plan translates tests for the kernel; nil = none.
	Plan Plan
	// Kinds: a test of it selects kinds of sockets. All kinds are candidates then, not only the default ones.
	Kinds bool
	// Right is the capability that the kernel requires to report the values, "" = none. Known reports whether
	// it did for a row; nil = always.
	Right string
	Known func(row *T) bool
	// Check reports whether a value can exist; others are refused as mistakes. nil = always. Patterns are not
	// checked.
	Check func(text string) bool
	// Max is the highest valid number, 0 = any.
	Max uint64
}

// Amounts returns a column with the values for orders and sums.
func (t *Table[T]) Amounts(key string) render.Column[T] {
	c := t.Columns[render.Find(t.Columns, key)]
	for i := range t.Fields {
		if f := &t.Fields[i]; f.Name == key && f.Amount != nil {
			c.Value = f.Amount
		}
	}
	return c
}

// NetAdmin is the [Field.Right] of values that need CAP_NET_ADMIN.
const NetAdmin = "CAP_NET_ADMIN"

// A Guess is the meaning of a bare word: a test of a field for one of some values.
type Guess struct {
	Field  string
	Values []string
	Loose  bool // the word is a part of the value, in any case
}

// onDemand are the needs that "all fields" excludes: they wait for a name server, load a kernel module or
// list all connections, so such fields have to be named.
const onDemand = inspect.NeedHosts | inspect.NeedNAT | inspect.NeedListeners

// Sampled are the needs that take two samples.
const Sampled = inspect.NeedRates | inspect.NeedWatch

// Fleeting are the needs whose data may disappear before the row is written: a process, a link.
const Fleeting = inspect.NeedOwner | inspect.NeedPeer | inspect.NeedIface | inspect.NeedCgroup

// CheapKeys returns the keys of all columns except those that have to be named. A table with default columns
// about connections through listeners has all of these.
func CheapKeys[T any](t *Table[T]) []string {
	dear := uint32(onDemand)
	for _, key := range t.Default {
		if i := render.Find(t.Columns, key); i >= 0 {
			dear &^= t.Columns[i].Needs & inspect.NeedListeners
		}
	}
	var keys []string
	for i := range t.Columns {
		if t.Columns[i].Needs&dear == 0 && !t.Columns[i].TextOnly {
			keys = append(keys, t.Columns[i].Key)
		}
	}
	return keys
}

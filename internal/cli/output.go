package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// output holds the flags for the format of a listing.
type output struct {
	columns  string
	json     string
	jsonl    string
	csv      string
	noHeader bool
	wide     bool
	width    int
	color    string
	units    string
	template string
	noPager  bool
}

// allFields is the value of --json without fields.
const allFields = "*"

func (o *output) flags(f *pflag.FlagSet) {
	f.StringVarP(&o.columns, "columns", "c", "", "show these `COLUMNS`: a,b,c; or +a,-b to change the default")
	f.Var((*fieldList)(&o.json), "json", "write one JSON array (of these `FIELDS`; default all)")
	f.Var((*fieldList)(&o.jsonl), "jsonl", "write one JSON object per line (of these `FIELDS`; default all)")
	f.Var((*fieldList)(&o.csv), "csv",
		"write comma-separated values (of these `FIELDS`; default all); formulas get a '")
	for _, name := range []string{"json", "jsonl", "csv"} {
		f.Lookup(name).NoOptDefVal = allFields
	}
	f.StringVar(&o.template, "template", "", "write `TEXT` for each row, as '{{process}} -> {{remote}}'")
	f.BoolVar(&o.noPager, "no-pager", false, "do not start a pager for long output")
	f.BoolVarP(&o.noHeader, "no-header", "H", false, "omit the header line")
	f.BoolVarP(&o.wide, "wide", "W", false, "do not cut columns to the width of the terminal")
	f.IntVar(&o.width, "width", 0, "fit the table to this many `CHARACTERS`")
	f.StringVar(&o.color, "color", "auto", "color the output `WHEN`: auto, always or never")
	f.StringVar(&o.units, "units", "auto", "show numbers in `UNITS`: human or base; auto: human on a terminal")
}

// A fieldList is the value of --json=, --jsonl= and --csv=. An empty one is refused: a script's variable was
// empty.
type fieldList string

func (l *fieldList) String() string { return string(*l) }
func (l *fieldList) Type() string   { return "string" }

func (l *fieldList) Set(fields string) error {
	if fields == "" {
		return errors.New("expected fields (for all fields, leave out the =)")
	}
	*l = fieldList(fields)
	return nil
}

// fieldsBehind moves fields after a blank, --json local,state, from the filter to the flag. A list of fields
// is never a filter; a single field is moved at the end of the line, where no comparison can follow.
func fieldsBehind[T any](o *output, table func() *view.Table[T], args []string) []string {
	var list *string
	for _, p := range []*string{&o.json, &o.jsonl, &o.csv} {
		if *p == allFields {
			list = p
		}
	}
	if list == nil {
		return args
	}
	t := table()
	for i, word := range args {
		if areFields(t, word) && (strings.Contains(word, ",") || i+1 == len(args) && spoils(t, args)) {
			*list = word
			return slices.Delete(slices.Clone(args), i, i+1)
		}
	}
	return args
}

// areFields reports whether a list begins with a field.
func areFields[T any](t *view.Table[T], list string) bool {
	first, _, _ := strings.Cut(list, ",")
	return t.Resolve(first) != "" && !strings.ContainsAny(list, "=!<>~() ")
}

// spoils reports whether the words are a valid filter only without the last one.
func spoils[T any](t *view.Table[T], args []string) bool {
	_, with := query.Parse(t, args)
	_, without := query.Parse(t, args[:len(args)-1])
	return with != nil && without == nil
}

// format returns the format and its fields.
func (o *output) format() (f render.Format, fields string, err error) {
	f = render.FormatTable
	for _, m := range []struct {
		f      render.Format
		fields string
	}{{render.FormatJSON, o.json}, {render.FormatJSONL, o.jsonl}, {render.FormatCSV, o.csv}} {
		if m.fields == "" {
			continue
		}
		if f != render.FormatTable {
			return 0, "", errors.New("--json, --jsonl and --csv exclude each other")
		}
		f, fields = m.f, m.fields
	}
	return f, fields, nil
}

// spec returns the columns that the flags name, "" if they name none. fields are those of the format.
func (o *output) spec(fields string) string {
	if fields != "" && (fields != allFields || o.columns == "") {
		return fields
	}
	return o.columns
}

// byName reports whether columns were named: all fields by default, as in machine formats, do not request
// rates.
func (o *output) byName() bool {
	f, fields, err := o.format()
	return err == nil && (f == render.FormatTable || fields != allFields || o.columns != "")
}

// A sheet is a table prepared for output: its format and columns are known, nothing is written yet.
type sheet[T any] struct {
	table *view.Table[T]
	cols  []render.Column[T]
	named []render.Column[T] // columns that the command line names
	opts  render.Options
	form  *render.Template // nil = none
	all   bool             // all fields, by default
	seen  bool             // on a terminal
	out   *output
}

// prepare checks the output flags for a table.
func prepare[T any](a *app, o *output, t *view.Table[T]) (*sheet[T], error) {
	f, fields, err := o.format()
	if err != nil {
		return nil, err
	}
	s := &sheet[T]{table: t, opts: render.Options{Format: f, NoHeader: o.noHeader}, all: !o.byName(), out: o}
	byDefault := t.Default
	if f != render.FormatTable {
		byDefault = view.CheapKeys(t)
	}
	spec := o.spec(fields)
	if o.template != "" {
		return s, s.byTemplate(o)
	}
	if s.cols, err = choose(t, spec, byDefault); err != nil {
		return nil, err
	}
	s.named = named(s.cols, spec, byDefault)
	pin(s.cols, append(asked(t, spec), t.Asked...))
	s.seen = f == render.FormatTable && term.Of(a.Stdout).Is
	return s, o.layout(a, &s.opts)
}

// asked returns the keys of the columns that a list of --columns requests.
func asked[T any](t *view.Table[T], spec string) (keys []string) {
	for _, word := range columnWords(spec) {
		if key := t.Resolve(strings.TrimPrefix(word, "+")); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// pin makes a narrow table drop these columns last.
func pin[T any](cols []render.Column[T], keys []string) {
	for i := range cols {
		if slices.Contains(keys, cols[i].Key) {
			cols[i].Fit.Drop = render.DropLast
		}
	}
}

// named returns the columns that the command line names: all of a list, or the added ones of a change (+a).
func named[T any](cols []render.Column[T], spec string, byDefault []string) []render.Column[T] {
	switch {
	case spec == "" || spec == allFields:
		return nil
	case !strings.ContainsAny(spec[:1], "+-"):
		return cols
	}
	return slices.DeleteFunc(slices.Clone(cols), func(c render.Column[T]) bool {
		return slices.Contains(byDefault, c.Key)
	})
}

// prepareRows is prepare for the rows or groups of r. For groups, --columns, --json fields and templates name
// columns of the groups.
func prepareRows[T any](a *app, o *output, r *arrange, t *view.Table[T]) (*sheet[T], error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if !r.inGroups() {
		return prepare(a, o, t)
	}
	plain := *o
	plain.template, plain.columns = "", ""
	for _, fields := range []*string{&plain.json, &plain.jsonl, &plain.csv} {
		if *fields != "" {
			*fields = allFields
		}
	}
	s, err := prepare(a, &plain, t)
	if err == nil {
		s.out = o
	}
	return s, err
}

// byTemplate derives the columns from the template.
func (s *sheet[T]) byTemplate(o *output) (err error) {
	if s.opts.Format != render.FormatTable || o.columns != "" {
		return errors.New("--template excludes --columns, --json, --jsonl and --csv")
	}
	if s.form, err = render.ParseTemplate(o.template); err != nil {
		return err
	}
	for _, name := range s.form.Keys() {
		key, err := findKey(s.table, name)
		if err != nil {
			return err
		}
		s.cols = append(s.cols, s.table.Columns[render.Find(s.table.Columns, key)])
	}
	s.named = s.cols
	return nil
}

// layout sets the options of text tables.
func (o *output) layout(a *app, r *render.Options) error {
	for _, c := range []struct{ name, value, words string }{
		{"color", o.color, "auto always never"}, {"units", o.units, "auto human base"},
	} {
		if err := oneOf(c.name, c.value, c.words); err != nil {
			return err
		}
	}
	if o.width < 0 {
		return fmt.Errorf("--width %d: expected a number of characters", o.width)
	}
	out := term.Of(a.Stdout)
	r.Color = out.WantColor(o.color)
	a.faintNotices(o.color)
	r.Human = o.units == "human" || o.units == "auto" && out.Is
	r.Width = out.Width
	if o.width > 0 {
		r.Width = o.width
	}
	if o.wide {
		r.Width = 0
	}
	return nil
}

// lead puts required columns in front.
func (s *sheet[T]) lead(t *view.Table[T], keys ...string) {
	for _, key := range slices.Backward(keys) {
		if render.Find(s.cols, key) < 0 {
			s.cols = slices.Insert(s.cols, 0, t.Columns[render.Find(t.Columns, key)])
		}
	}
}

// trail puts required columns at the end.
func (s *sheet[T]) trail(t *view.Table[T], keys ...string) {
	for _, key := range keys {
		if render.Find(s.cols, key) < 0 {
			s.cols = append(s.cols, t.Columns[render.Find(t.Columns, key)])
		}
	}
}

func (s *sheet[T]) encoder(a *app) *render.Encoder[T] {
	if s.form != nil {
		return render.NewTemplate(a.Stdout, s.form, s.cols)
	}
	return render.New(a.Stdout, s.cols, s.opts)
}

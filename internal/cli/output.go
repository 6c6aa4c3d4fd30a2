package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// output is how a listing is written, as the command line says.
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
	f.StringVarP(&o.columns, "columns", "c", "", "`COLUMNS` to show: a,b,c or +a,-b to change the default")
	f.Var((*fieldList)(&o.json), "json", "one JSON array, of these `FIELDS` only if named")
	f.Var((*fieldList)(&o.jsonl), "jsonl", "one JSON object a line, of these `FIELDS` only if named")
	f.Var((*fieldList)(&o.csv), "csv",
		"comma-separated values, of these `FIELDS` only if named; what looks like a formula begins with '")
	for _, name := range []string{"json", "jsonl", "csv"} {
		f.Lookup(name).NoOptDefVal = allFields
	}
	f.StringVar(&o.template, "template", "", "`TEXT` with fields in it: '{{process}} talks to {{remote}}'")
	f.BoolVar(&o.noPager, "no-pager", false, "do not page long output on a terminal")
	f.BoolVarP(&o.noHeader, "no-header", "H", false, "no header line")
	f.BoolVar(&o.wide, "wide", false, "do not fit the table to the terminal")
	f.IntVar(&o.width, "width", 0, "fit the table to so many `CHARACTERS`")
	f.StringVar(&o.color, "color", "auto", "`WHEN` to color: auto, always or never")
	f.StringVar(&o.units, "units", "auto", "`UNITS` of the table: human or base; auto is human on a terminal")
}

// A fieldList is what stands behind --json= and its kin: something, or a script's variable was empty.
type fieldList string

func (l *fieldList) String() string { return string(*l) }
func (l *fieldList) Type() string   { return "string" }

func (l *fieldList) Set(fields string) error {
	if fields == "" {
		return errors.New("expected fields, or no = for all")
	}
	*l = fieldList(fields)
	return nil
}

// fieldsBehind takes the fields of --json and its kin that stand behind a blank, --json local,state, out of
// the words of a filter. A list is no filter; a field alone is taken at the end of the line, where it cannot
// be compared with anything.
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

// areFields tells whether a list begins with a field.
func areFields[T any](t *view.Table[T], list string) bool {
	first, _, _ := strings.Cut(list, ",")
	return t.Resolve(first) != "" && !strings.ContainsAny(list, "=!<>~() ")
}

// spoils tells whether words are a filter without the last one alone.
func spoils[T any](t *view.Table[T], args []string) bool {
	_, with := query.Parse(t, args)
	_, without := query.Parse(t, args[:len(args)-1])
	return with != nil && without == nil
}

// format returns the format and the fields that were asked for with it.
func (o *output) format() (f render.Format, fields string, err error) {
	f = render.Table
	for _, m := range []struct {
		f      render.Format
		fields string
	}{{render.JSON, o.json}, {render.JSONL, o.jsonl}, {render.CSV, o.csv}} {
		if m.fields == "" {
			continue
		}
		if f != render.Table {
			return 0, "", errors.New("--json, --jsonl and --csv exclude each other")
		}
		f, fields = m.f, m.fields
	}
	return f, fields, nil
}

// byName tells whether columns were chosen: machine formats have all fields otherwise, which does not mean
// that somebody wants to wait for rates.
func (o *output) byName() bool {
	f, fields, err := o.format()
	return err == nil && (f == render.Table || fields != allFields || o.columns != "")
}

// A sheet is a table prepared for output: its format and columns are known, nothing is written yet.
type sheet[T any] struct {
	table *view.Table[T]
	cols  []render.Column[T]
	named []render.Column[T] // those of cols that were asked for by name
	opts  render.Options
	form  *render.Template // nil = none
	all   bool             // fields, since none were chosen
	seen  bool             // on a terminal
	out   *output
}

// prepare checks what the command line says about the output of a table.
func prepare[T any](a *app, o *output, t *view.Table[T]) (*sheet[T], error) {
	f, fields, err := o.format()
	if err != nil {
		return nil, err
	}
	s := &sheet[T]{table: t, opts: render.Options{Format: f, NoHeader: o.noHeader}, all: !o.byName(), out: o}
	byDefault := t.Default
	if f != render.Table {
		byDefault = view.CheapKeys(t)
	}
	spec := o.columns
	if fields != "" && (fields != allFields || spec == "") {
		spec = fields
	}
	if o.template != "" {
		return s, s.byTemplate(o)
	}
	if s.cols, err = choose(t, spec, byDefault); err != nil {
		return nil, err
	}
	s.named = named(s.cols, spec, byDefault)
	s.seen = f == render.Table && a.terminal().Is
	return s, o.look(a, &s.opts)
}

// named returns the columns that were asked for by name: all of them, or those that a spec with + adds.
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

// prepareRows is prepare for what r arranges. Of groups in place of rows, fields and templates name the
// columns; --columns, which may be a default of the user's, is for rows.
func prepareRows[T any](a *app, o *output, r *arrange, t *view.Table[T]) (*sheet[T], error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if !r.inGroups() {
		return prepare(a, o, t)
	}
	plain := *o
	plain.template = ""
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

// byTemplate takes the columns from the template.
func (s *sheet[T]) byTemplate(o *output) (err error) {
	if s.opts.Format != render.Table || o.columns != "" {
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

// look settles what only the text table has.
func (o *output) look(a *app, r *render.Options) error {
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
	term := a.terminal()
	r.Color = term.WantColor(o.color)
	r.Human = o.units == "human" || o.units == "auto" && term.Is
	r.Width = term.Width
	if o.width > 0 {
		r.Width = o.width
	}
	if o.wide {
		r.Width = 0
	}
	return nil
}

// lead puts columns in front that must not be missing.
func (s *sheet[T]) lead(t *view.Table[T], keys ...string) {
	for _, key := range slices.Backward(keys) {
		if render.Find(s.cols, key) < 0 {
			s.cols = slices.Insert(s.cols, 0, t.Columns[render.Find(t.Columns, key)])
		}
	}
}

func (s *sheet[T]) encoder(a *app) *render.Encoder[T] {
	if s.form != nil {
		return render.NewTemplate(a.Stdout, s.form, s.cols)
	}
	return render.New(a.Stdout, s.cols, s.opts)
}

package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// arrange is in which order rows are shown, how many, and whether they are grouped.
type arrange struct {
	sort  string
	limit int
	group string
	total [4]string // by render.Aggregate
	count bool
	// steady tells that which rows come first must not depend on where they are written.
	steady bool
}

// arranging is a set of what a command can do with rows on their way.
type arranging uint8

const (
	sorted arranging = 1 << iota
	limited
	grouped
)

// flags gives a command the flags of what it honors.
func (r *arrange) flags(f *pflag.FlagSet, what arranging) {
	if what&sorted != 0 {
		f.StringVarP(&r.sort, "sort", "s", "",
			"sort by these `COLUMNS`: quantities largest first, +a ascending, -a descending")
	}
	if what&limited != 0 {
		f.IntVarP(&r.limit, "limit", "L", 0, "show at most `N` rows")
		f.IntVarP(&r.limit, "head", "n", 0, "the same as --limit")
		f.Lookup("head").Hidden = true
	}
	if what&grouped == 0 {
		return
	}
	f.StringVarP(&r.group, "group-by", "g", "",
		"show one row for each combination of these `COLUMNS`, with its count")
	for how, help := range [...]string{
		render.Sum: "total of these `COLUMNS`", render.Max: "largest of these `COLUMNS`",
		render.Min:  "smallest of these `COLUMNS`",
		render.Mean: "mean of these `COLUMNS`",
	} {
		f.StringVar(&r.total[how], render.Aggregate(how).String(), "", help+" over each group")
	}
	f.BoolVar(&r.count, "count", false, "show only the number of rows, or that of each group")
}

func (r *arrange) check() error {
	if r.limit < 0 {
		return fmt.Errorf("--limit %d: expected a number of rows", r.limit)
	}
	if r.group == "" && strings.Join(r.total[:], "") != "" {
		r.count = true // totals over everything
	}
	return nil
}

// grouped tells whether groups are written in place of rows.
func (r *arrange) inGroups() bool { return r.group != "" || r.count }

// screenful is how many rows are put in the order that people like; nobody reads more.
const screenful = 5000

// orders parses a list of columns to sort by.
func orders[T any](t *view.Table[T], spec string) ([]render.Order[T], error) {
	var list []render.Order[T]
	for word := range strings.SplitSeq(spec, ",") {
		name := strings.TrimLeft(word, "+-")
		name, down := strings.CutSuffix(name, ":desc")
		name, up := strings.CutSuffix(name, ":asc")
		key, err := findKey(t, name)
		if err != nil {
			return nil, err
		}
		o := render.Order[T]{Column: t.Columns[render.Find(t.Columns, key)]}
		switch {
		case down || strings.HasPrefix(word, "-"):
			o.Reverse = true
		case up || strings.HasPrefix(word, "+"):
		default:
			o.Reverse = o.Column.Quantity()
		}
		list = append(list, o)
	}
	return list, nil
}

// sortFields returns the fields that --sort names; orders tells those that there are not.
func sortFields[T any](t *view.Table[T], spec string) (keys []string) {
	list, err := orders(t, spec)
	if spec == "" || err != nil {
		return nil
	}
	for i := range list {
		keys = append(keys, list[i].Column.Key)
	}
	return keys
}

// totals returns the names that --sum and its kin hold, and which of them each stands behind.
func (r *arrange) totals() ([]string, []render.Aggregate) {
	var names []string
	var hows []render.Aggregate
	for how, spec := range r.total {
		for name := range strings.SplitSeq(spec, ",") {
			if name == "" {
				continue
			}
			names = append(names, name)
			hows = append(hows, render.Aggregate(how))
		}
	}
	return names, hows
}

// errQuantity says that a column cannot be summed.
var errQuantity = errors.New("not a quantity")

// A pipe is where rows go, and what its parts need to be known of them.
type pipe[T any] struct {
	render.Writer[T]
	enc   *render.Encoder[T] // if rows go straight there
	needs uint32
	// decides are the needs of what is asked for by name: groups, order, columns. What is shown by default is
	// decoration.
	decides uint32
	rows    int
	leftOut func() int // columns that the table had no room for
}

// end closes the pipe after rows that ended with err.
func (s *sheet[T]) end(a *app, p *pipe[T], err error) error {
	if err != nil && p.rows == 0 {
		return err // no header over nothing
	}
	// what a row could not write, Close cannot either, and would say it again
	if closeErr := p.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return s.tellLeftOut(a, p)
}

// tellLeftOut says in a last line on a terminal how many columns there was no room for.
func (s *sheet[T]) tellLeftOut(a *app, p *pipe[T]) error {
	if !s.seen || p.rows == 0 || p.leftOut == nil || p.leftOut() == 0 {
		return nil
	}
	text := "1 column left out: --wide"
	if n := p.leftOut(); n > 1 {
		text = fmt.Sprintf("%d columns left out: --wide", n)
	}
	if s.opts.Color {
		text = "\x1b[2m" + text + "\x1b[0m"
	}
	_, err := fmt.Fprintln(a.Stdout, text)
	return err
}

// Row counts the rows on their way.
func (p *pipe[T]) Row(row *T) error {
	p.rows++
	return p.Writer.Row(row)
}

// pipeline puts together what the command line asks for: groups, order, head, encoder.
func (s *sheet[T]) pipeline(a *app, r *arrange) (*pipe[T], error) {
	p := &pipe[T]{}
	if r.inGroups() {
		return p, s.groups(a, r, p)
	}
	p.needs = render.Needs(s.cols)
	p.decides = render.Needs(s.named)
	if s.all {
		p.needs &^= inspect.NeedRates // nobody has asked to wait for a second look
	}
	return p, s.ordered(p, r, s.encoder(a))
}

// ordered puts order and limit before where rows end.
func (s *sheet[T]) ordered(p *pipe[T], r *arrange, enc *render.Encoder[T]) error {
	p.Writer, p.leftOut = enc, enc.LeftOut
	switch {
	case r.sort != "":
		list, err := orders(s.table, r.sort)
		if err != nil {
			return err
		}
		for i := range list {
			p.needs |= list[i].Column.Needs
			p.decides |= list[i].Column.Needs
		}
		p.Writer = render.Sort(enc, list, r.limit)
	case r.limit > 0 && s.table.Order != nil && (r.steady || s.forPeople()):
		p.Writer = render.Sort(enc, s.table.Order, r.limit)
	case r.limit > 0:
		p.Writer = render.Head(enc, r.limit)
	case s.forPeople():
		p.Writer = render.SortSome(enc, s.table.Order, screenful)
	default:
		p.enc = enc
	}
	return nil
}

// forPeople tells whether rows are put in the order that people like.
func (s *sheet[T]) forPeople() bool {
	return s.opts.Format == render.Table && s.opts.Human && s.table.Order != nil
}

// groups ends the pipe with groups, the largest first unless another order is asked for.
func (s *sheet[T]) groups(a *app, r *arrange, p *pipe[T]) error {
	var by []render.Column[T]
	if r.group != "" {
		var err error
		if by, err = choose(s.table, r.group, nil); err != nil {
			return err
		}
	}
	var totals []render.Total[T]
	names, hows := r.totals()
	for i, name := range names {
		key, err := findKey(s.table, name)
		if err != nil {
			return err
		}
		c := s.table.Columns[render.Find(s.table.Columns, key)]
		if !c.Quantity() {
			return fmt.Errorf("--%s %s: %w", hows[i], name, errQuantity)
		}
		p.needs |= c.Needs
		totals = append(totals, render.Total[T]{Column: c, How: hows[i]})
	}
	p.needs |= render.Needs(by)
	p.decides |= p.needs
	grouped := groupTable(s.table, render.GroupColumns(by, totals))
	spec := r.sort
	if spec == "" {
		spec = "count"
	}
	list, err := orders(&grouped, spec)
	if err != nil {
		return err
	}
	sheet := &sheet[render.Group]{table: &grouped, opts: s.opts}
	if s.out.template != "" {
		err = sheet.byTemplate(s.out)
	} else {
		_, fields, _ := s.out.format() // prepare told the error
		sheet.cols, err = choose(&grouped, fields, allKeys(&grouped))
	}
	if err != nil {
		return err
	}
	enc := sheet.encoder(a)
	p.leftOut = enc.LeftOut
	p.Writer = render.GroupBy(render.Sort(enc, list, r.limit), by, totals)
	return nil
}

// groupTable is the table of groups. A total is also called by the column that it is of, and by the names of
// that in the table of rows; if there are several of it, the first is.
func groupTable[T any](t *view.Table[T], cols []render.Column[render.Group]) view.Table[render.Group] {
	g := view.Table[render.Group]{Columns: cols}
	for i := range cols {
		key := cols[i].Key
		for how := render.Sum; how <= render.Mean; how++ {
			if of, ok := strings.CutPrefix(key, how.String()+"_"); ok && render.Find(t.Columns, key) < 0 {
				key = of
			}
		}
		if render.Find(t.Columns, key) < 0 {
			continue
		}
		title := t.Columns[render.Find(t.Columns, key)].Title
		f := view.Field[render.Group]{Name: cols[i].Key, Aliases: []string{view.Fold(key), view.Fold(title)}}
		for j := range t.Fields {
			if t.Fields[j].Name == key {
				f.Aliases = append(f.Aliases, t.Fields[j].Aliases...)
			}
		}
		g.Fields = append(g.Fields, f)
	}
	return g
}

// shown is how many of so many rows pass the limit.
func (r *arrange) shown(rows int) int {
	if r.limit > 0 {
		return min(rows, r.limit)
	}
	return rows
}

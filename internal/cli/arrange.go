package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// arrange holds the flags for order, limit and groups.
type arrange struct {
	sort  string
	limit int
	group string
	total [4]string // by render.Aggregate
	count bool
	// steady makes the order of rows the same on terminals and in pipes.
	steady bool
}

// arranging is the set of these flags that a command honors.
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
		"show one row for each combination of these `COLUMNS`, with its count; sorted by the first total, or by it")
	for how, help := range [...]string{
		render.AggregateSum: "sum of these `COLUMNS`", render.AggregateMax: "maximum of these `COLUMNS`",
		render.AggregateMin:  "minimum of these `COLUMNS`",
		render.AggregateMean: "mean of these `COLUMNS`",
	} {
		f.StringVar(&r.total[how], render.Aggregate(how).String(), "", help+" in each group")
	}
	f.BoolVar(&r.count, "count", false, "show only the number of rows, or of groups with their counts")
}

func (r *arrange) check() error {
	if r.limit < 0 {
		return fmt.Errorf("--limit %d: expected a number of rows", r.limit)
	}
	if r.group == "" && strings.Join(r.total[:], "") != "" {
		r.count = true // totals over all rows
	}
	return nil
}

// grouped reports whether groups are written in place of rows.
func (r *arrange) inGroups() bool { return r.group != "" || r.count }

// screenful is the largest number of rows that are sorted for reading on a terminal.
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
		o := render.Order[T]{Column: t.Amounts(key)}
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

// sortFields returns the fields that --sort names; unknown ones are reported by orders.
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

// totals returns the names in --sum, --max, --min and --mean, and the flag that each was given to.
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

// errQuantity reports a column that cannot be summed.
var errQuantity = errors.New("not a quantity")

// A pipe is the chain of sinks that rows pass through, with what its parts need.
type pipe[T any] struct {
	render.Writer[T]
	enc   *render.Encoder[T] // if rows go straight there
	needs uint32
	// decides are the needs of groups, order and columns that the command line names. Default columns do not
	// affect the exit code.
	decides uint32
	rows    int
	leftOut func() []string // columns that did not fit
	apart   []*apart[T]     // what may be told of groups
}

// end closes the pipe after a listing that returned err.
func (s *sheet[T]) end(a *app, p *pipe[T], err error) error {
	if err != nil && p.rows == 0 {
		return err // no header without rows
	}
	// Close would repeat the write error of a row
	if closeErr := p.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return s.remarks(a, p)
}

// remarks adds last lines on a terminal: how many columns did not fit, and how to group by address alone.
func (s *sheet[T]) remarks(a *app, p *pipe[T]) error {
	if !s.seen || p.rows == 0 {
		return nil
	}
	for _, of := range p.apart {
		if !of.found {
			continue
		}
		if err := s.remark(a, of.hint); err != nil {
			return err
		}
	}
	if p.leftOut == nil {
		return nil
	}
	return s.tellLeftOut(a, p.leftOut())
}

// tellLeftOut adds a last line about columns without room.
func (s *sheet[T]) tellLeftOut(a *app, keys []string) error {
	text := noRoom(keys, s.opts.Width, "--wide")
	if !s.seen || text == "" {
		return nil
	}
	return s.remark(a, text)
}

// noRoom says which columns there was no room for, or how many if these words have no room either, "" if
// there are none; remedy is the option that shows them.
func noRoom(keys []string, width int, remedy string) string {
	long, short := "left out: "+strings.Join(keys, ", "), fmt.Sprintf("%d columns left out", len(keys))
	if remedy != "" {
		long, short = long+" ("+remedy+")", short+": "+remedy
	}
	switch {
	case len(keys) == 0:
		return ""
	case len(long) <= width:
		return long
	case len(keys) == 1:
		return strings.Replace(short, "columns", "column", 1)
	}
	return short
}

// remark writes a last line about the table.
func (s *sheet[T]) remark(a *app, text string) error {
	if s.opts.Color {
		text = faint(text)
	}
	_, err := fmt.Fprintln(a.Stdout, text)
	return err
}

// Row counts a row and passes it on.
func (p *pipe[T]) Row(row *T) error {
	p.rows++
	return p.Writer.Row(row)
}

// pipeline builds the chain of the command line: groups, order, limit, encoder.
func (s *sheet[T]) pipeline(a *app, r *arrange) (*pipe[T], error) {
	p := &pipe[T]{}
	if r.inGroups() {
		return p, s.groups(a, r, p)
	}
	p.needs = render.Needs(s.cols)
	p.decides = render.Needs(s.named)
	if s.all {
		p.needs &^= inspect.NeedRates // a rate would delay the listing by a second sample
	}
	return p, s.ordered(p, r, s.encoder(a))
}

// ordered puts order and limit in front of the last sink.
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

// forPeople reports whether rows are sorted for reading.
func (s *sheet[T]) forPeople() bool {
	return s.opts.Format == render.FormatTable && s.opts.Human && s.table.Order != nil
}

// groups ends the pipe with groups, those with the largest first total, or else count, first, unless --sort
// says otherwise.
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
		c := s.table.Amounts(key)
		if !c.Quantity() {
			return fmt.Errorf("--%s %s: %w", hows[i], name, errQuantity)
		}
		p.needs |= c.Needs
		totals = append(totals, render.Total[T]{Column: c, How: hows[i]})
	}
	p.needs |= render.Needs(by)
	p.decides |= p.needs
	grouped := groupTable(s.table, render.GroupColumns(by, totals))
	first := "count"
	if len(totals) > 0 {
		first = totals[0].How.String() + "_" + totals[0].Column.Key
	}
	list, err := orders(&grouped, cmp.Or(r.sort, first))
	if err != nil {
		return err
	}
	sheet := &sheet[render.Group]{table: &grouped, opts: s.opts}
	if s.out.template != "" {
		err = sheet.byTemplate(s.out)
	} else {
		_, fields, _ := s.out.format() // prepare reported the error
		sheet.cols, err = choose(&grouped, s.out.spec(fields), allKeys(&grouped))
	}
	if err != nil {
		return err
	}
	pin(sheet.cols, allKeys(&grouped))
	enc := sheet.encoder(a)
	p.leftOut = enc.LeftOut
	p.Writer = render.GroupBy(render.Sort(enc, list, r.limit), by, totals)
	for i := range by {
		if parts, hint := s.partsOf(by, i); parts != nil {
			p.apart = append(p.apart, &apart[T]{Writer: p.Writer, parts: parts, hint: hint, seen: map[string]uint64{}})
			p.Writer = p.apart[len(p.apart)-1]
		}
	}
	return nil
}

// groupTable is the table of groups. A total can also be named by its column and the aliases of that; of
// several totals of one column that means the first.
func groupTable[T any](t *view.Table[T], cols []render.Column[render.Group]) view.Table[render.Group] {
	g := view.Table[render.Group]{Columns: cols}
	for i := range cols {
		key := cols[i].Key
		for how := render.AggregateSum; how <= render.AggregateMean; how++ {
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

// shown returns how many of n rows pass the limit.
func (r *arrange) shown(rows int) int {
	if r.limit > 0 {
		return min(rows, r.limit)
	}
	return rows
}

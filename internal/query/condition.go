package query

import (
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/filter"
	"github.com/nlstat/nlstat/pkg/render"
)

// opaque is a condition that the kernel cannot evaluate.
type opaque struct{ text string }

func (o opaque) Match(*filter.Row) bool { return true }
func (o opaque) String() string         { return o.text }

// translate returns the part of a filter that the kernel evaluates for one query, as the fields declare it.
func (p *Plan) translate(n *Node, t *view.Target) filter.Expr {
	switch {
	case n.Test != nil:
		return p.translateTest(n.Test, t)
	case n.Not != nil:
		return &filter.Not{X: p.translate(n.Not, t)}
	}
	kids := n.And
	if n.Or != nil {
		kids = n.Or
	}
	e := p.translate(kids[0], t)
	for _, k := range kids[1:] {
		next := p.translate(k, t)
		if n.Or != nil {
			e = &filter.Or{Left: e, Right: next}
		} else {
			e = &filter.And{Left: e, Right: next}
		}
	}
	return e
}

// translateTest combines the values of a test with or.
func (p *Plan) translateTest(test *Test, t *view.Target) filter.Expr {
	f := p.fields[test.Field]
	if p.infoless(&f, t) {
		return filter.Const(false)
	}
	if f.Plan == nil {
		return opaque{test.Field}
	}
	var list []filter.Expr
	for _, a := range test.Args {
		if a.Field != "" {
			return opaque{test.Field} // the kernel compares only with constants
		}
		c, err := conditionOf(&f, test.Op, a.Text)
		if err != nil {
			return opaque{test.Field} // Compile reports it
		}
		one := f.Plan(t, &c)
		if one == nil {
			return opaque{test.Field}
		}
		list = append(list, one)
	}
	return view.AnyOf(list)
}

// infoless reports whether a field is derived from tcp_info and the protocol has none.
func (p *Plan) infoless(f *view.Field[view.Socket], t *view.Target) bool {
	return t.Kind != nil && view.NeedsTCPInfo(f.Needs) && t.Kind.Info&diag.HasTCPInfo == 0
}

// conditionOf parses a value by the kind of the field.
func conditionOf[T any](f *view.Field[T], op Op, text string) (view.Condition, error) {
	c := view.Condition{Op: op, Text: text}
	fits, err := newMatcher(f.Kind, op, text, f.Number)
	if err != nil {
		return c, err
	}
	c.Fits = fits
	switch {
	case op == Matches || op == Contains:
	case f.Kind == render.KindUnsigned:
		lo, hi, err := parseRange(f.Kind, text, f.Number)
		if err != nil {
			return c, err
		}
		c.Number, c.Lo, c.Hi = true, lo.Uint(), hi.Uint()
	case f.Kind == render.KindAddress || f.Kind == render.KindEndpoint:
		c.Prefix, c.Ports, err = parseNet(text, f.Kind == render.KindEndpoint, f.Number)
		if err != nil {
			return c, err
		}
		c.Net = true
	}
	return c, nil
}

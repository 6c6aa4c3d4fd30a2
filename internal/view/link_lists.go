package view

import (
	"iter"

	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/render"
)

// altNames is the list of column altnames.
type altNames struct{ l *link.Link }

// Len implements [render.List].
func (a *altNames) Len() int {
	n := 0
	for range a.l.AltNames() {
		n++
	}
	return n
}

// AppendText implements [render.List].
func (a *altNames) AppendText(dst []byte) []byte {
	start := len(dst)
	for name := range a.l.AltNames() {
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = append(dst, name...)
	}
	return dst
}

// AppendJSON implements [render.List].
func (a *altNames) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	start := len(dst)
	for name := range a.l.AltNames() {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = render.AppendJSONString(dst, name)
	}
	return append(dst, ']')
}

// details is the list of column details: attributes of the link's kind, then of its master's.
type details struct{ l *Link }

func (d *details) all() iter.Seq[link.Detail] {
	return func(yield func(link.Detail) bool) {
		for x := range d.l.Details() {
			if !yield(x) {
				return
			}
		}
		d.l.MemberDetails()(yield)
	}
}

// value is a property with its type.
func (d *details) value(x *link.Detail) render.Value {
	switch x.Form {
	case link.DetailNumber:
		return render.Uint(x.Num)
	case link.DetailFlag:
		return render.Bool(x.Num != 0)
	case link.DetailLinkIndex:
		return d.l.link(uint32(x.Num))
	case link.DetailTimer:
		return render.Float(float64(x.Num) / 100)
	case link.DetailText:
		return render.Text(x.Raw)
	default:
		d.l.text = x.AppendTo(d.l.text[:0])
		return render.Text(d.l.text)
	}
}

// Len implements [render.List].
func (d *details) Len() int {
	n := 0
	for range d.all() {
		n++
	}
	return n
}

// AppendText implements [render.List].
func (d *details) AppendText(dst []byte) []byte {
	start := len(dst)
	for x := range d.all() {
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		v := d.value(&x)
		dst = v.Append(append(append(dst, x.Name...), '='))
	}
	return dst
}

// AppendJSON implements [render.List].
func (d *details) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	start := len(dst)
	for x := range d.all() {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		v := d.value(&x)
		dst = render.AppendJSONString(append(dst, `{"name":`...), x.Name)
		dst = v.AppendJSON(append(dst, `,"value":`...))
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

package view

import "github.com/nlstat/nlstat/pkg/render"

// A Limit is a row of the table of limited resources.
type Limit struct {
	Resource    string
	Used, Limit uint64
	Known       bool // use and limit are known
	Setting     string
	Detail      string
	Place
}

// nearlyFull is the use in percent from which on a limit is styled as bad, from half of it as a notice.
const nearlyFull = 80

// Limits is the table of limited resources.
func Limits() Table[Limit] {
	text := func(key, title, help string, role render.Type, get func(*Limit) string) render.Column[Limit] {
		return render.Column[Limit]{
			Key: key, Title: title, Kind: render.KindString, Type: role, Help: help,
			Value: func(l *Limit) render.Value {
				if get(l) == "" {
					return render.Value{}
				}
				return render.Name(get(l))
			},
		}
	}
	number := func(key, title, help string, get func(*Limit) uint64) render.Column[Limit] {
		return render.Column[Limit]{
			Key: key, Title: title, Kind: count.kind, Type: count.typ, Right: true, Help: help,
			Value: func(l *Limit) render.Value {
				if !l.Known {
					return render.Value{}
				}
				return render.Uint(get(l))
			},
		}
	}
	full := number("full", "FULL%", "Use in percent of the limit.", (*Limit).full)
	full.Style = func(l *Limit) render.Style {
		switch used := l.full(); {
		case used >= nearlyFull:
			return render.StyleBad
		case used >= nearlyFull/2:
			return render.StyleNotice
		}
		return render.StylePlain
	}
	detail := text("detail", "DETAIL",
		"Range of the source ports and the peer with the most; why an amount is unknown.",
		render.TypeText, func(l *Limit) string { return l.Detail })
	detail.Fit = render.Fit{Min: 12, Cut: render.CutWords}
	return Table[Limit]{
		Name: "limits",
		Help: "Source ports, tracked flows, neighbors and other resources that can run out: use and limit. The setting " +
			"raises the limit.",
		Default: []string{"resource", "used", "limit", "full", "detail"},
		Fields:  []Field[Limit]{netnsField(func(l *Limit) *Place { return &l.Place })},
		Columns: []render.Column[Limit]{
			netnsColumn(func(l *Limit) *Place { return &l.Place }),
			text("resource", "RESOURCE", "source-ports, conntrack, ipv4-neighbors, ipv6-neighbors, time-wait or orphans.",
				render.TypeWord, func(l *Limit) string { return l.Resource }),
			number("used", "USED", "Number in use; of source ports, the number for the peer with the most.",
				func(l *Limit) uint64 { return l.Used }),
			number("limit", "LIMIT", "Number that can be in use.", func(l *Limit) uint64 { return l.Limit }),
			full,
			text("setting", "SETTING", "Setting of sysctl(8) that limits it.", render.TypeText,
				func(l *Limit) string { return l.Setting }),
			detail,
		},
		Guess: func(w string) (Guess, bool) {
			return Guess{Field: "resource", Values: []string{w}, Loose: true}, true
		},
		Watch: Watch[Limit]{
			Key: []string{"netns", "resource"}, Facts: []string{"used", "limit", "full"},
			Keep: func(l *Limit) *Limit { kept := *l; return &kept },
		},
	}
}

// full returns the use in percent, 0 if unknown.
func (l *Limit) full() uint64 {
	if l.Limit == 0 {
		return 0
	}
	return 100 * l.Used / l.Limit
}

package cli

import (
	"time"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// findings is the table of what doctor finds, for machines. People get a page; see doctor_text.go.
func findings() view.Table[doctor.Finding] {
	text := func(key, title, help string, role render.Type, value func(*doctor.Finding) string) render.Column[doctor.Finding] {
		return render.Column[doctor.Finding]{
			Key: key, Title: title, Kind: render.KindString, Type: role, Help: help,
			Value: func(f *doctor.Finding) render.Value {
				if s := value(f); s != "" {
					return render.Name(s)
				}
				return render.Value{}
			},
		}
	}
	number := func(key, title, help string, value func(*doctor.Finding) float64) render.Column[doctor.Finding] {
		return render.Column[doctor.Finding]{
			Key: key, Title: title, Kind: render.KindDecimal, Type: render.TypeGauge, Right: true, Help: help,
			Value: func(f *doctor.Finding) render.Value { return render.Float(value(f)) },
		}
	}
	return view.Table[doctor.Finding]{
		Name:    "findings",
		Help:    "What nlstat doctor finds, worst first.",
		Default: []string{"severity", "id", "subject", "value", "limit", "unit", "who"},
		Columns: []render.Column[doctor.Finding]{
			text("id", "CHECK", "Check that found it; nlstat doctor --list describes it.", render.TypeWord,
				func(f *doctor.Finding) string { return f.ID }),
			text("severity", "SEVERITY", "note, warning or critical.", render.TypeWord,
				func(f *doctor.Finding) string { return f.Severity.String() }),
			text("netns", "NETNS", "Network namespace, as ip netns calls it.", render.TypeText,
				func(f *doctor.Finding) string { return f.Netns }),
			text("subject", "SUBJECT", "Address, interface, process or table that the finding is "+
				"about.", render.TypeText,
				func(f *doctor.Finding) string { return f.Subject }),
			text("text", "TEXT", "What is wrong, in one line.", render.TypeText,
				func(f *doctor.Finding) string { return f.Text }),
			number("value", "VALUE", "Value that was measured, in the unit of the field unit.",
				func(f *doctor.Finding) float64 { return f.Value }),
			number("limit", "LIMIT", "Limit that the value has reached; 0: any value is too much.",
				func(f *doctor.Finding) float64 { return f.Limit }),
			text("unit", "UNIT", "Unit of value and limit; null: both are parts of a whole.", render.TypeWord,
				func(f *doctor.Finding) string { return f.Unit }),
			text("who", "WHO", "Process concerned, as name/pid, and how many more there are; null: not "+
				"known.", render.TypeText,
				func(f *doctor.Finding) string { return f.Who }),
			{
				Key: "since", Title: "SINCE", Kind: render.KindDuration, Type: render.TypeDuration, Right: true,
				Help: "How long it has been so, as far as is known: at least the time between the samples.",
				Value: func(f *doctor.Finding) render.Value {
					if f.Since <= 0 {
						return render.Value{}
					}
					return render.Dur(f.Since.Round(time.Millisecond))
				},
			},
			text("cause", "CAUSE", "Why this happens.", render.TypeText, func(f *doctor.Finding) string { return f.Cause }),
			text("remedy", "REMEDY", "What helps.", render.TypeText, func(f *doctor.Finding) string { return f.Remedy }),
			text("command", "COMMAND", "Command line that shows what is concerned.", render.TypeText,
				func(f *doctor.Finding) string { return f.Command }),
		},
	}
}

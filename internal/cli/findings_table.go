package cli

import (
	"time"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// findings is the table of findings of doctor, in machine formats. For text see doctor_text.go.
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
		Help:    "Findings of nlstat doctor, worst first.",
		Default: []string{"severity", "id", "subject", "value", "limit", "unit", "who"},
		Columns: []render.Column[doctor.Finding]{
			text("id", "CHECK", "Name of the check; nlstat doctor --list describes it.", render.TypeWord,
				func(f *doctor.Finding) string { return f.ID }),
			text("severity", "SEVERITY", "Severity: note, warning or critical.", render.TypeWord,
				func(f *doctor.Finding) string { return f.Severity.String() }),
			text("netns", "NETNS", "Network namespace, by its name in ip netns.", render.TypeText,
				func(f *doctor.Finding) string { return f.Netns }),
			text("subject", "SUBJECT", "Address, interface, process or table that the finding is "+
				"about.", render.TypeText,
				func(f *doctor.Finding) string { return f.Subject }),
			text("text", "TEXT", "The problem, in one line.", render.TypeText,
				func(f *doctor.Finding) string { return f.Text }),
			number("value", "VALUE", "Measured value, in the unit of the field unit.",
				func(f *doctor.Finding) float64 { return f.Value }),
			number("limit", "LIMIT", "Limit that the value has reached; 0 if any value is too high.",
				func(f *doctor.Finding) float64 { return f.Limit }),
			text("unit", "UNIT", "Unit of value and limit; null if both are fractions.", render.TypeWord,
				func(f *doctor.Finding) string { return f.Unit }),
			text("who", "WHO", "Process concerned, as name/pid, and the number of further ones; null if "+
				"unknown.", render.TypeText,
				func(f *doctor.Finding) string { return f.Who }),
			{
				Key: "since", Title: "SINCE", Kind: render.KindDuration, Type: render.TypeDuration, Right: true,
				Help: "Known duration of the problem: at least the time between the samples.",
				Value: func(f *doctor.Finding) render.Value {
					if f.Since <= 0 {
						return render.Value{}
					}
					return render.Dur(f.Since.Round(time.Millisecond))
				},
			},
			text("cause", "CAUSE", "Cause of the problem.", render.TypeText, func(f *doctor.Finding) string { return f.Cause }),
			text("remedy", "REMEDY", "Remedy.", render.TypeText, func(f *doctor.Finding) string { return f.Remedy }),
			text("command", "COMMAND", "Command line that shows the sockets, counters or interfaces concerned.", render.TypeText,
				func(f *doctor.Finding) string { return f.Command }),
		},
	}
}

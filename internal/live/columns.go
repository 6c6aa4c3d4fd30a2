package live

import (
	"fmt"
	"strconv"
	"time"

	"github.com/nlstat/nlstat/pkg/render"
)

// amount returns a value if it is known.
func amount(known bool, v render.Value) render.Value {
	if !known {
		return render.Value{}
	}
	return v
}

// count is a column of numbers that are highlighted if they are not 0.
func count[T any](
	key, title string, kind render.Kind, style render.Style, value func(*T) render.Value,
) render.Column[T] {
	return render.Column[T]{
		Key: key, Title: title, Kind: kind, Type: render.TypeGauge, Right: true, Value: value, Fit: dropFit(key),
		Style: func(row *T) render.Style {
			v := value(row)
			if n, ok := v.Number(); ok && n > 0 {
				return style
			}
			return render.StyleFaint
		},
	}
}

// dropFit drops columns of numbers on a narrow terminal, except the main ones.
func dropFit(key string) render.Fit {
	switch key {
	case "send", "recv":
		return render.Fit{}
	case "close_wait", "resent":
		return render.Fit{Drop: 1}
	case "listen":
		return render.Fit{Drop: 3}
	default:
		return render.Fit{Drop: 2}
	}
}

// number is a column of counts.
func number[T any](key, title string, style render.Style, value func(*T) uint64) render.Column[T] {
	shown := func(row *T) render.Value { return render.Uint(value(row)) }
	return count(key, title, render.KindUnsigned, style, shown)
}

// rated is a column of bytes a second.
func rated[T any](
	s *scene, key, title string, value func(*T) (perSecond float64, known bool),
) render.Column[T] {
	return count(key, title, render.KindByteSize, render.StyleStrong, func(row *T) render.Value {
		n, known := value(row)
		if !known {
			return render.Value{}
		}
		return s.rate(n)
	})
}

// text is a column of texts that shrinks on a narrow terminal.
func text[T any](key, title string, fit render.Fit, value func(*T) string) render.Column[T] {
	return render.Column[T]{
		Key: key, Title: title, Kind: render.KindString, Type: render.TypeText, Fit: fit,
		Value: func(row *T) render.Value { return render.Name(value(row)) },
	}
}

// drops is a column of drops in all, and since the previous sample.
func drops[T any](value func(*T) (total, recent uint64)) render.Column[T] {
	return render.Column[T]{
		Key: "drops", Title: "DROPS", Kind: render.KindUnsigned, Type: render.TypeCounter, Right: true,
		Fit:   render.Fit{Drop: 1},
		Value: func(row *T) render.Value { total, _ := value(row); return render.Uint(total) },
		Text: func(dst []byte, row *T) []byte {
			total, recent := value(row)
			dst = strconv.AppendUint(dst, total, 10)
			if recent > 0 {
				dst = fmt.Appendf(dst, " (+%d)", recent)
			}
			return dst
		},
		Style: func(row *T) render.Style {
			switch total, recent := value(row); {
			case recent > 0:
				return render.StyleBad
			case total > 0:
				return render.StyleNotice
			default:
				return render.StyleFaint
			}
		},
	}
}

// late is a column of durations.
func late[T any](value func(*T) time.Duration) render.Column[T] {
	return render.Column[T]{
		Key: "rtt", Title: "RTT", Kind: render.KindDuration, Type: render.TypeDuration, Right: true,
		Fit: render.Fit{Drop: 3},
		Value: func(row *T) render.Value {
			d := value(row)
			return amount(d > 0, render.Dur(d))
		},
	}
}

// address is a column of socket addresses.
func address[T any](key, title string, drop int, value func(*T) render.Value) render.Column[T] {
	return render.Column[T]{
		Key: key, Title: title, Kind: render.KindEndpoint, Type: render.TypeAddress,
		Fit: render.Fit{Min: 21, Cut: render.CutMiddle, Drop: drop}, Value: value,
	}
}

// tenths rounds to one decimal.
func tenths(f float64) render.Value { return render.Float(float64(int64(10*f+0.5)) / 10) }

// inNetns is a column of namespaces, present if there may be several.
func inNetns[T any](value func(*T) string) render.Column[T] {
	return text("netns", "NETNS", render.Fit{Min: 6, Drop: 1}, value)
}

// nameFit is for names of processes; wholeFit does not cut them, as the kernel cuts them to 15 bytes, except
// hostile ones that take more cells.
var (
	nameFit  = render.Fit{Min: 12, Cut: render.CutName}
	wholeFit = render.Fit{Min: 12, Keep: 26, Cut: render.CutName}
)

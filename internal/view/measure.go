package view

import (
	"math"
	"time"

	"github.com/nlstat/nlstat/pkg/render"
)

// A measure is the kind and unit of a number.
type measure struct {
	kind render.Kind
	typ  render.Type
}

// The measures of columns that are declared in tables.
var (
	count  = measure{render.Unsigned, render.TypeGauge}
	total  = measure{render.Unsigned, render.TypeCounter}
	code   = measure{render.Unsigned, render.TypeIdentifier}
	size   = measure{render.ByteSize, render.TypeGauge}
	volume = measure{render.ByteSize, render.TypeCounter}
	span   = measure{render.Duration, render.TypeDuration}
	spent  = measure{render.Duration, render.TypeCounter}
	rate   = measure{render.BitRate, render.TypeRate}
	yesNo  = measure{render.Boolean, render.TypeFlag}
)

// absent marks a value that the kernel has not measured, or infinity.
const absent = math.MaxUint64

// number is the cell of a number, absent for absent.
func number(k render.Kind, n uint64) render.Value {
	switch {
	case n == absent:
		return render.Value{}
	case k == render.Duration:
		return render.Dur(time.Duration(n))
	case k == render.ByteSize:
		return render.Bytes(n)
	case k == render.BitRate:
		return render.Bits(n)
	default:
		return render.Uint(n)
	}
}

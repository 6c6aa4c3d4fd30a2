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
	count  = measure{render.KindUnsigned, render.TypeGauge}
	total  = measure{render.KindUnsigned, render.TypeCounter}
	code   = measure{render.KindUnsigned, render.TypeIdentifier}
	size   = measure{render.KindByteSize, render.TypeGauge}
	volume = measure{render.KindByteSize, render.TypeCounter}
	span   = measure{render.KindDuration, render.TypeDuration}
	spent  = measure{render.KindDuration, render.TypeCounter}
	rate   = measure{render.KindBitRate, render.TypeRate}
	yesNo  = measure{render.KindBoolean, render.TypeFlag}
)

// absent marks a value that the kernel has not measured, or infinity.
const absent = math.MaxUint64

// number is the cell of a number, absent for absent.
func number(k render.Kind, n uint64) render.Value {
	switch {
	case n == absent:
		return render.Value{}
	case k == render.KindDuration:
		return render.Dur(time.Duration(n))
	case k == render.KindByteSize:
		return render.Bytes(n)
	case k == render.KindBitRate:
		return render.Bits(n)
	default:
		return render.Uint(n)
	}
}

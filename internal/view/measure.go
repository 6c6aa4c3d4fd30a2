package view

import (
	"math"
	"strings"
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

// exactSizes makes columns of the largest sizes of packets and segments, which are of use only to the byte, the
// same in every text.
func exactSizes[T any](cols []render.Column[T]) []render.Column[T] {
	for i := range cols {
		if !strings.HasSuffix(cols[i].Key, "mss") && !strings.HasSuffix(cols[i].Key, "mtu") {
			continue
		}
		value := cols[i].Value
		cols[i].Text = func(dst []byte, row *T) []byte {
			v := value(row)
			if v.Kind() == render.KindNone {
				return dst
			}
			return v.Append(dst)
		}
	}
	return cols
}

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

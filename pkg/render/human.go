package render

import (
	"strconv"
	"time"
)

// AppendSize appends n bytes in binary units of at most five characters: 999, 1.5K, 64K, 12.3M.
func AppendSize(dst []byte, n uint64) []byte {
	const units = "KMGTPE"
	if n < 1024 {
		return strconv.AppendUint(dst, n, 10)
	}
	unit := 0
	div := uint64(1024)
	for n/div >= 1024 && unit < len(units)-1 {
		div *= 1024
		unit++
	}
	return append(appendTenths(dst, n, div), units[unit])
}

// AppendBitRate appends a rate in bits a second in decimal units: 999bps, 1.5kbps, 12.3Mbps.
func AppendBitRate(dst []byte, n uint64) []byte {
	const units = "kMGTPE"
	if n == 0 {
		return append(dst, '0')
	}
	if n < 1000 {
		return append(strconv.AppendUint(dst, n, 10), "bps"...)
	}
	unit := 0
	div := uint64(1000)
	for n/div >= 1000 && unit < len(units)-1 {
		div *= 1000
		unit++
	}
	dst = append(appendTenths(dst, n, div), units[unit])
	return append(dst, "bps"...)
}

// appendTenths appends n/div with one decimal unless that is zero, rounded down, so that a queue that is
// not full never appears full.
func appendTenths(dst []byte, n, div uint64) []byte {
	dst = strconv.AppendUint(dst, n/div, 10)
	tenth := min(n%div/(div/10), 9) // div need not be a multiple of ten
	if tenth == 0 {
		return dst
	}
	return append(dst, '.', byte('0'+tenth))
}

// AppendDuration appends d with two or three significant digits: 250us, 12.3ms, 1.5s, 5m03s, 3h12m, 2d04h.
func AppendDuration(dst []byte, d time.Duration) []byte {
	if d < 0 {
		if d == -1<<63 {
			d++ // the minimum has no negation
		}
		return AppendDuration(append(dst, '-'), -d)
	}
	switch {
	case d == 0:
		return append(dst, '0')
	case d < time.Microsecond:
		return append(strconv.AppendInt(dst, int64(d), 10), "ns"...)
	case d < time.Millisecond:
		return append(strconv.AppendInt(dst, int64(d/time.Microsecond), 10), "us"...)
	case d < 100*time.Millisecond:
		return append(appendTenths(dst, uint64(d), uint64(time.Millisecond)), "ms"...)
	case d < time.Second:
		return append(strconv.AppendInt(dst, int64(d/time.Millisecond), 10), "ms"...)
	case d < time.Minute:
		return append(appendTenths(dst, uint64(d), uint64(time.Second)), 's')
	case d < time.Hour:
		return appendPair(dst, int64(d/time.Minute), 'm', int64(d/time.Second)%60, 's')
	case d < 24*time.Hour:
		return appendPair(dst, int64(d/time.Hour), 'h', int64(d/time.Minute)%60, 'm')
	default:
		return appendPair(dst, int64(d/(24*time.Hour)), 'd', int64(d/time.Hour)%24, 'h')
	}
}

func appendPair(dst []byte, big int64, bigUnit byte, small int64, smallUnit byte) []byte {
	dst = append(strconv.AppendInt(dst, big, 10), bigUnit)
	return append(dst, byte('0'+small/10), byte('0'+small%10), smallUnit)
}

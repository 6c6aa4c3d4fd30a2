package signals

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// least is what the runtime needs before it can say in its own words that memory is short. Most of the
// address space is reserved, not used. Where it does not even start it writes its own message.
var least = [...]struct {
	resource int
	bytes    uint64
	what     string
}{
	{unix.RLIMIT_AS, 768 << 20, "address space (ulimit -v)"},
	{unix.RLIMIT_DATA, 48 << 20, "data (ulimit -d)"},
}

// Limits returns an error that names the limit under which the program cannot run.
func Limits() error {
	return tooTight(func(resource int) uint64 {
		var r unix.Rlimit
		if unix.Getrlimit(resource, &r) != nil {
			return unix.RLIM_INFINITY
		}
		return r.Cur
	})
}

func tooTight(limit func(resource int) uint64) error {
	for _, l := range &least {
		if is := limit(l.resource); is < l.bytes {
			return fmt.Errorf("the limit of %s is %d MiB, %d are needed", l.what, is>>20, l.bytes>>20)
		}
	}
	return nil
}

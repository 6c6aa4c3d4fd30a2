//go:build linux && !s390x && !ppc64 && !mips && !mips64

package diag_test

// The recording was made on a little-endian machine.

import (
	"context"
	"fmt"
	"log"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

func ExampleOpenRecording() {
	f, err := os.Open("testdata/linux-6.18.nl")
	if err != nil {
		log.Print(err)
		return
	}
	defer f.Close() //nolint:errcheck // read-only
	rec, err := diag.OpenRecording(f)
	if err != nil {
		log.Print(err)
		return
	}
	c, err := diag.Dial(&diag.Config{Replay: rec})
	if err != nil {
		log.Print(err)
		return
	}
	q := diag.Query{Family: unix.AF_UNIX, States: diag.States(diag.StateListen), Want: diag.HasName | diag.HasIcons}
	for s, err := range c.Sockets(context.Background(), &q) {
		if err != nil {
			log.Print(err)
			return
		}
		waiting := slices.Collect(s.Icons())
		fmt.Printf("%q: %d waiting\n", s.Name(), len(waiting))
	}
	// Unordered output:
	// "\x00nlstat\x00fixture": 1 waiting
	// "\x00nlstat\x00fixture+": 1 waiting
}

//go:build linux

package redact_test

import (
	"bytes"
	"context"
	"log"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/diag/redact"
)

// A recording that can be published: addresses, users and names are replaced, equal ones by equal
// ones.
func ExampleNew() {
	var file bytes.Buffer
	recorder := diag.NewRecorder(&file, nil, redact.New())
	c, err := diag.Dial(&diag.Config{Record: recorder})
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		q := diag.Query{Family: family, Protocol: unix.IPPROTO_TCP}
		for _, err := range c.Sockets(context.Background(), &q) {
			if err != nil {
				log.Print(err)
				return
			}
		}
	}
	if err := recorder.Close(); err != nil {
		log.Print(err)
		return
	}
	log.Printf("%d bytes", file.Len())
}

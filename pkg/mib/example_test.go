package mib_test

import (
	"fmt"
	"log"
	"time"

	"github.com/nlstat/nlstat/pkg/mib"
)

func ExampleRead() {
	s, err := mib.Read()
	if err != nil {
		log.Print(err)
		return
	}
	for _, m := range s.Metrics {
		if m.Kind == mib.KindCount && m.Value > 0 {
			log.Printf("%s %s %d", m.Section, m.Name, m.Value)
		}
	}
}

// The number of segments retransmitted within a second, over IPv4 and IPv6.
func ExampleSnapshot_Since() {
	before, err := mib.Read()
	if err != nil {
		log.Print(err)
		return
	}
	time.Sleep(time.Second)
	after, err := mib.Read()
	if err != nil {
		log.Print(err)
		return
	}
	for m, grown := range after.Since(before) {
		if m.Section == "Tcp" && m.Name == "RetransSegs" {
			log.Print(grown)
		}
	}
}

func ExampleDelta() {
	const before, after = 1<<32 - 1, 4 // of a counter with 32 bits
	fmt.Println(mib.Delta(mib.KindCount, before, after), mib.Delta(mib.KindGauge, before, after))
	// Output: 5 -4294967291
}

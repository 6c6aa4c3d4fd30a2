//go:build integration

package integration

import (
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// zooLines are the option lines of the first cut, compared over the whole zoo.
var zooLines = []string{
	"-tuan", "-tan", "-uan", "-tln", "-uln", "-tn", "-un", "-tun", "-an4 -tu", "-an6 -tu",
	"-4 -tan", "-6 -tan", "-4 -uan", "-6 -uan", "-4 -6 -tuan", "-tuln", "-tuln4", "-tuln6", "-tn4", "-un6",
}

func TestParityZoo(t *testing.T) {
	for _, program := range []string{"ss", "netstat"} {
		t.Run(program, func(t *testing.T) {
			ns := harness.New(t)
			ns.Zoo()
			for _, line := range zooLines {
				t.Run(line, func(t *testing.T) {
					harness.Parity(ns.With(t), program, strings.Fields(line)...)
				})
			}
		})
	}
}

// TestParityNames leaves -n out: services and, for netstat, hosts by name.
func TestParityNames(t *testing.T) {
	ns := harness.New(t)
	ns.Listen("127.0.0.1:22")
	ns.Listen("[::1]:80")
	ns.UDP("127.0.0.1:53")
	for _, program := range []string{"ss", "netstat"} {
		for _, line := range []string{"-tua", "-tl", "-ul", "-ta4", "-ua6"} {
			t.Run(program+" "+line, func(t *testing.T) {
				harness.Parity(ns.With(t), program, strings.Fields(line)...)
			})
		}
	}
}

// TestParityEmpty has nothing to list: headers and exit codes.
func TestParityEmpty(t *testing.T) {
	ns := harness.New(t)
	for _, program := range []string{"ss", "netstat"} {
		for _, line := range []string{"-tuan", "-tn", "-uln"} {
			t.Run(program+" "+line, func(t *testing.T) {
				harness.Parity(ns.With(t), program, strings.Fields(line)...)
			})
		}
	}
}

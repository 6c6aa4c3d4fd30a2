//go:build integration

package integration

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/integration/load"
)

// TestExporterScale measures the exporter beside node_exporter's tcpstat collector: how long a scrape takes,
// the most memory, and what ten samples a minute cost. NLSTAT_SOCKETS says how many sockets, 200,000 otherwise.
func TestExporterScale(t *testing.T) {
	soak(t)
	sockets := 200_000
	if text := os.Getenv("NLSTAT_SOCKETS"); text != "" {
		var err error
		if sockets, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		spec load.Spec
		args []string
	}{
		{"plain", load.Spec{TCP: sockets}, nil},
		{"remotes", load.Spec{TCP: sockets}, []string{"--remotes", "50"}},
		{"sockets alone", load.Spec{TCP: sockets}, []string{"--only", "sockets"}},
		{"namespaces", load.Spec{TCP: 1000, NetNS: 1000}, []string{"--all-netns"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ns := harness.Crowded(t)
			l, err := load.Start(&tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Stop()
			const every = 6 * time.Second
			x := export(t, ns, append([]string{"--interval", every.String()}, tt.args...)...)
			cost := x.costOfSamples(3)
			var scrapes []time.Duration
			var values map[string]float64
			for range 10 {
				began := time.Now()
				if values, err = x.scrape(); err != nil {
					t.Fatal(err)
				}
				scrapes = append(scrapes, time.Since(began))
			}
			slices.Sort(scrapes)
			peak := peakMemory(t, x.pid)
			t.Logf("%s: scrape %v, sample %.2f s and %.2f s, %d series, peak %.0f MiB, %.1f %% of a core at ten a minute",
				tt.name, scrapes[5].Round(100*time.Microsecond),
				values[`nlstat_sample_duration_seconds{collector="sockets"}`],
				values[`nlstat_sample_duration_seconds{collector="host"}`], len(values), peak, 100*cost.Seconds()*10/60)
			if scrapes[5] > time.Second || peak > 64 {
				t.Errorf("a scrape takes %v, and %.0f MiB; want 1s and 64 MiB at most", scrapes[5], peak)
			}
			if tt.spec.NetNS == 0 {
				tcpstat(t, ns)
			}
		})
	}
}

// costOfSamples returns the processor time of one sample, from the end of one to the end of the n-th after
// it. Consecutive samples are distinguished by their duration.
func (x *exporter) costOfSamples(n int) time.Duration {
	x.t.Helper()
	const took = `nlstat_sample_duration_seconds{collector="sockets"}`
	last, spent := 0.0, time.Duration(0)
	for i := range n + 1 {
		x.until("another sample", func(v map[string]float64) bool {
			was := last
			last = v[took]
			return was != last
		})
		if i == 0 {
			spent = cpuTime(x.t, x.pid)
		}
	}
	return (cpuTime(x.t, x.pid) - spent) / time.Duration(n)
}

// tcpstat scrapes node_exporter with the collector tcpstat alone, which samples at each scrape.
func tcpstat(t *testing.T, ns *harness.NS) {
	t.Helper()
	node := startServer(t, ns, "prometheus-node-exporter", "127.0.0.1:9100", "/metrics",
		"--web.listen-address=127.0.0.1:9100", "--collector.disable-defaults", "--collector.tcpstat")
	spent := cpuTime(t, node.pid)
	began := time.Now()
	const n = 3
	for range n {
		node.get("/metrics")
	}
	t.Logf("node_exporter --collector.tcpstat: scrape %v, peak %.0f MiB, %.1f %% of a core at ten a minute",
		(time.Since(began) / n).Round(time.Millisecond), peakMemory(t, node.pid),
		100*(cpuTime(t, node.pid)-spent).Seconds()/n*10/60)
}

// peakMemory returns the most memory that a process had, in MiB.
func peakMemory(t *testing.T, pid int) float64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return float64(kib) / 1024
		}
	}
	t.Fatalf("no VmHWM in %s", text)
	return 0
}

// cpuTime returns the processor time of a process. The clock of /proc has 100 ticks a second everywhere.
func cpuTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+2:]))
	sum := 0
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return time.Duration(sum) * 10 * time.Millisecond
}

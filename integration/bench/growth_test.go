package bench

import (
	"math"
	"strings"
	"testing"
	"time"
)

func growthOf(constant bool, power float64, peaks ...int) *Growth {
	g := &Growth{Curve: "things", Label: "list", Constant: constant, PeakKiB: peaks}
	for i := range peaks {
		n := 1000 * int(math.Pow(4, float64(i)))
		g.Sizes = append(g.Sizes, n)
		g.CPU = append(g.CPU, time.Duration(1e3*math.Pow(float64(n), power)))
	}
	return g
}

func TestExponent(t *testing.T) {
	t.Parallel()
	for _, power := range []float64{0, 0.5, 1, 1.29, 2} {
		if got := growthOf(false, power, 1, 2, 3, 4).Exponent(); math.Abs(got-power) > 0.001 {
			t.Errorf("exponent %.3f, want %.2f", got, power)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	missing := growthOf(false, 1, 1, 1, 1)
	missing.add(&Result{Size: 7, Skipped: "7 rows, want 8"})
	for name, tt := range map[string]struct {
		growth *Growth
		want   string // in one of the faults, "" = there are none
	}{
		"in proportion":   {growthOf(true, 1.05, 5000, 8000, 9000), ""},
		"memory may grow": {growthOf(false, 1, 5000, 8000, 90_000), ""},
		"square":          {growthOf(false, 2, 5000, 8000, 9000), "power of 2.00"},
		"a little more":   {growthOf(false, 1.31, 5000, 8000, 9000), "power of 1.31"},
		"memory":          {growthOf(true, 1, 5000, 8000, 17_000), "constant"},
		"no memory":       {growthOf(true, 1, 0, 0, 0), "time(1)"},
		"two sizes":       {growthOf(true, 1, 5000, 8000), "needs three"},
		"missing":         {missing, "7 rows, want 8"},
	} {
		faults := tt.growth.Faults()
		if (len(faults) > 0) != (tt.want != "") || !strings.Contains(strings.Join(faults, "\n"), tt.want) {
			t.Errorf("%s: %q, want %q", name, faults, tt.want)
		}
	}
}

// TestGrowths puts results of two curves together, and writes them into a page.
func TestGrowths(t *testing.T) {
	t.Parallel()
	curves := Curves()
	var results []Result
	for _, w := range Workloads(curves, true) {
		for _, c := range w.Groups[0].Commands {
			cpu := time.Duration(w.Size) * time.Microsecond
			results = append(results, Result{
				Workload: w.Name, Group: w.Groups[0].Name, Size: w.Size, Label: c.Label, CPU: []time.Duration{3 * cpu, cpu, 2 * cpu}, PeakKiB: 4096,
			})
		}
	}
	growths := Growths(curves, results)
	commands := 0
	for i := range curves {
		if len(curves[i].Sizes) < 3 || len(curves[i].Small) < 3 {
			t.Errorf("%s: fewer than three sizes", curves[i].Name)
		}
		commands += len(curves[i].Commands(1))
	}
	if len(growths) != commands {
		t.Errorf("%d growths of %d commands", len(growths), commands)
	}
	for i := range growths {
		if faults := growths[i].Faults(); faults != nil || math.Abs(growths[i].Exponent()-1) > 0.001 {
			t.Errorf("%s: exponent %f, %q", growths[i].Label, growths[i].Exponent(), faults)
		}
	}
	page, err := ReplaceGrowth([]byte("a\n"+growthBegin+"old\n"+growthEnd+"z\n"), GrowthTable(&Machine{}, growths, 5))
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	row := "| TCP sockets | `ss -Htan` | 4000, 30000, 200000 | 4.0, 30.0, 200.0 | 4.0, 4.0 | 1.00 |\n"
	if !strings.HasPrefix(text, "a\n"+growthBegin+"Written") || !strings.HasSuffix(text, "|\n"+growthEnd+"z\n") || !strings.Contains(text, row) {
		t.Errorf("%s", text)
	}
	if _, err := ReplaceGrowth([]byte("no section"), nil); err == nil {
		t.Error("a page without a section was taken")
	}
}

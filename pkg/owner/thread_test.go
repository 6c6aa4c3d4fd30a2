//go:build linux

package owner_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/owner"
)

// park starts n threads that sleep until the test ends, and returns their ids. The main thread is not one
// of them.
func park(t testing.TB, n int) []int32 {
	t.Helper()
	ids, end := make(chan int32), make(chan struct{})
	t.Cleanup(func() { close(end) })
	var all []int32
	for len(all) < n {
		go func() {
			runtime.LockOSThread()
			ids <- int32(unix.Gettid())
			<-end
		}()
		if id := <-ids; int(id) != os.Getpid() {
			all = append(all, id)
		}
	}
	return all
}

// faults returns the number of page faults in a stat file, which is summed up for a process.
func faults(t *testing.T, stat []byte) int {
	t.Helper()
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 8 {
		t.Fatalf("stat is %q", stat)
	}
	n, err := strconv.Atoi(string(fields[7])) // minflt
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// readStat reads /proc/ID/stat, or that of a thread below its process.
func readStat(t *testing.T, ids ...int32) []byte {
	t.Helper()
	path := fmt.Sprintf("/proc/%d", ids[0])
	for _, id := range ids[1:] {
		path += fmt.Sprintf("/task/%d", id)
	}
	stat, err := os.ReadFile(path + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	return stat
}

// TestThread checks that the data of a thread are of the thread alone: adding up 20,000 threads for the
// name of each takes 20 s.
func TestThread(t *testing.T) {
	pid := int32(os.Getpid())
	tid := park(t, 1)[0]
	if err := os.WriteFile(fmt.Sprintf("/proc/self/task/%d/comm", tid), []byte("idle ) thread"), 0); err != nil {
		t.Fatal(err)
	}
	x, err := owner.Scan(t.Context(), &owner.Config{Tasks: owner.TasksEvery})
	if err != nil {
		t.Fatal(err)
	}
	summed, alone := faults(t, readStat(t, tid)), faults(t, readStat(t, pid, tid))
	thread := x.Thread(pid, tid)
	if got := faults(t, thread.Stat()); got != alone || alone >= summed {
		t.Errorf("%d page faults of the thread, want %d; its process has %d", got, alone, summed)
	}
	if comm := string(thread.Comm()); comm != "idle ) thread" {
		t.Errorf("the thread is called %q", comm)
	}
	if other := x.Thread(1<<30, tid+1).Stat(); other != nil {
		t.Errorf("a thread of a process that is none: %q", other)
	}
}

// BenchmarkThreads reads the names of all threads of a process: the time for each must not grow with
// their number.
func BenchmarkThreads(b *testing.B) {
	for _, n := range []int{250, 1000, 4000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			tids := park(b, n)
			for b.Loop() {
				x, err := owner.Scan(b.Context(), &owner.Config{Wanted: []uint32{}})
				if err != nil {
					b.Fatal(err)
				}
				for _, tid := range tids {
					if len(x.Thread(int32(os.Getpid()), tid).Comm()) == 0 {
						b.Fatal("a thread without a name")
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/thread")
		})
	}
}

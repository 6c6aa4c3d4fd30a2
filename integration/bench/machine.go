package bench

import (
	"bytes"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Machine describes the machine of the measurements.
type Machine struct {
	Date      time.Time
	Kernel    string
	Processor string
	Cores     int
	MemoryMiB int
	Go        string
	Versions  []string // of our program and of those beside it
}

// Describe returns the description of this machine.
func (p *Programs) Describe() Machine {
	m := Machine{
		Date: time.Now().UTC(), Cores: runtime.NumCPU(), Go: runtime.Version(), Processor: "unknown",
	}
	var uts unix.Utsname
	if err := unix.Uname(&uts); err == nil {
		m.Kernel = unix.ByteSliceToString(uts.Release[:]) + " " + unix.ByteSliceToString(uts.Machine[:])
	}
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err == nil {
		total := uint64(info.Totalram) //nolint:unconvert // 32 bits wide where pointers are
		m.MemoryMiB = int(total * uint64(info.Unit) >> 20)
	}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				m.Processor = strings.TrimSpace(value)
				break
			}
		}
	}
	for _, v := range [][]string{
		{p.Bin + "/nlstat", "--version"},
		append(p.reference("ss"), "-V"),
		append(p.reference("netstat"), "--version"),
		{"lsof", "-v"},
		{"conntrack", "-V"},
	} {
		if line := firstLine(v); line != "" {
			m.Versions = append(m.Versions, line)
		}
	}
	return m
}

func firstLine(argv []string) string {
	out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	if len(out) == 0 && err != nil {
		return ""
	}
	if i := bytes.Index(out, []byte("revision:")); i >= 0 {
		out = append([]byte("lsof "), bytes.TrimSpace(out[i+len("revision:"):])...)
	}
	line, _, _ := bytes.Cut(out, []byte("\n"))
	return string(line)
}

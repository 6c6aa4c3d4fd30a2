//go:build linux

package owner

import "fmt"

// Stats describes how much of the host a scan covered.
type Stats struct {
	Processes  int   // found, whether readable or not; 0 after a scan by BPF, which does not count them
	Denied     int   // of these, their table could not be opened for lack of rights
	Hidden     int   // of those that are Denied, hidepid=1 of /proc is the reason
	Unresolved int   // of these, the table was listed, but its links could not be read
	Refused    int32 // the lowest number of a process that is Denied or Unresolved, 0 if none
	Uncompared int   // threads whose table may be private, which could not be determined
	HidePID    bool  // /proc is mounted with hidepid: processes of other users were not counted
	Nested     bool  // processes outside of a pid namespace were not visible
}

// Complete reports whether every process of the host was read.
func (s *Stats) Complete() bool { return s.Readable() && !s.Nested }

// Readable reports whether every process of the pid namespace was read.
func (s *Stats) Readable() bool {
	return s.Denied == 0 && s.Unresolved == 0 && s.Uncompared == 0 && !s.HidePID
}

// Complete reports whether all owners of the wanted sockets are known: every process of the host was
// read. If it is false, a socket may have more owners than were found: report "unknown" rather than
// "none", and do not select sockets by a negated condition on owners. Even if it is true, sockets in no
// descriptor table have no owner: see [Absence].
func (x *Index) Complete() bool { return x.Why() == "" }

// Why returns a short reason why owners may be missing, "" if none are.
func (x *Index) Why() string {
	st := &x.stats
	refused := st.Denied + st.Unresolved
	switch {
	case x.err != nil:
		return x.err.Error()
	case !x.ended:
		return "no search for socket owners"
	case x.want != nil && x.want.empty():
		return ""
	case x.method == MethodProc && st.Processes == 0:
		return fmt.Sprintf("no processes in %s: is it mounted?", x.root)
	case st.HidePID:
		return fmt.Sprintf("processes of other users are hidden: %s is mounted with hidepid", x.root)
	case refused > 0:
		return fmt.Sprintf("could not inspect %d of %d processes (pid %d)", refused, st.Processes, st.Refused)
	case st.Nested:
		return "processes outside of this pid namespace are not visible"
	case st.Uncompared > 0:
		return fmt.Sprintf("could not compare the descriptor tables of %d threads", st.Uncompared)
	case x.firstOnly:
		return "only the first owner of each socket was searched for"
	default:
		return ""
	}
}

// scanned reports whether the scan read processes and was completed.
func (x *Index) scanned() bool {
	return x.ended && x.err == nil && (x.method == MethodBPF || x.stats.Processes > 0)
}

func (s *Stats) add(other *Stats) {
	s.Processes += other.Processes
	s.Denied += other.Denied
	s.Hidden += other.Hidden
	s.Unresolved += other.Unresolved
	s.Uncompared += other.Uncompared
	if other.Refused != 0 {
		s.refuse(other.Refused)
	}
}

// refuse records a process that could not be read.
func (s *Stats) refuse(pid int32) {
	if s.Refused == 0 || pid < s.Refused {
		s.Refused = pid
	}
}

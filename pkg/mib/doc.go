// Package mib reads the protocol counters of a network namespace.
//
// No netlink message has them: /proc/net/snmp, netstat, snmp6, sctp/snmp, sockstat and sockstat6 are
// their only source, always those of the calling thread's namespace (/proc/thread-self/net; /proc/net is
// that of the main thread) or of [Config.NetNS]. Values are found by section and name, never by
// position, because every kernel adds some.
//
//	var before, after mib.Snapshot
//	r := mib.Reader{}
//	if err := r.Read(&before); err != nil {
//		return err
//	}
//	time.Sleep(time.Second)
//	if err := r.Read(&after); err != nil {
//		return err
//	}
//	for m, delta := range after.Since(&before) {
//		fmt.Println(m.Section, m.Name, m.Value, delta)
//	}
//
// Reading again into the same Snapshot allocates nothing. A Snapshot is not atomic: the kernel sums its
// per-CPU counters without a lock.
//
// Start reading in snapshot.go; read.go reads the files, parse.go parses their three formats, and
// kind_table.go lists the values that are not counters.
package mib

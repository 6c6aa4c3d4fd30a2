//go:build integration

package integration

// ssOptions are the options of ss, alone and in company.
var ssOptions = []string{
	"-tan", "-ta", "-tanH", "-tanQ", "-tanHQ", "-tanO", "-tano", "-tane", "-tanoe", "-tanm", "-tani", "-tanie", "-tanio", "-tanim",
	"-tanoeim", "-tanoeimO", "-taeimHQ", "-tan --tos", "-tane --tos", "-tan --cgroup", "-tane --cgroup", "-tan --inet-sockopt",
	"-tanO --inet-sockopt", "-tanp", "-tanpe", "-tanT", "-tanpi", "-tanb", "-tanbi", "-tanr -4 state listening",
	"-uan", "-ua", "-uane", "-uanm", "-uani", "-uanoemi", "-uanp", "-uan --tos --inet-sockopt", "-wan", "-wa", "-wane", "-wanemi",
	"-wanp", "-xa", "-xan", "-xane", "-xanm", "-xanem", "-xanpe", "-xanO", "-xal", "-0", "-0a", "-0n", "-0e", "-0ne", "-0nb", "-0neb",
	"-0nebm", "-0neO", "-0nebO", "-0np", "-f netlink", "-f netlink -n", "-f netlink -p", "-f netlink -pe", "-f netlink -pne",
	"-Ma", "-Man", "-Mane", "-Mani", "-Manim", "-Manp", "-a", "-an", "-ane", "-anp", "-anQ", "-anH", "-anO", "-anob", "-aneT", "-l", "-ln",
	"-lne", "-s", "-s -n", "-s -a", "-st", "-su", "-s state listening", "-sx", "-V", "-v", "-h", "--help", "--version", "-h -y", "-V -y",
	"-S", "-Sa", "-San", "--vsock", "--vsock -a", "--xdp", "--xdp -a", "--tipc", "--tipc --tipcinfo", "-tB", "-tBn", "-Bn",
	"--tcp --all --numeric", "--ud --a --nu", "--inf -t -n --al", "--ra -an", "--li --tcp", "--no-h -tan", "--no-q -tan", "--on -taen",
	"--so tcp -an", "--q udp -an", "--fa inet -an", "--mp -an", "--me -ta -n", "--ext -ta -n", "--op -tan", "--proc -tan", "--thr -tan",
	"--con", "-Z", "-z", "-f help", "-D - -tan -A udp", "-E -x", "-K -x -a", "-an -b", "-tanz",
}

// ssSelection are combinations of tables, families and states.
var ssSelection = []string{
	"", "-t", "-u", "-w", "-x", "-0", "-M", "-4", "-6", "-n", "-tu", "-tux", "-t4", "-t6", "-u4", "-u6", "-46", "-64", "-4 -6 -t", "-6 -4 -t",
	"-4x", "-t0", "-x -t", "-tl", "-ul", "-xl", "-al", "-la", "-aB", "-Ba", "-Bl", "-tal", "-tla", "-A udp", "-A tcp", "-A all", "-A inet",
	"-A unix", "-A packet", "-A vsock", "-A netlink", "-A u_str", "-A u_dgr,u_seq", "-A p_raw", "-A p_dgr -a", "-A raw", "-A mptcp",
	"-A sctp", "-A tipc", "-A xdp", "-A all,!unix", "-A !tcp", "-A !tcp -4", "-A tcp,!tcp", "-t -A udp", "-A udp -t", "-A udp -A tcp",
	"-A tcp,udp -A !tcp", "-4 -A unix", "-A tcp -x", "-f inet", "-f inet6", "-f unix", "-f link", "-f inet -f unix", "-f tipc", "-f vsock",
	"-f xdp", "-A unix_dgram,unix_stream,unix_seqpacket -a", "-A packet_raw,packet_dgram", "-A vsock_stream,vsock_dgram", "-A v_str -a",
	"state listening", "state all", "state established", "-t state established", "-t state listening state established",
	"-ta state closed", "exclude all", "exclude listening", "-t exclude established exclude time-wait", "excl all state listening",
	"state connected exclude established -t", "state bucket -tn", "state big -tn", "state synchronized", "state UNKNOWN", "-t state Syn-Recv",
	"-t state syn-rcv", "-t state bound-inactive", "-u state unconnected", "-x state close", "-a exclude bucket", "-n state time-wait -t",
	"-wM", "-wMa", "-Mw", "-tM", "-tuM", "-4a -A p_raw", "-xa0",
}

// ssFilters are filters; everything between single quotes is one word.
var ssFilters = []string{
	"-ta sport = 8080", "-ta sport = :8080", "-ta sport :http", "-ta sport eq 22", "-ta sport ge 8080 and sport le 8083",
	"-tan sport gt 8080 sport lt 8084", "-tan 'sport = 22 or sport = 443 and sport = 80'", "-tan sport = 22 or dport = 22",
	"-tan ( sport = 8080 or sport = 8081 ) and not src 127.0.0.1", "-tan not ( sport = 8080 )", "-tan '! sport = 8080'", "-tan sport != 8080",
	"-tan src 127.0.0.1", "-tan dst 127.0.0.0/8", "-tan src 127", "-tan src 127/8", "-tan src 10.8", "-tan src 0x7f.1", "-tan src 0/0",
	"-tan not src 0/0", "-tan src [::1]", "-tan src ::1/128", "-tan src ::1", "-tan src [fe80::/64]:8082", "-tan src [fe80::]/64",
	"-tan src fe80::/10", "-tan src *", "-tan src *:8080", "-tan src :8080", "-tan src any", "-tan src default", "-tan dst all", "-tan src localhost",
	"-6tan src 127.0.0.1", "-4tan src [::1]", "-4a src inet6:[::1]", "-6a src inet:127.0.0.1", "-tan src inet:127.0.0.1 or src inet6:[::1]",
	"-an dst 0.0.0.0", "-an dport = 0", "-an sport = 1", "-tan dev lo", "-tan dev 0", "-tan dev != lo", "-tan dev zoo0 or sport = 22",
	"-tan dev zoo-alias", "-tan dev another-name-of-zoo0", "-tan dev zoo0:1", "-0a sport = lo:x", "-0a src ip:another-name-of-zoo0",
	"-tan sport = 8080 dev zoo0", "-tan fwmark = 7", "-tan fwmark 0x2a", "-tan fwmark 2/2", "-tan fwmark != 0", "-an fwmark 7",
	"-tan cgroup /", "-tan cgroup != /", "-tan cgroup /etc", "-tan autobound", "-tan not autobound", "-an autobound", "-xan autobound",
	"-xa src @abs*", "-xa src *listener*", "-xa src unix:@ABSTRACT", "-xa dst *", "-xa dst x*", "-a src unix:*/plain", "-xa sport = 0",
	"-xa dport != 0", "-0a src arp", "-0a src link:ARP", "-0a src :lo", "-0a src *:1", "-0a sport = lo", "-0a src 0x1234", "-0a src ip:zoo0",
	"-f netlink src rtnl", "-f netlink src rtnl:kernel", "-f netlink src netlink:16", "-f netlink sport = kernel", "-f netlink dport = 0",
	"--vsock -a src 1:2", "-ua sport = :domain", "-ua sport = 53 or sport = 123", "-tua sport = :domain", "-wa sport = 1",
	"-Ma sport = 9100", "-tan dport le 65558", "-tan sport = 022", "-tan sport = 0x16", "-tan sport < 65558", "sport = 8080 -ta", "-tan '' ",
	"-tan sport = 0b10110", "-tan src 127.0.0.0b1/0B1000", "-tan fwmark 0b111",
	"-tan -F FILE", "-tan src 0.0.0.0 or -F FILE", "-F FILE -ua", "-F FILE state listening", "-tan -- sport = 8080",
	"-tan sport = 8080 and ( dport gt 0 or dport = 0 )", "-tan 'src 127.0.0.1 && dport != 9000'", "-tan src 127.0.0.1 & sport = 9000 | sport = 22",
	"-tanp sport = 9000", "-tane dport = 9000", "-tani src 127.0.0.1:9000", "-tanoem src 127.0.0.1 dport = 9000", "-K -t src 203.0.113.1",
}

// ssMistakes are command lines that ss does not take.
var ssMistakes = []string{
	"-y", "-d", "--foo", "--t", "--n", "--s", "--no", "--co", "--b", "--e", "-A", "-A foo", "-A tcp,", "-A !foo", "-A TCP", "-A tcp,,udp", "-f", "-f foo",
	"-f INET", "--family", "--family=foo", "--tcp=1", "-N", "-N nosuch", "-F", "-F /nonexistent/file", "-F FILE -F FILE", "-D", "-D /nonexistent/file -t",
	"-D /tmp/x -u", "-ta foo", "-ta sport", "-ta sport =", "-ta sport = foo", "-ta sport = :foo", "-ta = 22", "-ta and", "-ta sport = 22 and", "-ta or sport = 22",
	"-ta not", "-ta ( )", "-ta ( sport = 22", "-ta sport = 22 )", "-ta sport=22", "-ta (sport = 22)", "-ta !sport = 22", "-ta src", "-ta src !=", "-ta src != 127.0.0.1",
	"-ta dev ge lo", "-ta dev nosuch", "-ta dev", "-ta fwmark x", "-ta fwmark", "-ta cgroup /nonexistent/group", "-ta cgroup", "-ta sport = 22 state listening",
	"-ta 'state listening'", "state", "state foo", "exclude", "exclude foo", "state new-syn-recv", "excl new-syn-recv", "-ta sport = 22 1.2.3.4", "-ta src 300.1.1.1",
	"-ta src 1.2.3.4/33", "-ta src [::1", "-ta src [::1]x", "-ta src 1.2.3.4:foo", "-ta sport = -1", "-ta autobound = 1", "-ta not not", "-ta and and", "-wa sport = :http",
	"-ta sport = 0b", "-ta fwmark 0b", "-ta fwmark 0b2", "-ta dev another-name-of-nothing", "-ta dev :lo",
	"-ta --xdp src localhost", "-ta --tipc src localhost",
	"-y -V", "-V -y", "-f help -y", "-Z -t", "--context -h", "-E -x -n", "-ta src netlink:foo", "-ta src link:foo", "-ta src vsock:x", "-ta sport = unix:x dport",
	"--bpf-map-id", "--bpf-map-id=x", "--bpf-maps --bpf-map-id=3", "-ta sport == 22 sport", "-ta dport => 1", "-A tcp -A",
}

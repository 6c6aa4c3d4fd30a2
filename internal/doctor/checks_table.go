package doctor

// checks are all checks. A limit without a unit is a ratio.
var checks = [...]Check{
	{
		ID: "listen-overflow", About: "connections are dropped because an accept queue is full",
		Source: "sock_diag: drops (SKMEMINFO), queue and limit of listeners",
		Limits: []Limit{{Warning, positive}, {Critical, 1}}, Unit: "drops/s",
		From: "for every drop a client waits a second or more; the drops of all listeners add up to " +
			"ListenDrops of TcpExt",
		needs: needTCP, find: listenOverflow,
	},
	{
		ID: "listen-pressure", About: "an accept queue is nearly full",
		Source: "sock_diag: queue and limit of listeners, in both samples",
		Limits: []Limit{{Warning, 0.5}, {Critical, 0.8}}, From: "chosen here: half of the queue is free, or a fifth",
		needs: needTCP, find: listenPressure,
	},
	{
		ID: "backlog-cut", About: "net.core.somaxconn cuts the backlog that a program requests",
		Source: "sock_diag: limit of listeners; net.core.somaxconn",
		Limits: []Limit{{Note, 0.5}, {Warning, 1}}, From: "listen(2): a backlog of 65535 becomes somaxconn",
		needs: needTCP | needSettings, find: backlogCut,
	},
	{
		ID: "syn-backlog", About: "a queue of half-open connections is nearly full",
		Source: "sock_diag: connections in SYN-RECV, limit of their listener; TCPReqQFullDrop",
		Limits: []Limit{{Warning, 0.75}, {Critical, 1}},
		From: "the kernel drops, or answers with cookies, from the limit of the accept queue on; cookies " +
			"alone are no alarm",
		needs: needTCP, uses: needCounters, find: synBacklog,
	},
	{
		ID: "reuseport-skew", About: "one listener of a SO_REUSEPORT group has most of the connections",
		Source: "sock_diag: queues of listeners with the same address",
		Limits: []Limit{{Warning, 4}}, Unit: "times the mean", From: "chosen here, for queues more than " +
			"half full",
		needs: needTCP, find: reuseportSkew,
	},
	{
		ID: "unix-backlog", About: "the queue of a unix listener is nearly full",
		Source: "sock_diag: UDIAG_SHOW_RQLEN of unix listeners",
		Limits: []Limit{{Warning, 0.8}, {Critical, 1}},
		From:   "one more than the limit may wait; the next connect(2) blocks, or fails with EAGAIN",
		needs:  needUnix, find: unixBacklog,
	},
	{
		ID: "close-wait", About: "a program does not close connections that its peers have closed",
		Source: "sock_diag: connections in CLOSE-WAIT without data for a minute; /proc/PID/limits",
		Limits: []Limit{{Warning, 10}}, Unit: "connections",
		From:  "critical from half of RLIMIT_NOFILE on: then accept(2) and open(2) fail soon",
		needs: needTCP, find: closeWait,
	},
	{
		ID: "ports", About: "source ports for one service run out",
		Source: "sock_diag: sockets by source and target; net.ipv4.ip_local_port_range without reserved ports",
		Limits: []Limit{{Warning, 0.7}, {Critical, 0.9}},
		From: "connect(2) fails with EADDRNOTAVAIL when all are in use, counted for each pair of source and " +
			"target",
		needs: needTCP | needSettings, find: portsUsed,
	},
	{
		ID: "time-wait", About: "the table of connections in TIME-WAIT is nearly full",
		Source: "sockstat of /proc/net: tw; net.ipv4.tcp_max_tw_buckets; TCPTimeWaitOverflow",
		Limits: []Limit{{Warning, 0.8}, {Critical, 1}},
		From:   "beyond it connections skip TIME-WAIT, so that late packets may reach new ones (inet_twsk_alloc)",
		needs:  needCounters, find: timeWait,
	},
	{
		ID: "orphans", About: "many connections no longer have a process",
		Source: "sockstat of /proc/net: orphan; net.ipv4.tcp_max_orphans",
		Limits: []Limit{{Warning, 0.25}, {Critical, 0.5}},
		From:   "as netdata: the kernel counts each up to four times before it resets them (tcp_check_oom)",
		needs:  needCounters | needHost, find: orphans,
	},
	{
		ID: "tcp-memory", About: "TCP is short of memory",
		Source: "sockstat of /proc/net: mem; net.ipv4.tcp_mem; TCPMemoryPressures, TCPAbortOnMemory",
		Limits: []Limit{{Warning, 1}}, Unit: "of the pressure limit",
		From:  "as netdata; critical from 0.9 of the hard limit on, or when connections were aborted for it",
		needs: needCounters | needHost, find: tcpMemory,
	},
	{
		ID: "conntrack", About: "the table of tracked flows is nearly full",
		Source: "ctnetlink: GET_STATS and GET_STATS_CPU",
		Limits: []Limit{{Warning, 0.75}, {Critical, 0.9}},
		From: "0.75 is where the mixin of node_exporter warns, 0.9 where netdata does; critical when packets " +
			"were dropped",
		needs: needConntrack, find: conntrackFull,
	},
	{
		ID: "neighbors", About: "the table of neighbors is nearly full",
		Source: "rtnetlink: RTM_GETNEIGHTBL",
		Limits: []Limit{{Warning, 0.8}},
		From:   "gc_thresh3; one table serves all network namespaces; critical when new ones are refused",
		needs:  needNeighbors | needHost, find: neighborsFull,
	},
	{
		ID: "udp-drops", About: "datagrams are dropped because a program does not read them",
		Source: "sock_diag: drops (SKMEMINFO) of UDP sockets",
		Limits: []Limit{{Warning, positive}, {Critical, 10}}, Unit: "drops/s",
		From:  "as netdata: each is a datagram that the program never receives",
		needs: needUDP | needSecond, find: udpDrops,
	},
	{
		ID: "netlink-packet-drops", About: "a netlink or packet socket dropped messages",
		Source: "sock_diag: drops (SKMEMINFO) of netlink and packet sockets",
		Limits: []Limit{{Warning, positive}}, Unit: "drops/s", From: "the program loses events or packets",
		needs: needOthers | needSecond, find: otherDrops,
	},
	{
		ID: "no-answer", About: "a peer does not answer new connections",
		Source: "sock_diag: connections in SYN-SENT whose SYN was sent three times",
		Limits: []Limit{{Warning, 3}, {Critical, 50}}, Unit: "connections",
		From:  "as netdata, of failed attempts; a single one may be chance",
		needs: needTCP, find: noAnswer,
	},
	{
		ID: "loss", About: "much of the data sent to a peer is retransmitted",
		Source: "tcp_info: growth of bytes_retrans and bytes_sent, by peer, from 1 MB on; with less, also since the connections were opened",
		Limits: []Limit{{Warning, 0.02}, {Critical, 0.05}}, From: "the throughput of CUBIC is about halved there",
		needs: needTCP | needSecond, find: loss,
	},
	{
		ID: "stuck-reader", About: "a program does not read the data that it receives",
		Source: "sock_diag: receive memory against rcvbuf in both samples; at the sender probes of a closed " +
			"window",
		Limits: []Limit{{Warning, fullPart}}, From: "the peer cannot send when the buffer is full",
		needs: needTCP | needSecond, find: stuckReader,
	},
	{
		ID: "send-buffer", About: "send buffers limit connections",
		Source: "tcp_info: sndbuf_limited of busy_time, over the life of the connection",
		Limits: []Limit{{Note, 0.2}}, From: "chosen here",
		needs: needTCP, find: sendBuffer,
	},
	{
		ID: "pmtu", About: "a path may not carry large packets",
		Source: "tcp_info: two timeouts in a row, unacknowledged data, large segments; rtnetlink: RTM_GETROUTE; " +
			"net.ipv4.tcp_mtu_probing",
		Limits: []Limit{{Note, 1}}, Unit: "connections",
		From:  "a suspicion only: a peer that is down looks the same",
		needs: needTCP | needSettings, find: pathMTU,
	},
	{
		ID: "links", About: "an interface loses packets",
		Source: "rtnetlink: IFLA_STATS64",
		Limits: []Limit{{Warning, 0.02}},
		From: "as netdata and the mixin of node_exporter: 2 % dropped of at least 10,000 packets, 1 % errors, or any " +
			"loss in the device's queue",
		needs: needLinks | needSecond, find: linkLoss,
	},
	{
		ID: "queues", About: "a queueing discipline drops packets",
		Source: "rtnetlink: RTM_GETQDISC",
		Limits: []Limit{{Warning, 0.01}},
		From:   "chosen here; a few drops are normal: senders find their rate by them",
		needs:  needLinks | needQdiscs | needSecond, find: queueLoss,
	},
	{
		ID: "softnet", About: "the processors do not keep up with packets",
		Source: "softnet_stat of /proc/net: dropped, squeezed",
		Limits: []Limit{{Warning, positive}}, Unit: "drops/s",
		From:  "as netdata; or the budget ran out ten times a second",
		needs: needSoftnet | needSecond | needHost, find: softnetLoss,
	},
	{
		ID: "exposure", About: "a service can be reached from networks that it may not be meant for",
		Source: "sock_diag: listeners and UDP servers; rtnetlink: own addresses",
		From:   "public addresses: note; warning for services that are known to have no password by default",
		needs:  needTCP | needLinks, uses: needUDP | needReach, find: exposure,
	},
}

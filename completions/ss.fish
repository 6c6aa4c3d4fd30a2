# fish completion for ss
set -l states all connected synchronized bucket big established syn-sent syn-recv fin-wait-1 fin-wait-2 time-wait \
    closed close-wait last-ack listening closing bound-inactive
set -l tables all inet tcp mptcp udp raw sctp unix unix_dgram unix_stream unix_seqpacket packet packet_raw \
    packet_dgram netlink vsock vsock_stream vsock_dgram tipc xdp

# Names that no shell could take for more. Anybody may choose some of them.
function __nlstat_ss_names
    command ls $argv[1] 2>/dev/null | string match -r -- '^[A-Za-z0-9._+:@][A-Za-z0-9._+:@-]*$'
end

for command in ss nlstat-ss
    complete -c $command -f
    complete -c $command -s h -l help -d 'show the usage'
    complete -c $command -s V -l version -d 'show the version'
    complete -c $command -s n -l numeric -d 'numbers instead of service names'
    complete -c $command -s r -l resolve -d 'host names'
    complete -c $command -s a -l all -d 'all states'
    complete -c $command -s l -l listening -d 'listening sockets'
    complete -c $command -s B -l bound-inactive -d 'bound, neither listening nor connected'
    complete -c $command -s o -l options -d 'timers'
    complete -c $command -s e -l extended -d 'user, inode, cookie, control group'
    complete -c $command -s m -l memory -d 'memory'
    complete -c $command -s p -l processes -d 'processes that hold the socket'
    complete -c $command -s T -l threads -d 'with -p, each thread'
    complete -c $command -s i -l info -d 'TCP internals'
    complete -c $command -l tipcinfo -d 'details of TIPC'
    complete -c $command -s s -l summary -d 'counts'
    complete -c $command -l tos -d 'type of service'
    complete -c $command -l cgroup -d 'control group'
    complete -c $command -l inet-sockopt -d 'socket options'
    complete -c $command -s b -l bpf -d 'filters of packet sockets'
    complete -c $command -l bpf-maps -d 'BPF storage of sockets'
    complete -c $command -l bpf-map-id -x -d 'one BPF map'
    complete -c $command -s E -l events -d 'show sockets when they are destroyed'
    complete -c $command -s Z -l context -d 'security contexts of processes'
    complete -c $command -s z -l contexts -d 'security contexts of sockets too'
    complete -c $command -s N -l net -x -a '(__nlstat_ss_names /run/netns)' -d 'network namespace'
    complete -c $command -s 4 -l ipv4 -d IPv4
    complete -c $command -s 6 -l ipv6 -d IPv6
    complete -c $command -s 0 -l packet -d 'packet sockets'
    complete -c $command -s t -l tcp -d TCP
    complete -c $command -s M -l mptcp -d MPTCP
    complete -c $command -s S -l sctp -d SCTP
    complete -c $command -s u -l udp -d UDP
    complete -c $command -s w -l raw -d 'raw sockets'
    complete -c $command -s x -l unix -d 'Unix sockets'
    complete -c $command -l tipc -d TIPC
    complete -c $command -l vsock -d vsock
    complete -c $command -l xdp -d XDP
    complete -c $command -s f -l family -x -a 'inet inet6 link unix netlink vsock tipc xdp help' -d family
    complete -c $command -s A -l query -l socket -x -a "$tables" -d tables
    complete -c $command -s K -l kill -d 'close the selected sockets'
    complete -c $command -s H -l no-header -d 'no header'
    complete -c $command -s Q -l no-queues -d 'no queues'
    complete -c $command -s O -l oneline -d 'one line for each socket'
    complete -c $command -s D -l diag -r -F -d 'write replies of the kernel to a file'
    complete -c $command -s F -l filter -r -F -d 'read the expression from a file'
    complete -c $command -n '__fish_prev_arg_in state exclude excl' -a "$states"
    complete -c $command -n '__fish_prev_arg_in dev' -a '(__nlstat_ss_names /sys/class/net)'
    complete -c $command -n 'not __fish_prev_arg_in state exclude excl dev' \
        -a 'state exclude src dst sport dport dev fwmark cgroup autobound and or not'
end

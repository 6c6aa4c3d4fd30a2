# fish completion for netstat
set -l families inet inet6 unix ipx ax25 netrom ddp x25 rose econet ash bluetooth ip ip6 tcpip appletalk

# Names that no shell could take for more. Anybody may choose some of them.
function __nlstat_netstat_names
    command ls $argv[1] 2>/dev/null | string match -r -- '^[A-Za-z0-9._+:@][A-Za-z0-9._+:@-]*$'
end

for command in netstat nlstat-netstat
    complete -c $command -f
    complete -c $command -s h -l help -d 'show the usage'
    complete -c $command -s V -l version -d 'show the version'
    complete -c $command -s r -l route -d 'routes'
    complete -c $command -s i -l interfaces -d 'interfaces'
    complete -c $command -s I -x -a '(__nlstat_netstat_names /sys/class/net)' -d 'one interface'
    complete -c $command -s g -l groups -d 'multicast groups'
    complete -c $command -s s -l statistics -d 'protocol counters'
    complete -c $command -s M -l masquerade -d 'masqueraded connections'
    complete -c $command -s t -l tcp -d 'TCP sockets'
    complete -c $command -s u -l udp -d 'UDP sockets'
    complete -c $command -s U -l udplite -d 'UDPLite sockets'
    complete -c $command -s S -l sctp -d 'SCTP sockets'
    complete -c $command -s w -l raw -d 'raw sockets'
    complete -c $command -s x -l unix -d 'UNIX sockets'
    complete -c $command -s 4 -l inet -d 'IPv4'
    complete -c $command -s 6 -l inet6 -d 'IPv6'
    complete -c $command -s A -l protocol -x -a "$families" -d 'address families'
    complete -c $command -s a -l all -d 'all sockets'
    complete -c $command -s l -l listening -d 'listening sockets'
    complete -c $command -s n -l numeric -d 'numbers instead of names'
    complete -c $command -l numeric-hosts -d 'numbers instead of host names'
    complete -c $command -l numeric-ports -d 'numbers instead of service names'
    complete -c $command -l numeric-users -d 'numbers instead of user names'
    complete -c $command -s N -l symbolic -d 'hardware names'
    complete -c $command -s e -l extend -d 'more columns'
    complete -c $command -s o -l timers -d 'timers'
    complete -c $command -s p -l programs -d 'processes'
    complete -c $command -s Z -l context -d 'security contexts'
    complete -c $command -s W -l wide -d 'do not truncate addresses'
    complete -c $command -l notrim -d 'do not truncate addresses'
    complete -c $command -s v -l verbose -d 'report unsupported families'
    complete -c $command -s c -l continuous -d 'repeat'
    complete -c $command -s F -l fib -d 'routing table'
    complete -c $command -s C -l cache -d 'routing cache'
end

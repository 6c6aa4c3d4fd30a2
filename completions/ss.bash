# bash completion for ss
_nlstat_ss() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=
	local tables='all inet tcp mptcp udp raw sctp unix unix_dgram unix_stream unix_seqpacket packet packet_raw
		packet_dgram netlink vsock vsock_stream vsock_dgram tipc xdp'
	COMPREPLY=()
	case $prev in
	-f | --family) words='inet inet6 link unix netlink vsock tipc xdp help' ;;
	-A | --query | --socket)
		local head=
		case $cur in *,*) head=${cur%,*}, ;; esac
		local tail=${cur##*,} bang=
		case $tail in !*) bang=! tail=${tail#!} ;; esac
		mapfile -t COMPREPLY < <(compgen -P "$head$bang" -W "$tables" -- "$tail")
		return ;;
	-N | --net) words=$(cd /run/netns 2>/dev/null && printf '%s\n' *) ;;
	-D | --diag | -F | --filter)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	state | exclude | excl)
		words='all connected synchronized bucket big established syn-sent syn-recv fin-wait-1 fin-wait-2
			time-wait closed close-wait last-ack listening closing bound-inactive' ;;
	dev) words=$(cd /sys/class/net 2>/dev/null && printf '%s\n' *) ;;
	sport | dport) words='= != >= <= > <' ;;
	*)
		case $cur in
		-*) words='--help --version --numeric --resolve --all --listening --bound-inactive --options --extended
			--memory --processes --threads --info --tipcinfo --summary --tos --cgroup --bpf --bpf-maps
			--bpf-map-id= --events --context --contexts --net --ipv4 --ipv6 --packet --tcp --mptcp --sctp --udp
			--raw --unix --tipc --vsock --xdp --family= --kill --no-header --no-queues --oneline --inet-sockopt
			--query= --socket= --diag= --filter=' ;;
		*) words='state exclude src dst sport dport dev fwmark cgroup autobound and or not' ;;
		esac ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
}
complete -F _nlstat_ss ss nlstat-ss

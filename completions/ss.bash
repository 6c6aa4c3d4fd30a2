# bash completion for ss

# _nlstat_ss_names FOLDER: offers the names in it that begin with what was typed. Anybody may choose some of
# them: those that hold anything a shell could take for more than a name are left out, and none is expanded.
_nlstat_ss_names() {
	local path name LC_ALL=C
	for path in "$1"/*; do
		name=${path##*/}
		case $name in
		-* | *[!A-Za-z0-9._+:@-]*) ;;
		"$cur"*) COMPREPLY+=("$name") ;;
		esac
	done
}

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
	-N | --net)
		_nlstat_ss_names /run/netns
		return ;;
	-D | --diag | -F | --filter)
		compopt -o filenames # quoted by readline
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	state | exclude | excl)
		words='all connected synchronized bucket big established syn-sent syn-recv fin-wait-1 fin-wait-2
			time-wait closed close-wait last-ack listening closing bound-inactive' ;;
	dev)
		_nlstat_ss_names /sys/class/net
		return ;;
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

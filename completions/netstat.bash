# bash completion for netstat
_nlstat_netstat() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=
	local families='inet inet6 unix ipx ax25 netrom ddp x25 rose econet ash bluetooth ip ip6 tcpip appletalk'
	COMPREPLY=()
	case $prev in
	-A | --protocol)
		local head=
		case $cur in *,*) head=${cur%,*}, ;; esac
		mapfile -t COMPREPLY < <(compgen -P "$head" -W "$families" -- "${cur##*,}")
		return ;;
	-I) words=$(cd /sys/class/net 2>/dev/null && printf '%s\n' *) ;;
	*)
		case $cur in
		-*) words='--route --interfaces --groups --statistics --masquerade --tcp --udp --udplite --sctp --raw --unix
			--l2cap --rfcomm --listening --all --numeric --numeric-hosts --numeric-ports --numeric-users --symbolic
			--extend --programs --timers --continuous --wide --notrim --verbose --fib --cache --context --protocol=
			--inet --inet6 --ax25 --x25 --ipx --netrom --rose --ddp --appletalk --bluetooth --help --version' ;;
		esac ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
}
complete -F _nlstat_netstat netstat nlstat-netstat

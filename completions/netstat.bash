# bash completion for netstat

# _nlstat_netstat_names FOLDER: offers the names in it that begin with what was typed. Anybody may choose some of
# them: those that hold anything a shell could take for more than a name are left out, and none is expanded.
_nlstat_netstat_names() {
	local path name LC_ALL=C
	for path in "$1"/*; do
		name=${path##*/}
		case $name in
		-* | *[!A-Za-z0-9._+:@-]*) ;;
		"$cur"*) COMPREPLY+=("$name") ;;
		esac
	done
}

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
	-I)
		_nlstat_netstat_names /sys/class/net
		return ;;
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

# bash completion of nlstat-exporter

_nlstat_exporter() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words
	case $prev in
	--output|--web.config.file)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	--only|--without)
		words='sockets listeners processes remotes drops ports conntrack neighbors findings' ;;
	--label)
		words='unit container' ;;
	--listen|--interval|--remotes|--max-series)
		return ;;
	*)
		words='--listen --web.config.file --once --output --all-netns --interval --only --without --label --remotes
			--max-series --version --help' ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _nlstat_exporter nlstat-exporter

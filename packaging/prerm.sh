#!/bin/sh
# Take our @TOOL@ out of the alternatives, and the system's if it was made one for ours and nobody else's is left.
# Those of the administrator stay. An upgrade (deb: "upgrade", rpm: 1) changes nothing.
set -e
case ${1:-} in upgrade | 1) exit 0 ;; esac
command -v update-alternatives >/dev/null 2>&1 || exit 0
offered=/var/lib/nlstat/@TOOL@.offered
update-alternatives --remove @TOOL@ /usr/bin/nlstat-@TOOL@
if [ -f $offered ]; then
	system=$(cat $offered)
	left=$(LC_ALL=C update-alternatives --display @TOOL@ 2>/dev/null | sed -n 's/^\(\/.*\) - .*priority .*/\1/p')
	if [ "$left" = "$system" ]; then
		update-alternatives --remove @TOOL@ "$system"
	fi
	rm -f $offered
	rmdir /var/lib/nlstat 2>/dev/null || true
fi

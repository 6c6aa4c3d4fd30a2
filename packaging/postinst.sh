#!/bin/sh
# Offer our @TOOL@ as an alternative behind the system's, which stays what `@TOOL@` means until somebody chooses:
#   update-alternatives --config @TOOL@
set -e
command -v update-alternatives >/dev/null 2>&1 || exit 0
offered=/var/lib/nlstat/@TOOL@.offered # the system's tool was made an alternative here
mkdir -p /usr/local/bin /var/lib/nlstat
for system in /usr/bin/@TOOL@ /bin/@TOOL@ /usr/sbin/@TOOL@; do
	[ -x "$system" ] || continue
	if ! update-alternatives --list @TOOL@ 2>/dev/null | grep -qx "$system"; then
		update-alternatives --install /usr/local/bin/@TOOL@ @TOOL@ "$system" 100
		echo "$system" >$offered
	fi
	break
done
update-alternatives --install /usr/local/bin/@TOOL@ @TOOL@ /usr/bin/nlstat-@TOOL@ 50

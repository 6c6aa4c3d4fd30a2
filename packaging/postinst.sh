#!/bin/sh
# Offer our @TOOL@ as an alternative behind the system's, which stays what `@TOOL@` means until somebody chooses:
#   update-alternatives --config @TOOL@
set -e
command -v update-alternatives >/dev/null 2>&1 || exit 0
ours=/usr/bin/nlstat-@TOOL@
link=/usr/local/bin/@TOOL@
offered=/var/lib/nlstat/@TOOL@.offered # the system's tool was made an alternative here
known=$(LC_ALL=C update-alternatives --display @TOOL@ 2>/dev/null) || known=
if printf '%s\n' "$known" | grep -q "^$ours - "; then # an upgrade
	exit 0
elif [ -n "$known" ]; then # the administrator has alternatives: ours joins them, last, and under their link
	theirs=$(printf '%s\n' "$known" | sed -n 's/^  link @TOOL@ is //p')
	update-alternatives --install "${theirs:-$link}" @TOOL@ $ours -1000
	exit 0
fi
mkdir -p /usr/local/bin /var/lib/nlstat
for system in /usr/bin/@TOOL@ /bin/@TOOL@ /usr/sbin/@TOOL@; do
	[ -x "$system" ] || continue
	update-alternatives --install $link @TOOL@ "$system" 100
	echo "$system" >$offered
	break
done
update-alternatives --install $link @TOOL@ $ours 50

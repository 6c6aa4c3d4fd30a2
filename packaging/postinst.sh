#!/bin/sh
# Offer our @TOOL@ as an alternative, in front of the system's on PATH; the system's stays one too.
#   update-alternatives --config @TOOL@
set -e
command -v update-alternatives >/dev/null 2>&1 || exit 0
mkdir -p /usr/local/bin
update-alternatives --install /usr/local/bin/@TOOL@ @TOOL@ /usr/bin/nlstat-@TOOL@ 50
for system in /usr/bin/@TOOL@ /bin/@TOOL@ /usr/sbin/@TOOL@; do
	if [ -x "$system" ]; then
		update-alternatives --install /usr/local/bin/@TOOL@ @TOOL@ "$system" 10
		break
	fi
done

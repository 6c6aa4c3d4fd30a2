#!/bin/sh
# Take our @TOOL@ out of the alternatives; with it goes the link, if nobody else offers one.
# An upgrade (deb: "upgrade", rpm: 1) leaves it, the new package sets it again.
set -e
case ${1:-} in upgrade | 1) exit 0 ;; esac
command -v update-alternatives >/dev/null 2>&1 || exit 0
update-alternatives --remove-all @TOOL@

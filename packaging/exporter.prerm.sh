#!/bin/sh
# Stop the exporter and take away what starts it. An upgrade (deb: "upgrade", rpm: 1) changes nothing.
set -e
case ${1:-} in upgrade | 1) exit 0 ;; esac
command -v systemctl >/dev/null 2>&1 || exit 0
if [ -d /run/systemd/system ]; then
	systemctl disable --now nlstat-exporter.service
else
	systemctl disable nlstat-exporter.service
fi

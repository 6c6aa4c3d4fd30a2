#!/bin/busybox sh
# init: the guest's first process. Mounts what the tests need, loads the modules, runs the tests.
# $tests comes from the kernel's command line.
/bin/busybox mkdir -p /proc /sys /dev /tmp /run /sbin /usr/bin /usr/sbin /etc /root
/bin/busybox --install -s /bin
/bin/busybox ln -sf /bin/busybox /sbin/modprobe
export PATH=/nlstat-bin:/bin:/sbin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null
mount -t bpf bpf /sys/fs/bpf 2>/dev/null
mkdir -p /run/netns
ln -sf /proc/self/fd /dev/fd
echo 'root:x:0:0:root:/root:/bin/sh' >/etc/passwd
echo 'root:x:0:' >/etc/group
printf '127.0.0.1 localhost\n::1 localhost\n' >/etc/hosts
printf 'ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\nipv6-icmp 58 IPv6-ICMP\n' >/etc/protocols
echo 'hosts: files' >/etc/nsswitch.conf
while read -r line; do
	modprobe -q "$line" || absent="$absent $line"
done </modules
echo "guest: kernel $(uname -r), modules not there or built in:$absent"
ip link set lo up
for word in $(cat /proc/cmdline); do
	case $word in tests=*) tests=${word#tests=} ;; esac
done
ulimit -n 4096
NLSTAT_BIN=/nlstat-bin NLSTAT_REFERENCE=/reference NLSTAT_GUEST=1 \
	/integration.test -test.v -test.run "$tests"
echo "guest: exit status $?"
poweroff -f

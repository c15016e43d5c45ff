# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A machine for a test, which this file starts anew in it: a mount namespace in which /etc, /run, /srv, /var/log and the
# directory of the SIPIS program are empty but for what the test puts there, and a network namespace without anybody in it.
# Without /run there is no bus.
: "${SIPISCTL:?}" "${UNITS_DIR:?}"

if [ -z "${SIPIS_HOST_WORK:-}" ]; then
	[ "$(id -u)" = 0 ] || skip_all "only root can make a machine for it"
	unshare --mount --net true 2>/dev/null || skip_all "namespaces are not permitted here"
	SIPIS_HOST_WORK=$(mktemp -d "${TMPDIR:-/tmp}/sipis-host.XXXXXX")
	export SIPIS_HOST_WORK
	trap 'rm -rf --one-file-system "$SIPIS_HOST_WORK"' EXIT
	unshare --mount --propagation private --net -- "$BASH" "$0"
	exit
fi

# --- the machine -----------------------------------------------------------------------------------------------------

work=$SIPIS_HOST_WORK
binary=$(sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p' "$UNITS_DIR/sipis@.service")
user=$(sed -n 's/^User=//p' "$UNITS_DIR/sipis@.service")
confdir=$(sed -n 's|^Environment=SIPIS_SETTINGS=\(.*\)/Settings%i.xml$|\1|p' "$UNITS_DIR/sipis@.service")
load_balancer=${LOADBALANCER_SETTINGS:-/etc/acrobits/LoadBalancer2/Settings.xml}
generated=/run/systemd/generator/sipis.service.d/50-sipis-generator.conf
sysctl=/proc/sys/net/ipv4
# shellcheck disable=SC2034 # for those who source this
one=$confdir/Settings1.xml two=$confdir/Settings2.xml
chmod 755 "$work"

# hide DIRECTORY NAME...: put one in its place that has links to all that is there, but not to NAME
hide() {
	local directory=$1 name real=$work/real$1 new=$work/new$1 names=()
	mkdir -p "$real" "$new"
	mount --bind "$directory" "$real" && mount -t tmpfs -o mode=755 tmpfs "$new" || exit 99
	for name in "$real"/*; do
		[[ " ${*:2} " == *" ${name##*/} "* ]] || names+=("$name")
	done
	ln -s -t "$new" "${names[@]}"
	mount --bind "$new" "$directory" || exit 99
}

empty() {
	mkdir -p "$1" && mount -t tmpfs -o mode=755 tmpfs "$1" || exit 99
}

hide /etc passwd group nsswitch.conf sipis acrobits
hide "$(realpath "${binary%/*}")" "${binary##*/}"
empty /run
empty /srv
empty /var/log
printf '%s\n' 'passwd: files' 'group: files' >/etc/nsswitch.conf
printf '%s\n' 'root:x:0:' 'staff:x:50:' 'sipis-group:x:941:' 'helpers:x:942:'"$user" 'nogroup:x:65534:' >/etc/group
printf '%s\n' 'root:x:0:0::/root:/bin/sh' 'bob:x:940:50::/:/bin/sh' "$user:x:941:941::/:/bin/sh" \
	'nobody:x:65534:65534::/:/bin/sh' >/etc/passwd
echo 1 >$sysctl/ip_nonlocal_bind
echo 32768 60999 >$sysctl/ip_local_port_range
install -m 755 "$SIPISCTL" /run/sipisctl

# machine_settings INSTANCE PORT HTTP-PORT [LOCK [LOG [ADDRESS]]]
machine_settings() {
	printf '%s\n' '<Sipis>' \
		"<Server Port=\"$2\" Name=\"Sipis$1\" Realm=\"Sipis\" Address=\"${6:-}\"" \
		'  FilterInstancesAccordingToLoadBalancer2BackendSection="Yes" />' \
		"<HttpServer Port=\"$3\" Address=\"${6:-}\" />" \
		"<Lock FileName=\"${4:-/var/run/sipis/sipis$1.lock}\" />" \
		"<Log FileName=\"${5:-/var/log/sipis/sipis$1.log}\" />" \
		'<Administrator User="admin" Password="hunter2" />' \
		'</Sipis>' >"$confdir/Settings$1.xml"
}

# An installation that nothing is wrong with.
healthy() {
	rm -rf "$confdir" "${load_balancer%/*}" /srv/* "${generated%/*}"
	mkdir -p "$confdir" "${load_balancer%/*}"
	machine_settings 1 14998 5000
	machine_settings 2 14988 5010
	printf '%s\n' '<LoadBalancer2><Frontend><Udp Address="0:4998" /></Frontend><Backend>' \
		'<Sipis Name="Sipis1" SelectorPrefix="0/1" Address="" />' \
		'<Sipis Name="Sipis2" SelectorPrefix="8/1" Address="" />' \
		'</Backend></LoadBalancer2>' >"$load_balancer"
	chgrp sipis-group "$confdir" "$confdir"/*
	chmod 2750 "$confdir"
	chmod 640 "$confdir"/*
	printf '#!/bin/sh\n' >"$binary"
	chmod 755 "$binary"
}

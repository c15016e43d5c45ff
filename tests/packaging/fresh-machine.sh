#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# In a booted system that knows nothing of SIPIS, with the packages in /packages: install, use, upgrade, remove, purge.

# shellcheck source=../boot/lib.sh
. /boot-test/lib.sh

instances=(sipis@1 sipis@2 sipis@3 sipis@4)

# All files of the machine, but for what dpkg and the running system keep for themselves and for what this test lays.
listing() {
	find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /var/tmp \
		-o -path /boot-test -o -path /packages -o -path /source -o -path /etc/acrobits \
		-o -path /var/lib/dpkg -o -path /var/log/dpkg.log -o -path /var/log/journal -o -path /var/cache \
		-o -path /var/lib/systemd/random-seed -o -path /var/lib/systemd/timers -o -path /var/lib/logrotate \) -prune \
		-o -printf '%y %m %u %g %p %l\n' | LC_ALL=C sort
}

# The files of the users: one is made, and none is removed.
without_users() {
	grep -vE ' /etc/(passwd|group|shadow|gshadow|subuid|subgid|\.pwd\.lock|\.updated)-? '
}

unchanged_since() {
	diff <(without_users <"$1") <(listing | without_users)
}

prepare() {
	:
}

installs() {
	dpkg -i /packages/first.deb
}

no_complaint_of_systemd() {
	not grep -iE 'sipis.*(error|failed|invalid|unknown|ignoring)' <(journalctl --no-pager -b)
}

lay_settings() {
	install -m 640 -g sipis /usr/share/doc/sipis-generator/examples/four-processes/etc/sipis/*.xml $confdir/
	mkdir -p "${load_balancer_settings%/*}"
	cp /usr/share/doc/sipis-generator/examples/four-processes$load_balancer_settings $load_balancer_settings
	chgrp sipis $confdir/*
}

check_install() {
	check "the package is installed" installs
	is "the user is made" "sipis:SIP Instance Server:/:/usr/sbin/nologin" \
		sh -c 'getent passwd sipis | cut -d: -f1,5-'
	is "and the directories" "755 root:root $confdir
755 sipis:sipis /run/sipis
750 sipis:sipis /var/log/sipis" stat -c '%a %U:%G %n' $confdir /run/sipis /var/log/sipis
	is "the umbrella is enabled" enabled systemctl is-enabled sipis
	is "and not started" inactive systemctl is-active sipis
	is "systemd has read the units" no property sipis.service NeedDaemonReload
	check "and says nothing against them" no_complaint_of_systemd
	is "dpkg finds its files whole" "" dpkg --verify sipis-generator
}

check_use() {
	lay_settings
	systemctl daemon-reload
	is "a daemon-reload starts nothing" "" instances_running
	check "four files, four services" systemctl start sipis
	check "all of them run" active sipis "${instances[@]}" LoadBalancer2
	is "sipisctl check" "4 instances, 0 errors, 0 warnings" sipisctl check
	check "systemctl status shows it" contains "4 instances, 0 errors, 0 warnings" systemctl status sipis
	is "sipisctl list" "1 Sipis1 0/2
2 Sipis2 4/2
3 Sipis3 8/2
4 Sipis4 C/2" sipisctl list --raw --noheadings -o INSTANCE,NAME,PREFIXES
	check "a process answers" contains "name: Sipis3" http 5020 /
	check "stop" systemctl stop sipis 'sipis@*'
	is "reaches all" 0 processes sipis
	check "start" systemctl start sipis
	check "reaches all too" active "${instances[@]}"
}

# From four to six and back, and nothing of that stays.
check_split() {
	local settings
	settings=$(sha256sum $confdir/*.xml $load_balancer_settings)
	check "sipisctl split 6" sipisctl split 6 --yes
	check "sipisctl apply" contains "6 of 6 instances serve" sipisctl apply
	check "six run" active "${instances[@]}" sipis@5 sipis@6
	check "sipisctl split --undo" sipisctl split --undo --yes
	check "and apply" contains "4 of 4 instances serve" sipisctl apply
	is "the files are as they were" "$settings" sha256sum $confdir/*.xml $load_balancer_settings
	is "four run" "$(printf '%s.service\n' "${instances[@]}")" instances_running
	rm -r $confdir/.sipisctl-split /var/log/sipis/sipis[56].log
}

check_logrotate() {
	local log=/var/log/sipis/sipis1.log
	wait_for test -s $log
	is "logrotate has nothing against its configuration" "" logrotate --force /etc/logrotate.d/sipis-generator
	is "a log of a running instance is emptied" 0 stat -c %s $log
	is "and the old one kept, for the group of SIPIS" "640 sipis:sipis" stat -c '%a %U:%G' $log.1.gz
}

check_upgrade() {
	local before
	systemctl stop sipis@4
	before=$(invocations sipis sipis@1 sipis@2 sipis@3 LoadBalancer2)
	check "an upgrade" dpkg -i /packages/second.deb
	is "is one" 0.1.0-2 dpkg-query -W -f '${Version}' sipis-generator
	is "leaves what runs as it is" "$before" invocations sipis sipis@1 sipis@2 sipis@3 LoadBalancer2
	is "and what does not" inactive systemctl is-active sipis@4
	is "systemd has read the new units" no property sipis@1.service NeedDaemonReload
	check "which are new" contains "of the second version" systemctl cat sipis@1
	systemctl disable sipis --quiet
	check "the same version once more" dpkg -i /packages/second.deb
	is "does not enable what was disabled" disabled systemctl is-enabled sipis
	systemctl start sipis@4
}

check_remove() {
	local settings
	settings=$(sha256sum $confdir/* $load_balancer_settings)
	check "removal" dpkg -r sipis-generator
	is "has ended the instances when it returns" "" pgrep -u sipis -x sipis
	check "and leaves LoadBalancer2 alone" active LoadBalancer2
	is "no unit of it is left" "" systemctl list-units --all --plain --no-legend 'sipis*'
	is "nothing generated either" "" sh -c "find $generator_directory -name '*sipis*' 2>/dev/null"
	is "and no generator" "" find /usr/lib/systemd /lib/systemd /usr/bin -name '*sipis-generator*' -o -name 'sipisctl*'
	is "the settings are as they were" "$settings" sha256sum $confdir/* $load_balancer_settings
	check "what logrotate keeps is kept until the purge" test -f /etc/logrotate.d/sipis-generator
}

# What instances have written, and what they were told, is not the package's.
check_purge() {
	local left
	check "purge" dpkg -P sipis-generator
	left=$(find $confdir /var/log/sipis -type f -printf '%f\n' | LC_ALL=C sort)
	is "settings and logs stay, for one who goes on with SIPIS" "$left" \
		printf '%s\n' Settings{1,2,3,4}.xml sipis1.log{,.1.gz} sipis2.log{,.1.gz} sipis3.log{,.1.gz} sipis4.log{,.1.gz}
	check "it can be installed again" installs
	is "and is enabled again, as it was purged" enabled systemctl is-enabled sipis
	find $confdir /var/log/sipis -type f -delete
	mount -t tmpfs tmpfs /var/log/sipis
	check "purge, where the logs are on a file system of their own" dpkg -P sipis-generator
	is "which stays" /var/log/sipis findmnt -no TARGET /var/log/sipis
	umount /var/log/sipis
	installs >/dev/null
	check "purge, where nothing is in the directories" dpkg -P sipis-generator
	check "nothing is left" unchanged_since /var/tmp/before
	is "but the user" sipis id -un sipis
}

checks() {
	booted
	systemctl stop sipis 2>/dev/null || :
	listing >/var/tmp/before
	is "nobody knows SIPIS before" "" getent passwd sipis
	check_install
	check_use
	check_split
	check_logrotate
	check_upgrade
	check_remove
	check_purge
}

main "$@"

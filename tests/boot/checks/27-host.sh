#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What sipisctl check finds with a running systemd: units in force, what runs, who has a port, whom it runs as.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

# Debian 12 calls it /lib/systemd/system.
unit_directory=/lib/systemd/system
! grep -aq /usr/lib/systemd/system/sipis@.service /usr/bin/sipisctl || unit_directory=/usr/lib/systemd/system

# Without the summary, which is the last line.
findings() {
	sipisctl check 2>&1 | sed '$d'
}

no_findings() {
	is "$1" "" findings
}

in_use() {
	echo "$1 (TCP) is in use by sipis (PID $(property thief MainPID), thief.service), which is not part of" \
		"$2: stop it, or choose another port [port-in-use]"
}

# have_thief SETTINGS PORT...: another unit has the ports of these settings
have_thief() {
	local port

	systemd-run --quiet --unit=thief --uid=sipis /usr/bin/sipis "$1"
	for port in "${@:2}"; do
		wait_for listening "$port"
	done
}

ports() {
	systemctl stop sipis@2
	have_thief $confdir/Settings2.xml 14988 5010
	is "host: ports that another unit took" "$(
		echo "$confdir/Settings2.xml:$(place_of $confdir/Settings2.xml ' Port="'): error: $(in_use 'Server port 14988' sipis@2.service)"
		echo "$confdir/Settings2.xml:$(place_of $confdir/Settings2.xml '<HttpServer Port="'): error: $(in_use 'HTTP port 5010' sipis@2.service)"
	)" findings
	drop_in sipis@2.service network <<<$'[Service]\nPrivateNetwork=yes'
	systemctl daemon-reload
	is "host: not those of an instance with a network of its own" "" eval 'findings | grep -F "[port-in-use]"'
	rm -r /etc/systemd/system/sipis@2.service.d
	ip netns add other
	drop_in sipis@2.service network <<<$'[Service]\nNetworkNamespacePath=/run/netns/other'
	systemctl daemon-reload
	is "host: not those of an instance in another network namespace" "" eval 'findings | grep -F "[port-in-use]"'
	systemctl stop thief
	systemd-run --quiet --unit=thief --uid=sipis -p NetworkNamespacePath=/run/netns/other /usr/bin/sipis $confdir/Settings2.xml
	wait_for eval 'ip netns exec other ss -Hltn "sport = :14988" | grep -q .'
	check "host: but ports that are taken in that namespace" contains "$(in_use 'Server port 14988' sipis@2.service)" findings
	systemctl stop thief
	rm -r /etc/systemd/system/sipis@2.service.d
	ip netns delete other
	systemctl daemon-reload
	systemctl start sipis@2
}

# The same port may be held by another instance: that is no other program.
frontends() {
	local place

	place=$(place_of $load_balancer_settings '<Udp Address="')
	systemctl stop LoadBalancer2
	is "host: LoadBalancer2 is down" \
		"$load_balancer_settings: warning: LoadBalancer2.service is inactive (loaded), so no call reaches an instance: see systemctl status LoadBalancer2 [load-balancer-down]" \
		findings
	sed 's/Port="14988"/Port="4998"/; s/Port="5010"/Port="5999"/; s/sipis2/thief/' $confdir/Settings2.xml >/run/thief.xml
	have_thief /run/thief.xml 4998
	check "host: a port of LoadBalancer2 that another unit took" \
		contains "$load_balancer_settings:$place: error: $(in_use 'frontend port 4998' LoadBalancer2.service)" findings
	systemctl stop thief
	systemctl start LoadBalancer2
	no_findings "host: LoadBalancer2 has its own ports"
}

# What is in force counts, not what was compiled in.
in_force() {
	# shellcheck disable=SC2016 # systemd's variable
	drop_in sipis@3.service program <<<$'[Service]\nExecStart=\nExecStart=/opt/nowhere ${SIPIS_SETTINGS}'
	systemctl daemon-reload
	check "host: the program of a drop-in" contains "sipis@3.service runs /opt/nowhere, which the user sipis cannot run" findings
	drop_in sipis@3.service program <<<$'[Service]\nUser=nobody'
	systemctl daemon-reload
	check "host: the user of a drop-in cannot read the settings" \
		contains "$confdir/Settings3.xml: error: the user nobody cannot read this file" findings
	is "host: the others are not affected" "" eval 'findings | grep -F "Settings1.xml"'
	drop_in sipis@3.service program <<<$'[Service]\nUser=nobody\nSupplementaryGroups=sipis'
	systemctl daemon-reload
	check "host: with a supplementary group it can" not contains "cannot read this file" findings
	drop_in sipis@3.service program <<<$'[Service]\nUser=nowhere'
	systemctl daemon-reload
	check "host: a user that does not exist" contains "$confdir: error: instances run as the user nowhere, which does not exist" findings
	rm -r /etc/systemd/system/sipis@3.service.d
	systemctl daemon-reload
	no_findings "host: without these drop-ins"
}

drop_ins() {
	local hides="hides /etc/systemd/system/sipis@.service.d/override.conf, which is for all instances"

	drop_in sipis@.service override <<<$'[Service]\nEnvironment=A=1'
	drop_in sipis@3.service other <<<$'[Service]\nEnvironment=B=1'
	systemctl daemon-reload
	is "host: drop-ins with two names" "" eval 'findings | grep -vF "[restart-due]"'
	check "host: processes that started before a drop-in" \
		contains "$confdir/Settings2.xml: warning: sipis@2.service was started before /etc/systemd/system/sipis@.service.d/override.conf changed: systemctl restart sipis@2, which ends its calls [restart-due]" findings
	mv /etc/systemd/system/sipis@3.service.d/{other,override}.conf
	systemctl daemon-reload
	is "host: a drop-in of an instance that hides one of the template" \
		"$confdir/Settings3.xml: warning: /etc/systemd/system/sipis@3.service.d/override.conf $hides: rename one of them, then systemctl daemon-reload [hidden-drop-in]" \
		eval 'findings | grep -vF "[restart-due]"'
	rm -r /etc/systemd/system/sipis@{,3}.service.d
	systemctl daemon-reload
	no_findings "host: without these drop-ins"
	printf '<!-- -->\n' >>$confdir/Settings3.xml
	systemctl daemon-reload
	is "host: a process with older settings" \
		"$confdir/Settings3.xml: warning: sipis@3.service was started before these settings changed: systemctl restart sipis@3, which ends its calls [restart-due]" \
		findings
	systemctl restart sipis@3
	no_findings "host: not after a restart"
	touch /usr/lib/systemd/system/sipis@.service
	is "host: all processes after an upgrade" 4 eval 'findings | grep -c "changed: systemctl daemon-reload and systemctl restart.*\[restart-due\]$"'
	systemctl daemon-reload
	systemctl restart sipis
	wait_for listening 5030
	no_findings "host: not after that restart"
	systemctl set-property sipis@3.service CPUWeight=200
	no_findings "host: nor after systemctl set-property, which is in force at once"
	systemctl revert sipis@3.service
	systemctl daemon-reload
}

foreign() {
	cp /usr/lib/systemd/system/sipis.service /etc/systemd/system/
	systemctl daemon-reload
	is "host: a unit of somebody else" \
		"$unit_directory/sipis.service: error: sipis.service is /etc/systemd/system/sipis.service, which is not this package's: move that file away, see sipis-migration(7), then systemctl daemon-reload [foreign-unit]" \
		findings
	rm /etc/systemd/system/sipis.service
	cp /usr/lib/systemd/system/sipis@.service /etc/systemd/system/
	systemctl daemon-reload
	is "host: a template of somebody else is reported once" 1 eval 'findings | grep -c "is /etc/systemd/system/sipis@.service, .*\[foreign-unit\]$"'
	rm /etc/systemd/system/sipis@.service
	systemctl daemon-reload
	no_findings "host: the package's own units"
}

refuses_to_write() {
	journal_of sipis@1 | grep -F "log /var/log/sipis/one/sipis1.log: Read-only file system"
}

# A link below /var/log/sipis keeps the instance that uses it from writing, and the remedy of check makes it write.
linked() {
	local place

	settings 1 log=/var/log/sipis/one/sipis1.log
	place=$(place_of $confdir/Settings1.xml '<Log FileName="')
	install -d -o sipis -g sipis -m 750 /srv/logs
	ln -s /srv/logs /var/log/sipis/one
	systemctl daemon-reload
	systemctl restart sipis || :
	check "host: below a link out of /var/log/sipis, an instance cannot write" wait_for refuses_to_write
	check "host: the others run" active sipis@{2,3,4}
	check "host: check says so" contains "$confdir/Settings1.xml:$place: error: /var/log/sipis/one is a symbolic link, so the instances that use it cannot write there: replace it by a directory, and mount the other one there (mount --bind, or a .mount unit) [linked-directory]" findings
	rm /var/log/sipis/one
	mkdir /var/log/sipis/one
	mount --bind /srv/logs /var/log/sipis/one
	systemctl restart sipis@1
	check "host: with a mount it runs" wait_for [ -s /srv/logs/sipis1.log ]
	no_findings "host: and nothing is reported"
	systemctl stop sipis@1
	umount /var/log/sipis/one
	rmdir /var/log/sipis/one
	as_sipis mkdir /var/log/sipis/two
	ln -s two /var/log/sipis/one
	systemctl start sipis@1
	check "host: a link to another directory in /var/log/sipis is no obstacle" wait_for [ -s /var/log/sipis/two/sipis1.log ]
	no_findings "host: and is not reported"
	rm /var/log/sipis/one
	settings 1
	systemctl daemon-reload
	systemctl restart sipis@1
	wait_for listening 14998
	no_findings "host: without this link"
}

cycle() {
	local unit

	for unit in sipis.service sipis@2.service; do
		drop_in LoadBalancer2.service order <<<$'[Unit]\nAfter='"$unit"
		systemctl daemon-reload
		check "host: LoadBalancer2 after $unit" contains "$load_balancer_settings: error: LoadBalancer2.service is ordered after $unit, which is ordered after LoadBalancer2.service, so systemd starts only one of them at boot: remove $unit from After= with systemctl edit --full LoadBalancer2.service [ordering-cycle]" findings
	done
	rm -r /etc/systemd/system/LoadBalancer2.service.d
	systemctl daemon-reload
	no_findings "host: no cycle"
}

masked() {
	local unmask="systemctl unmask sipis@4, then systemctl start sipis@4 [masked-instance]"

	systemctl --quiet mask --now sipis@4
	is "host: a masked instance" \
		"$confdir/Settings4.xml: warning: sipis@4.service is masked, so 25.00% of the selectors are not served: $unmask" findings
	printf '<!-- -->\n' >>$confdir/Settings4.xml
	chmod 666 $confdir/Settings4.xml
	is "host: nothing else is said about it" \
		"$confdir/Settings4.xml: warning: sipis@4.service is masked, so 25.00% of the selectors are not served: $unmask" findings
	chmod 640 $confdir/Settings4.xml
	systemctl daemon-reload
	systemctl --quiet unmask sipis@4
	systemctl start sipis@4
	systemctl --quiet mask sipis@4
	check "host: a masked instance that runs" contains "sipis@4.service is masked but still runs" findings
	systemctl --quiet unmask sipis@4
	no_findings "host: unmasked"
}

# How systemd is asked, and what is said if it cannot be.
asking() {
	local unavailable="$unit_directory/sipis@.service: warning: cannot query systemd"

	systemctl stop dbus.socket dbus.service
	no_findings "host: root needs no D-Bus"
	systemctl --quiet mask --now sipis@4
	check "host: root still asks systemd" contains "sipis@4.service is masked" findings
	systemctl --quiet unmask sipis@4
	systemctl start sipis@4
	is "host: without any bus this is said, once" 1 \
		eval 'DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere sipisctl check | grep -c "$unavailable (No such file or directory).*\[systemd-unavailable\]$"'
	systemctl start dbus.socket dbus.service
	check "host: the user of SIPIS asks the bus" contains "4 instances, 0 errors, 0 warnings" as_sipis sipisctl check
	systemctl kill --signal=STOP dbus.service
	check "host: a bus that hangs costs root nothing" contains "4 instances, 0 errors, 0 warnings" timeout 10 sipisctl check
	check "host: a bus that hangs is given up" contains "$unavailable" timeout 20 setpriv --reuid=sipis --regid=sipis --clear-groups sipisctl check
	check "host: nor does it keep sipis.service from starting" timeout 20 systemctl restart sipis
	systemctl kill --signal=CONT dbus.service
	wait_for listening 5030
}

checks() {
	booted
	no_findings "host: running instances have their own ports"
	is "host: nor for the user of SIPIS" "4 instances, 0 errors, 0 warnings" as_sipis sipisctl check
	check "host: sipis.service says so" contains "4 instances, 0 errors, 0 warnings" journal_of sipis
	ports
	frontends
	in_force
	drop_ins
	foreign
	linked
	cycle
	masked
	asking
}

main "$@"

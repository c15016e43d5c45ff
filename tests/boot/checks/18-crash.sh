#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A process that crashes is restarted, for ever; one that exits with status 78 is not. And instances share /run/sipis.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	# the unit's own delay would make this long
	drop_in sipis@1.service override <<-'END'
		[Service]
		RestartSec=50ms
		RestartSteps=0
	END
	# the example of sipis-units(7)
	drop_in sipis@.service 60-alert <<<$'[Unit]\nOnFailure=alert@%n.service'
	printf '%s\n' '[Unit]' 'StartLimitIntervalSec=0' '[Service]' 'ExecStart=/bin/sh -c "echo %i >>/run/alerts"' \
		>/etc/systemd/system/alert@.service
}

systemd_version() {
	systemctl --version | sed -n '1s/systemd \([0-9]*\).*/\1/p'
}

alerted() {
	wait_for grep -qx sipis@1.service /run/alerts
}

# It has started for the Nth time and is served.
restarted() {
	[ "$(property sipis@1 NRestarts)" = "$1" ] && [ "$(property sipis@1 SubState)" = running ] && listening 5000
}

crashes() {
	local n

	for n in {1..7}; do
		http 5000 /crash || :
		wait_for restarted "$n"
	done
	[ "$(http 5000 / | head -n 1)" = "name: Sipis1" ]
}

killed() {
	kill -KILL "$(property sipis@1 MainPID)"
	wait_for restarted 8
}

exits() {
	http 5000 '/exit?status=1' || :
	wait_for restarted 9
}

exits_78() {
	wait_for listening 5000
	http 5000 '/exit?status=78' || :
	wait_for state_of sipis@1 failed
	[ "$(property sipis@1 ExecMainStatus)" = 78 ]
}

lock_is_held() {
	[ "$(cat "/run/sipis/sipis$1.lock")" = "$(property "sipis@$1" MainPID)" ]
	not flock --nonblock "/run/sipis/sipis$1.lock" true
}

second_process() {
	not as_sipis /usr/bin/sipis $confdir/Settings2.xml
}

checks() {
	local others

	booted
	others=$(invocations sipis@{2,3,4} sipis LoadBalancer2)
	check "crash: restarted seven times in a row" crashes
	check "crash: restarted when it is killed" killed
	check "crash: restarted when it exits with status 1" exits
	if [ "$(systemd_version)" -ge 254 ]; then
		check "alert: of a crash" alerted
	else
		check "alert: none of a crash, as sipis-units(7) says" [ ! -e /run/alerts ]
	fi
	rm -f /run/alerts
	is "crash: there is a delay without the drop-in" 5s property sipis@2 RestartUSec
	if grep -q ^RestartSteps= /lib/systemd/system/sipis@.service; then
		is "crash: the delays grow" "$(printf "5\n1min")" systemctl show --value -p RestartSteps -p RestartMaxDelayUSec sipis@2
	fi
	is "crash: there is no start limit" 0 property sipis@2 StartLimitIntervalUSec
	check "exit 78: the instance has failed" exits_78
	check "alert: of an instance that stays failed" alerted
	is "exit 78: it was not restarted" 9 property sipis@1 NRestarts
	is "exit 78: nothing is waiting to restart it" "No jobs running." systemctl list-jobs
	check "exit 78: its status shows it" contains "status=78" systemctl status sipis@1
	check "exit 78: systemctl start sipis tries it again" systemctl start sipis
	check "exit 78: and it runs" active sipis@1
	is "crash: no other unit was restarted" "$others" invocations sipis@{2,3,4} sipis LoadBalancer2

	check "lock: a second process of the same settings finds it held" contains "held by another process" second_process
	systemctl stop sipis@1 sipis@3
	check "lock: others stop, the lock stays in place and held" lock_is_held 2
	systemctl start sipis@1
	check "lock: it is there for the one that starts" wait_for lock_is_held 1
	check "lock: and still for the other" lock_is_held 2
	systemctl stop sipis
	is "lock: /run/sipis outlives the last one" "sipis sipis 755" stat -c '%U %G %a' /run/sipis
}

main "$@"

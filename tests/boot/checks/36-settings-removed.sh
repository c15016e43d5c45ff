#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A settings file is removed while its instance runs, and then the process dies: it is not restarted for ever, whether
# systemd was reloaded or not. And a crash of an instance does not start a load balancer that was stopped on purpose.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	local n
	for n in 1 2 3 4; do
		drop_in "sipis@$n.service" restart <<-'END'
			[Service]
			RestartSec=50ms
			RestartSteps=0
		END
	done
}

# ended INSTANCE: it does not run, and nothing is going to start it
ended() {
	[[ $(property "sipis@$1" ActiveState) =~ ^(inactive|failed)$ ]] && [ -z "$(systemctl list-jobs --no-legend)" ]
}

# entry TEXT: the journal has it, by sipis-removed@1.service
entry() {
	journalctl --sync
	journalctl -q -b -u sipis-removed@1 -o cat | grep -qxF -- "$1"
}

# dies INSTANCE: its process is killed, and was the last one
dies() {
	local killed
	killed=$(property "sipis@$1" MainPID)
	kill -KILL "$killed"
	wait_for ended "$1"
	[[ $(property "sipis@$1" ExecMainPID) =~ ^($killed|0)$ ]] # 0: systemd has forgotten the instance
}

# restarted INSTANCE
restarted() {
	[ "$(property "sipis@$1" NRestarts)" = 1 ] && [ "$(property "sipis@$1" SubState)" = running ]
}

# An instance with settings elsewhere, as sipis-units(7) says.
elsewhere() {
	settings 9
	mv $confdir/Settings9.xml /srv/one.xml
	drop_in sipis@one.service settings <<-'END'
		[Unit]
		AssertPathExists=
		[Service]
		Environment=SIPIS_SETTINGS=/srv/one.xml
		RestartSec=50ms
	END
	systemctl --quiet mask sipis-removed@one.service
	systemctl start sipis@one
	kill -KILL "$(property sipis@one MainPID)"
	wait_for restarted one
}

crash_without_load_balancer() {
	systemctl stop LoadBalancer2
	kill -KILL "$(property sipis@3 MainPID)"
	wait_for restarted 3
	[ "$(property LoadBalancer2 ActiveState)" = inactive ]
}

checks() {
	booted
	rm $confdir/Settings1.xml
	systemctl start sipis 2>/dev/null
	check "settings removed: what runs keeps running" active sipis@1
	check "settings removed: the process dies, and is not restarted" dies 1
	check "settings removed: the journal says why" entry "$confdir/Settings1.xml does not exist: sipis@1.service is not started"
	rm $confdir/Settings2.xml
	systemctl daemon-reload
	check "settings removed and reloaded: it is not restarted either" dies 2
	check "settings removed: starting it by name fails, and says why" contains "Assertion failed" outcome systemctl start sipis@2
	check "settings removed: the umbrella can be restarted" systemctl restart sipis
	check "settings removed: the others run" active sipis@{3,4}
	check "settings removed: the removed ones do not" not active sipis@2
	check "settings elsewhere: it is restarted" elsewhere
	systemctl reset-failed
	check "load balancer stopped on purpose: a crash does not start it" crash_without_load_balancer
	check "load balancer stopped on purpose: nor does a restart of one instance" systemctl restart sipis@4
	is "load balancer stopped on purpose: it is stopped still" inactive property LoadBalancer2 ActiveState
	systemctl restart sipis
	is "load balancer stopped on purpose: the umbrella starts it" active property LoadBalancer2 ActiveState
}

main "$@"

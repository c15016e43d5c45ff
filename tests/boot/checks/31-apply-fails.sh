#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl apply where something is in its way: what it says, what it exits with, what it leaves behind, and that a
# second run ends well.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

everything=(LoadBalancer2 sipis sipis@{1,2,3,4})
# hint UNIT: the commands that show more about it
hint() {
	echo "sipisctl: for more: systemctl status $1, sipisctl status; then run \"sipisctl apply\" again"
}

# of COMMAND, for what is looked at more than once
run() {
	outcome "$@" >/tmp/outcome
}

said() {
	cat /tmp/outcome
}

says() {
	check "$1: says \"$2\"" contains "$2" said
}

exits() {
	is "$1: exit status $2" "exit $2" tail -n 1 /tmp/outcome
}

# changes_nothing NAME STATUS TEXT COMMAND...
changes_nothing() {
	local before

	before=$(invocations "${everything[@]}")
	run "${@:4}"
	exits "$1" "$2"
	says "$1" "$3"
	is "$1: nothing was restarted" "$before" invocations "${everything[@]}"
}

# ends_well NAME [SUMMARY]
ends_well() {
	run sipisctl apply
	exits "$1" 0
	says "$1" "${2:-4 of 4 instances serve.}"
	is "$1: nothing is failed" running systemctl is-system-running
}

no_drop_ins() {
	rm -rf /etc/systemd/system/{sipis@,LoadBalancer2.service}*.d
}

# --- instances that do not serve -------------------------------------------------------------------------------------

# A second process with the ports of instance 2, and none of its files.
start_thief() {
	sed 's/sipis2\./thief./' $confdir/Settings2.xml >/tmp/thief.xml
	chmod 644 /tmp/thief.xml
	systemctl stop sipis@2
	systemd-run --quiet --unit=thief --uid=sipis /usr/bin/sipis /tmp/thief.xml
	wait_for listening 5010
}

# The lines of its log, each with a time of the day.
shows_log() {
	said | sed -n "/^sipisctl: $1:/,/^[^ ]/s/^    [0-2][0-9]:[0-5][0-9]:[0-6][0-9] //p" | grep -F "$2"
}

do_not_serve() {
	local name="three that do not serve" deaf="active, does not listen on Server port 14978, HTTP port 5020"

	start_thief
	drop_in sipis@2.service override <<<$'[Service]\nRestartSec=1h'
	drop_in sipis@3.service override <<<$'[Service]\nEnvironment=STAND_IN=deaf'
	drop_in sipis@4.service override <<<$'[Service]\nExecStart=\nExecStart=/bin/sleep infinity'
	run sipisctl apply --force --timeout=5
	exits "$name" 1
	says "$name" "1 of 4 instances serve."
	says "$name" "$(hint sipis@2.service)"
	says "$name" "    $confdir/Settings2.xml:$(place_of $confdir/Settings2.xml ' Port="'): "
	says "$name" "(PID $(property thief MainPID), thief.service)"
	says "$name" "sipisctl: sipis@2.service: activating (auto-restart after exit-code)"
	says "$name" "sipisctl: sipis@3.service: $deaf"
	says "$name" "sipisctl: sipis@4.service: active, does not listen on Server port 14968, HTTP port 5030"
	says "$name" "sipis@3.service          $deaf"
	check "$name: the log of the one whose port is taken" shows_log sipis@2.service "port 14988: Address already in use"
	check "$name: what systemd says about it" shows_log sipis@2.service "Failed with result 'exit-code'"
	check "$name: check names who has the port" contains "(PID $(property thief MainPID), thief.service)" sipisctl check
	is "$name: the other one serves" Sipis1 ask 14998 00
	systemctl stop thief
	no_drop_ins
}

# Its first try fails, systemd tries again.
comes_up_later() {
	systemctl stop sipis@2
	drop_in sipis@2.service override <<-'END'
		[Service]
		RestartSec=100ms
		ExecStart=
		ExecStart=/bin/sh -c 'mkdir /run/sipis/tried || exec /usr/bin/sipis ${SIPIS_SETTINGS}; exit 1'
	END
	ends_well "one that comes up at the second try"
	is "one that comes up at the second try: it was restarted" 1 property sipis@2 NRestarts
	no_drop_ins
}

takes_out() {
	systemctl --quiet mask --now sipis@2
	ends_well "masked" "3 of 3 instances serve, 1 more is masked."
	check "masked: it does not run" no_process_of 2
	check "masked: status is content" sipisctl status
	systemctl --quiet unmask sipis@2
}

has_no_settings() {
	local name="without settings"

	rm $confdir/Settings4.xml
	backends Sipis1=0/2 Sipis2=4/2 Sipis3=8/1
	run sipisctl apply --no-stop
	exits "$name, --no-stop" 1
	says "$name, --no-stop" "sipis@4.service runs without a settings file: systemctl stop sipis@4.service"
	says "$name, --no-stop" "3 of 3 instances serve, an instance without settings runs."
	check "$name, --no-stop: it still runs" active sipis@4
	ends_well "$name" "3 of 3 instances serve."
	check "$name: it does not run any more" no_process_of 4
	guide
}

# --- what stops it before it begins ----------------------------------------------------------------------------------

is_stopped() {
	settings 4 port=x
	changes_nothing "errors" 1 "[bad-port]" sipisctl apply
	says "errors" "sipisctl: nothing was done: correct these errors, or use --force to continue without the instances that are refused"
	changes_nothing "errors, --dry-run" 1 "[bad-port]" sipisctl apply --dry-run
	install -d -m 700 $confdir/.sipisctl-split{,/1-x.pending}
	changes_nothing "an interrupted split" 1 "[interrupted-split]" sipisctl apply --force
	says "an interrupted split" "sipisctl: nothing was done: finish the interrupted split first (sipisctl split --resume), or undo it (--undo)"
	rm -r $confdir/.sipisctl-split
	run sipisctl apply --force
	exits "errors, --force" 0
	says "errors, --force" "3 of 3 instances serve, 1 more is refused."
	check "errors, --force: the refused one has failed" state_of sipis@4 failed
	check "errors, --force: no process of it" no_process_of 4
	settings 4

	changes_nothing "who may not read the settings" 3 "sipisctl: apply: some settings cannot be read: run it as root; nothing was done" \
		setpriv --reuid=nobody --regid=nogroup --clear-groups sipisctl apply
	changes_nothing "who may not start units" 3 "sipisctl: apply needs root; nothing was done" \
		as_sipis sipisctl apply
	changes_nothing "no bus" 3 "sipisctl: cannot connect to systemd: No such file or directory; nothing was done" \
		timeout 30 env DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere sipisctl apply
	changes_nothing "--root" 2 "sipisctl: apply does not take --root" sipisctl apply --root=/
	changes_nothing "--timeout" 2 'sipisctl: --timeout is a number from 1 to 86400, not "1s"' sipisctl apply --timeout=1s
	systemctl --quiet mask sipis.service
	changes_nothing "a masked umbrella" 1 "nothing was stopped: sipis.service is masked: systemctl unmask sipis.service" sipisctl apply
	systemctl --quiet unmask sipis.service
}

# --- the load balancer -----------------------------------------------------------------------------------------------

load_balancer() {
	local unit name="LoadBalancer2 at its start limit"

	drop_in LoadBalancer2.service override <<-'END'
		[Unit]
		StartLimitIntervalSec=1h
		StartLimitBurst=2
		[Service]
		ExecStartPre=/usr/bin/test -e /run/may-start
	END
	run sipisctl apply
	exits "LoadBalancer2 that does not start" 1
	says "LoadBalancer2 that does not start" "restart LoadBalancer2    failed"
	says "LoadBalancer2 that does not start" "$(hint LoadBalancer2.service)"
	says "LoadBalancer2 that does not start" \
		'4 of 4 instances serve, LoadBalancer2 does not run, "restart LoadBalancer2" failed.'
	check "LoadBalancer2 that does not start: its log" shows_log LoadBalancer2.service "status=1/FAILURE"
	check "$name" not systemctl start LoadBalancer2
	check "$name" not systemctl start LoadBalancer2
	check "$name: it is" contains "too quickly" journal_of LoadBalancer2
	touch /run/may-start
	ends_well "$name"

	# Not Type=exec: where it ends soon enough, its start fails.
	drop_in LoadBalancer2.service override <<<$'[Service]\nType=simple\nExecStart=\nExecStart=/bin/false'
	run sipisctl apply
	exits "LoadBalancer2 that ends at once" 1
	says "LoadBalancer2 that ends at once" "4 of 4 instances serve, LoadBalancer2 does not run."
	no_drop_ins

	# Its job would last for ever, and the instances wait for it.
	drop_in LoadBalancer2.service override <<<$'[Service]\nType=notify\nNotifyAccess=none\nTimeoutStartSec=infinity'
	run sipisctl apply --timeout=4
	exits "LoadBalancer2 that hangs" 1
	says "LoadBalancer2 that hangs" \
		'4 of 4 instances serve, LoadBalancer2 does not run, "restart LoadBalancer2" not done in time.'
	no_drop_ins
	systemctl daemon-reload

	systemctl stop LoadBalancer2
	systemctl reset-failed LoadBalancer2
	unit=$(property LoadBalancer2 FragmentPath)
	mv "$unit" /tmp
	ends_well "no LoadBalancer2"
	check "no LoadBalancer2: nothing is said of it" not contains LoadBalancer2 said
	mv "/tmp/${unit##*/}" "$unit"
}

# --- it is ended in the middle ---------------------------------------------------------------------------------------

# Instance 3 stops when this can be read to its end.
gate=/run/gate

close_gate() {
	rm -f $gate
	mkfifo -m 644 $gate
}

# Whoever is at it passes, and whoever comes.
open_gate() {
	exec 9<>$gate
	rm $gate
	: >$gate
	exec 9>&-
}

# In the background: leaves $apply.
start_apply() {
	sipisctl apply "$@" >/tmp/outcome 2>&1 &
	apply=$!
}

# Its end, as outcome() tells it.
wait_for_apply() {
	local rc=0

	wait "$apply" || rc=$?
	echo "exit $rc" >>/tmp/outcome
}

# Instance 3, when all others have stopped. And something waits for it to stop.
waits_for_gate() {
	[ "$(systemctl list-units --plain --no-legend --state=active,deactivating 'sipis@*' | awk '{ print $1, $3 }')" = \
		"sipis@3.service deactivating" ]
}

# The entry that it writes when signals are watched for.
has_begun() {
	journalctl --quiet -o cat -b _PID="$apply" | grep .
}

interrupt() {
	check "$1: while it stops" wait_for waits_for_gate
	check "$1: it has begun" wait_for has_begun
	kill -"$1" "$apply"
}

is_interrupted() {
	close_gate
	open_gate
	drop_in sipis@3.service override <<<$'[Service]\nExecStop=/bin/cat '$gate
	ends_well "before it is interrupted"

	close_gate
	start_apply
	interrupt INT
	wait_for_apply
	exits INT 1
	says INT 'sipisctl: apply: interrupted at "stop sipis"; instances now: '
	says INT "; systemd finishes what it was told to do"
	check "INT: the others are started again" wait_for active sipis@{1,2,4}
	start_apply
	interrupt KILL
	wait_for_apply
	exits KILL 137
	start_apply
	interrupt HUP
	open_gate
	wait_for_apply
	exits "HUP, at last" 0
	says "HUP, at last" "4 of 4 instances serve."
	is "HUP, at last: nothing is failed" running systemctl is-system-running

	drop_in sipis@3.service override <<<$'[Service]\nEnvironment=STAND_IN=deaf'
	start_apply --timeout=60
	check "TERM: while it waits" wait_for contains "sipis@3.service          active, does not listen" said
	kill -TERM "$apply"
	wait_for_apply
	exits TERM 1
	says TERM 'interrupted at "waiting for the instances to serve"; instances now: 4 active, 0 starting, 0 stopping, 0 down'
	no_drop_ins
	ends_well TERM
}

checks() {
	booted
	do_not_serve
	comes_up_later
	is_stopped
	takes_out
	has_no_settings
	load_balancer
	is_interrupted
}

main "$@"

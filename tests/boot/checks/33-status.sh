#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl status: what it shows is what systemd and the sockets have, in every state and for everybody. And what
# sipisctl apply leaves in the journal.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

as_nobody() {
	setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"
}

# columns COLUMN,... [OPTION]...: a line for each row, and the exit status
columns() {
	outcome sipisctl status --raw --noheadings -o "$@"
}

# row INSTANCE COLUMN,...
row() {
	sipisctl status --raw --noheadings -o "INSTANCE,$2" | sed -n "s/^$1 //p"
}

# What systemd says of the same units.
by_systemd() {
	local unit instance

	for unit in LoadBalancer2 sipis@{1,2,3,4}; do
		instance=${unit#sipis@}
		echo "${instance/LoadBalancer2/-} $(property "$unit" ActiveState) $(property "$unit" MainPID) $(property "$unit" NRestarts)"
	done
	echo "exit 0"
}

listen() {
	wait_for listening "$1"
	wait_for listening "$2"
}

everything_runs() {
	local since

	is "all run: the columns" "INSTANCE NAME PORT HTTP SHARE STATE ACTIVE PID MEMORY SINCE LISTENING RESTARTS REASON" \
		eval 'sipisctl status | head -n 1 | xargs'
	is "all run: units as systemd has them" "$(by_systemd)" columns INSTANCE,ACTIVE,PID,RESTARTS
	is "all run: the rest" "$(
		echo "- LoadBalancer2 - - - - -"
		for n in 1 2 3 4; do
			echo "$n Sipis$n $((15008 - 10 * n)) $((4990 + 10 * n)) 25.00% ok yes"
		done
		echo "exit 0"
	)" columns INSTANCE,NAME,PORT,HTTP,SHARE,STATE,LISTENING
	check "all run: for how long" grep -xE '([0-9]+min(\\x20)?)?([0-9]+s)?' <(row 3 SINCE)
	since=$(date -u -d "$(property sipis@3 ActiveEnterTimestamp)" +%FT%TZ)
	is "all run: JSON" "exit 0" eval 'outcome sipisctl status --json | tail -n 1'
	check "all run: JSON has a time" contains "\"since\":\"$since\"" eval 'sipisctl status --json | tr -d " \n"'
	check "all run: and numbers" contains "\"pid\":$(property sipis@3 MainPID)," eval 'sipisctl status --json | tr -d " \n"'
	check "all run: and nulls" contains '{"instance":null,"name":"LoadBalancer2","address":null,"port":null,' eval 'sipisctl status --json | tr -d " \n"'
}

# What each may see.
others() {
	local seen

	chmod o+r $confdir/* # not seen: whose sockets these are
	is "who may read the settings: all that is in them" "$(columns NAME,PORT,SHARE,STATE,ACTIVE,PID)" \
		columns_as_nobody NAME,PORT,SHARE,STATE,ACTIVE,PID
	is "who may read the settings: not whose sockets these are" "$(printf '%s\n' '- -' '1 -' '2 -' '3 -' '4 -' 'exit 0')" \
		columns_as_nobody INSTANCE,LISTENING
	chmod o-r $confdir/*
	seen=$(columns INSTANCE,NAME,PORT,HTTP,STATE,ACTIVE,PID,RESTARTS)
	is "who may not: what the units tell" "$seen" columns_as_nobody INSTANCE,NAME,PORT,HTTP,STATE,ACTIVE,PID,RESTARTS
	chmod 700 $confdir
	is "who may not even see the directory: the same" "$seen" columns_as_nobody INSTANCE,NAME,PORT,HTTP,STATE,ACTIVE,PID,RESTARTS
	chmod 2755 $confdir
	is "-M: the same of a container" "$(sed '/^exit/!s/$/ .host/' <<<"$seen")" \
		columns INSTANCE,NAME,PORT,HTTP,STATE,ACTIVE,PID,RESTARTS,HOST -M .host
	is "no bus" "$(printf '%s\n' "sipisctl: cannot query systemd of this machine: No such file or directory" "exit 3")" \
		outcome env DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere sipisctl status
	is "-M: a container that is not there" "exit 3" eval 'outcome sipisctl status -M nowhere | tail -n 1'
	is "-o: a column that is not there" "exit 2" eval 'outcome sipisctl status -o NOWHERE | tail -n 1'
	is "--root" "$(printf '%s\n' "sipisctl: status does not take --root: sipisctl status --help lists its options" "exit 2")" \
		outcome sipisctl status --root=/
}

columns_as_nobody() {
	outcome as_nobody sipisctl status --raw --noheadings -o "$@"
}

# the_same NAME: who may not read the settings sees the rows that root sees
the_same() {
	is "who may not: $1" "$(columns INSTANCE,STATE,ACTIVE)" columns_as_nobody INSTANCE,STATE,ACTIVE
	is "-M: $1" "$(columns INSTANCE,ACTIVE)" columns INSTANCE,ACTIVE -M .host
}

# systemd keeps units that have failed, and has no settings for units that run.
removed() {
	local generator=/etc/systemd/system-generators/sipis-generator

	settings 9 port=x
	systemctl daemon-reload
	systemctl start sipis@9 2>/dev/null || :
	wait_for state_of sipis@9 failed
	the_same "a refused instance"
	rm $confdir/Settings9.xml
	systemctl daemon-reload
	check "systemd still has the unit of removed settings" state_of sipis@9 failed
	the_same "an instance that failed before its settings were removed"
	systemctl reset-failed sipis@9

	mv $confdir/Settings2.xml /root/
	systemctl daemon-reload
	the_same "an instance that runs without settings"
	check "who may not: its state" contains "2 no\\x20settings\\x20(running)" columns_as_nobody INSTANCE,STATE
	mv /root/Settings2.xml $confdir/
	systemctl daemon-reload

	systemctl stop sipis
	wait_for none_active
	the_same "all instances are stopped"
	systemctl start sipis
	listen 14998 5000
	listen 14988 5010
	listen 14978 5020
	listen 14968 5030

	mkdir -p ${generator%/*}
	ln -s /dev/null $generator
	systemctl daemon-reload
	is "who may not: the generator is masked" "$(columns INSTANCE,ACTIVE)" columns_as_nobody INSTANCE,ACTIVE
	rm $generator
	systemctl daemon-reload
}

# Until a line that begins so has been shown.
shown() {
	local line

	while read -r -t 10 line <&3; do
		[[ $line != "$1"* ]] || return 0
	done
	echo "in vain: $1"
	return 1
}

watched() {
	exec 3< <(exec sipisctl status --watch --raw --noheadings -o INSTANCE,ACTIVE,LISTENING)
	check "--watch: what is" shown "3 active yes"
	systemctl stop sipis@3
	check "--watch: it stops" shown "3 inactive no"
	systemctl start sipis@3
	check "--watch: it listens again" shown "3 active yes"
	kill $!
	exec 3<&-
}

# In every state at once.
states() {
	drop_in sipis@2.service override <<<$'[Service]\nEnvironment=STAND_IN=deaf'
	systemctl daemon-reload
	systemctl restart sipis@2
	sed -i 's/<HttpServer Port="5020"/<HttpServer Port="5021"/' $confdir/Settings3.xml
	settings 4 port=x
	is "not listening, one port only, refused and running" "$(
		printf '%s\n' "1 ok active yes -" "2 ok active no -" "3 ok active only\\x2014978 -"
		echo "exit 0"
	)" eval 'columns INSTANCE,STATE,ACTIVE,LISTENING,REASON | sed "/^[-4]/d"'
	is "refused and running: STATE" "refused\\x20(running)" row 4 STATE
	check "refused and running: why" grep -xF "$(row 4 REASON | sed 's/\\x20/ /g')" \
		<(sipisctl check 4 | sed -n 's/.*: error: \(.*\) \[bad-port\]$/\1/p')
	systemctl daemon-reload
	check "refused and stopped" not systemctl restart sipis@4
	is "refused and stopped: exit status" "exit 1" eval 'columns INSTANCE | tail -n 1'
	is "refused and stopped" "refused failed - no" row 4 STATE,ACTIVE,PID,LISTENING
	settings 4
	systemctl daemon-reload
	systemctl start sipis@4
	listen 14968 5030
	http 5030 '/exit?status=78' || :
	wait_for state_of sipis@4 failed
	is "failed" "ok failed - failed:\\x20exit-code" row 4 STATE,ACTIVE,SINCE,REASON
	is "failed: exit status" "exit 1" eval 'columns INSTANCE | tail -n 1'
	systemctl --quiet mask sipis@4 sipis@1
	systemctl daemon-reload
	is "masked" "masked" row 4 STATE
	is "masked and running" "masked\\x20(running)" row 1 STATE
	is "masked: exit status" "exit 0" eval 'columns INSTANCE | tail -n 1'
	is "-M: masked" "$(printf '%s\n' 1 masked 2 ok 3 ok 4 masked)" \
		eval 'columns INSTANCE,STATE -M .host | sed -n "/^[1-4]/{s/ /\n/;p}"'
	systemctl --quiet unmask sipis@4 sipis@1
	settings 3
	systemctl daemon-reload
	systemctl reset-failed
}

# What makes the exit status 1 although every instance with settings runs.
exit_status() {
	is "all good" "exit 0" eval 'columns INSTANCE | tail -n 1'
	is "an instance by name" "$(printf '%s\n' 2 "exit 0")" columns INSTANCE Settings2.xml
	is "two instances by name" "$(printf '%s\n' 1 3 "exit 0")" columns INSTANCE sipis@3 1
	is "an instance that does not exist" \
		"$(printf '%s\n' 'sipisctl: there is no instance "7": sipisctl status shows them' "exit 2")" \
		outcome sipisctl status 7
	systemctl stop LoadBalancer2
	is "LoadBalancer2 is down" "$(printf '%s\n' "- inactive" "1 active" "2 active" "3 active" "4 active" "exit 1")" \
		columns INSTANCE,ACTIVE
	is "LoadBalancer2 does not count for instances by name" "exit 0" eval 'columns INSTANCE 1 | tail -n 1'
	is "-M: LoadBalancer2 is down" "exit 1" eval 'columns INSTANCE -M .host | tail -n 1'
	systemctl start LoadBalancer2
	mv $confdir/Settings4.xml /root/
	is "an instance runs without settings" "$(
		printf '%s\n' "- -" "1 ok" "2 ok" "3 ok" "4 no\\x20settings\\x20(running)" "exit 1"
	)" columns INSTANCE,STATE
	is "the same by name" "$(printf '%s\n' 4 "exit 1")" columns INSTANCE 4
	systemctl stop sipis@4
	is "it is stopped" "$(printf '%s\n' - 1 2 3 "exit 0")" columns INSTANCE
	mv $confdir/Settings[123].xml /root/
	systemctl stop 'sipis@*'
	is "a machine without instances" "$(printf '%s\n' - "exit 1")" columns INSTANCE
	mv /root/Settings*.xml $confdir/
	systemctl start sipis
	listen 14998 5000
	listen 14988 5010
	listen 14978 5020
	listen 14968 5030
}

# entry MESSAGE-ID: the last one, explained
entry() {
	journalctl --sync
	journalctl --quiet --no-pager -b -x -n 1 MESSAGE_ID="$1" "${@:2}"
}

# explained NAME MESSAGE-ID MESSAGE SUBJECT [MATCH]
explained() {
	check "journal: $1: its message" contains "$3" entry "$2" "${@:5}"
	check "journal: $1: is explained" contains " Subject: $4" entry "$2" "${@:5}"
}

journal() {
	local apply

	journalctl --quiet --update-catalog
	sipisctl apply --timeout=5 >/dev/null 2>&1 || : # sipis@2 is deaf
	explained "an instance that serves" 2f1d481056ea48dc87c55258d20915e5 "sipis@3.service: serves (PID " \
		"SIPIS: instance 3 serves" SIPIS_INSTANCE=3
	explained "an instance that does not" b013a816f37d43748f2ab29c1cc81bec \
		"sipis@2.service: active, does not listen on Server port 14988, HTTP port 5010" \
		"SIPIS: instance 2 does not serve" SIPIS_INSTANCE=2
	check "journal: with a command for this instance" contains '"systemctl status sipis@2"' entry b013a816f37d43748f2ab29c1cc81bec
	explained "apply failed" 666642f0946c4a4f90679630d4ed3fd1 "3 of 4 instances serve" "SIPIS: applying the settings failed"
	rm -r /etc/systemd/system/sipis@2.service.d
	check "journal: apply" sipisctl apply
	explained "apply began" 456fd94fde564256845708e920d5ad23 "The settings of SIPIS are being applied." \
		"SIPIS: the settings are being applied"
	explained "apply finished" b866048cab1046688a0fee8b57c479dc "4 of 4 instances serve" "SIPIS: the settings are applied"
	drop_in sipis@2.service override <<<$'[Service]\nEnvironment=STAND_IN=deaf'
	sipisctl apply >/tmp/outcome 2>&1 &
	apply=$!
	wait_for grep "^sipis@2.service .* does not listen" /tmp/outcome
	kill -TERM $apply
	wait $apply || :
	explained "apply was interrupted" 9d351f1324f34b6bab61adbcce554471 'interrupted at "waiting for the instances to serve"' \
		"SIPIS: applying the settings was interrupted"
}

changed_files() {
	EDITOR='sed -i s/hunter2/hunter3/' sipisctl edit 2
	explained "edit names the file" a2e97890a2674abda7960544ba8d9c7b "$confdir/Settings2.xml is saved." "SIPIS: settings were replaced"
	explained "edit of an instance" 4ca846110a0b42f2bf441b13f2f5b59e "edit has changed $confdir/Settings2.xml." \
		"SIPIS: the settings of instance 2 were changed" SIPIS_INSTANCE=2
	EDITOR='sed -i s/4998/4997/' sipisctl edit --load-balancer
	explained "edit of the load balancer's file" c3d9b924e0314f108e49f1e23f5b34b2 "edit has changed $load_balancer_settings." \
		"SIPIS: the settings of LoadBalancer2 were changed"
	sipisctl split 5 --yes
	explained "split and the load balancer's file" c3d9b924e0314f108e49f1e23f5b34b2 "split has changed $load_balancer_settings." \
		"SIPIS: the settings of LoadBalancer2 were changed"
	check "journal: it is about no instance" not contains SIPIS_INSTANCE= journalctl --quiet -b -o export MESSAGE_ID=c3d9b924e0314f108e49f1e23f5b34b2
}

checks() {
	booted
	listen 14998 5000
	listen 14988 5010
	listen 14978 5020
	listen 14968 5030
	everything_runs
	others
	removed
	exit_status
	watched
	states
	journal
	changed_files
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A machine that is set up as the vendor's guide says boots into four instances and LoadBalancer2.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

units=(sipis@{1,2,3,4}.service)

started_after_load_balancer() {
	local ready unit started

	ready=$(property LoadBalancer2 ActiveEnterTimestampMonotonic)
	for unit in "${units[@]}"; do
		started=$(property "$unit" ExecMainStartTimestampMonotonic)
		echo "$unit $started, LoadBalancer2 $ready"
		[ "$ready" -gt 0 ]
		[ "$started" -ge "$ready" ]
	done
}

umbrella_came_last() {
	local last unit

	last=$(property sipis ActiveEnterTimestampMonotonic)
	for unit in "${units[@]}"; do
		[ "$(property "$unit" ActiveEnterTimestampMonotonic)" -le "$last" ]
	done
}

# The guide's own check: `top -u sipis`.
top_counts() {
	top -b -n 1 -w 200 -u sipis | awk '$NF == "sipis" || $NF == "LoadBalancer2" { n[$NF]++ }
		END { print n["LoadBalancer2"] + 0, n["sipis"] + 0 }'
}

ports_listen() {
	local port

	for port in 14998 14988 14978 14968 5000 5010 5020 5030 4998 24998; do
		wait_for listening $port
	done
	for port in 14998 14988 14978 14968 4998; do
		[ -n "$(ss -Hlun "sport = :$port")" ]
	done
}

# The machine may permit less than the unit asks for.
open_files() {
	local unit limit

	limit=$(awk '/^Max open files/ { print $5 }' /proc/1/limits)
	[ "$limit" -lt 65535 ] || limit=65535

	for unit in "${units[@]}"; do
		[ "$(property "$unit" LimitNOFILE)" = 65535 ]
		awk '/^Max open files/ { print $4, $5 }' "/proc/$(property "$unit" MainPID)/limits" | grep -x "$limit $limit"
	done
}

arguments() {
	local unit

	for unit in "${units[@]}"; do
		tr '\0' ' ' <"/proc/$(property "$unit" MainPID)/cmdline"
		echo
	done
}

status_lists_four() {
	[ "$(systemctl status 'sipis@*' | grep -c '^\(●\|\*\) sipis@[1-4]\.service - SIPIS Sipis[1-4] (port 149[6-9]8, HTTP port 50[0-3]0)$')" = 4 ]
}

locks_hold_pids() {
	local n

	for n in 1 2 3 4; do
		[ "$(cat /run/sipis/sipis$n.lock)" = "$(property sipis@$n MainPID)" ]
		not flock --nonblock /run/sipis/sipis$n.lock true
	done
}

logs_are_written() {
	local n

	for n in 1 2 3 4; do
		grep "Sipis$n listens on port" /var/log/sipis/sipis$n.log
	done
}

checks() {
	is "guide: is-system-running says running" running systemctl is-system-running --wait
	check "guide: four instances, sipis and LoadBalancer2 are active" active "${units[@]}" sipis LoadBalancer2
	is "guide: no fifth instance" "$(printf '%s\n' "${units[@]}")" instances_running
	check "guide: instances were started after LoadBalancer2" started_after_load_balancer
	check "guide: sipis.service became active after all instances" umbrella_came_last
	check "guide: all ports listen, TCP and UDP" ports_listen
	is "guide: top -u sipis shows one LoadBalancer2 and four sipis" "1 4" top_counts
	is "guide: no sipis process of another user" 4 pgrep -c -x sipis
	check "guide: systemctl status 'sipis@*' lists four, with names and ports" status_lists_four
	is "guide: systemctl is-enabled sipis" enabled systemctl is-enabled sipis
	is "guide: each process has the path of its settings as its argument" \
		"$(printf '/usr/bin/sipis /etc/sipis/Settings%s.xml \n' 1 2 3 4)" arguments
	check "guide: 65535 open files" open_files
	check "guide: each lock is held and has its process's PID" locks_hold_pids
	check "guide: each log is written" logs_are_written
	is "guide: an instance finds its prefix by its name" "$(printf 'name: Sipis3\nprefixes: 8/2\nsettings: /etc/sipis/Settings3.xml')" \
		http 5020 /
	is "guide: LoadBalancer2 reaches each instance, TCP" "$(printf 'Sipis%s\n' 1 2 3 3 4)" \
		ask 4998 0000 4fff 812869E0E A0 C2
	is "guide: LoadBalancer2 reaches an instance, UDP" Sipis4 ask_udp 4998 E2869E0E:7C3A0D14
	check "guide: systemctl status sipis ends with the summary" \
		contains "4 instances, 0 errors, 0 warnings" systemctl status sipis
	is "guide: no unit has failed" "" systemctl list-units --failed --no-legend
	is "guide: no reload is due" "$(printf 'no\n\nno\n\nno\n\nno\n\nno')" \
		systemctl show --value -p NeedDaemonReload sipis "${units[@]}"
	check "guide: the log of no instance has a warning" quiet_log
}

quiet_log() {
	journalctl --sync
	[ -z "$(journalctl -b -q -p warning -u 'sipis@*' -u sipis -o cat)" ] || { journalctl -b -p warning -u 'sipis@*' -u sipis; return 1; }
}

main "$@"

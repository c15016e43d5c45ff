#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# 200 instances.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	local n entries=()

	for n in {1..200}; do
		settings "$n"
	done
	for n in {0..255}; do
		entries+=("Sipis$((n % 200 + 1))=$(printf %02X "$n")")
	done
	backends "${entries[@]}"
	enable sipis LoadBalancer2
}

running() {
	instances_running | wc -l
}

manager_property() {
	systemctl show --value -p "$1"
}

# Microseconds from when systemd starts the generator until it has seen its end, by its own log.
generator_time() {
	journalctl --sync
	journalctl -b -q -o short-unix | awk '
		/(About to execute|Spawn).*\/sipis-generator/ { start = $1 }
		/\/sipis-generator'\''* succeeded/ { end = $1 }
		END { printf start && end ? "%d\n" : "unknown\n", (end - start) * 1e6 }'
}

# The limits are for a busy machine: a generator has 90 seconds.
report_and_compare() {
	echo "# $1: $2 us" >&3
	[ "$2" -lt "$3" ]
}

checks() {
	local boot reload start

	exec 3>&1
	booted
	is "many: 200 instances run" 200 running
	is "many: the system runs without a failed unit" running systemctl is-system-running
	check "many: systemctl status sipis has the summary" contains "200 instances, 0 errors" systemctl status sipis
	boot=$(($(manager_property GeneratorsFinishTimestampMonotonic) - $(manager_property GeneratorsStartTimestampMonotonic)))
	check "many: all generators together take less than ten seconds at boot" report_and_compare "all generators, at boot" $boot 10000000
	systemctl log-level debug
	start=$(date +%s%6N)
	systemctl daemon-reload
	reload=$(($(date +%s%6N) - start))
	systemctl log-level info
	check "many: the generator takes less than two seconds at daemon-reload" \
		report_and_compare "the generator alone, at daemon-reload" "$(generator_time)" 2000000
	check "many: daemon-reload takes less than a minute" report_and_compare "daemon-reload" $reload 60000000
	is "many: LoadBalancer2 reaches the last one" Sipis200 ask 4998 C7
	check "many: systemctl stop sipis" systemctl stop sipis
	check "many: stops all" wait_for none_run sipis
}

main "$@"

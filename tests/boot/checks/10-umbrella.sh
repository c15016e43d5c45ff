#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# systemctl stop, start and restart of sipis reach all instances; one is taken out with mask.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

all=$(printf 'sipis@%s.service\n' 1 2 3 4)

all_new() {
	local unit

	for unit in sipis@{1,2,3,4}; do
		not grep -F "$(property "$unit" InvocationID)" <<<"$1"
	done
}

checks() {
	local before

	booted
	check "umbrella: systemctl stop sipis" systemctl stop sipis
	check "umbrella: stops all" wait_for none_active
	is "umbrella: cleanly" "" systemctl list-units --failed --no-legend
	check "umbrella: but not LoadBalancer2" active LoadBalancer2
	check "umbrella: systemctl start sipis" systemctl start sipis
	is "umbrella: starts all" "$all" instances_running
	before=$(invocations sipis@{1,2,3,4})
	check "umbrella: systemctl restart sipis" systemctl restart sipis
	is "umbrella: all run after it" "$all" instances_running
	check "umbrella: and are new" all_new "$before"
	before=$(invocations sipis@{1,2,3,4})
	check "umbrella: systemctl try-restart sipis" systemctl try-restart sipis
	check "umbrella: restarts all too" all_new "$before"

	systemctl stop sipis@2
	is "one instance: stopped alone" "$(printf 'sipis@%s.service\n' 1 3 4)" instances_running
	check "one instance: sipis.service stays active" active sipis
	check "one instance: systemctl start sipis" systemctl start sipis
	is "one instance: brings it back" "$all" instances_running

	check "mask: systemctl mask --now sipis@3" systemctl mask --now sipis@3
	is "mask: stops that one" "$(printf 'sipis@%s.service\n' 1 2 4)" instances_running
	check "mask: systemctl restart sipis" systemctl restart sipis
	check "mask: systemctl daemon-reload" systemctl daemon-reload
	check "mask: systemctl start sipis" systemctl start sipis
	is "mask: it stays out" "$(printf 'sipis@%s.service\n' 1 2 4)" instances_running
	is "mask: and is no failure" running systemctl is-system-running
	check "mask: systemctl unmask sipis@3" systemctl unmask sipis@3
	check "mask: systemctl start sipis" systemctl start sipis
	is "mask: brings it back" "$all" instances_running
}

main "$@"

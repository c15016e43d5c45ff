#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl apply: from the vendor's single instance to four, to six and back, each time running as it is set up.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	vendor
}

applied() {
	printf '%s\n' \
		"daemon-reload            done" \
		"stop sipis               done" \
		"restart LoadBalancer2    done" \
		"start sipis              done" \
		"LoadBalancer2.service    active (PID N)" \
		"${@/%/ serves (PID N)}" \
		"$# of $# instance$([ $# = 1 ] && echo " serves" || echo "s serve")." \
		"exit 0"
}

four=("sipis@1.service         " "sipis@2.service         " "sipis@3.service         " "sipis@4.service         ")
six=("${four[@]}" "sipis@5.service         " "sipis@6.service         ")

cursor() {
	journalctl --sync
	journalctl --quiet -n 0 --show-cursor | sed -n 's/^-- cursor: //p'
}

# What systemd did since then, as far as the guide's order goes.
steps_since() {
	journalctl --sync
	journalctl --quiet -o cat --after-cursor="$1" _PID=1 |
		sed -n 's/^\(Stopped\|Started\) \(sipis@\|LoadBalancer2\).*/\1 \2/p' | uniq
}

steps=$(printf '%s\n' "Stopped sipis@" "Stopped LoadBalancer2" "Started LoadBalancer2" "Started sipis@")

selectors() {
	printf '%02X\n' {0..255..5}
}

# Route is what is calculated, ask what happens.
route_is_right() {
	local selectors expected

	mapfile -t selectors < <(selectors)
	expected=$(selectors | sipisctl route | awk '{ print $3 }')
	[ "$(wc -l <<<"$expected")" = ${#selectors[@]} ]
	[ "$(ask 4998 "${selectors[@]}")" = "$expected" ] || { diff <(ask 4998 "${selectors[@]}") - <<<"$expected"; return 1; }
}

# serve NAME INSTANCE...: these and no others
serve() {
	local name=$1
	shift

	is "$name: these run" "$(printf 'sipis@%s.service\n' "$@")" instances_running
	is "$name: a process each" $# processes sipis
	check "$name: the load balancer sends to whom route says" route_is_right
	is "$name: nothing is failed" running systemctl is-system-running
	check "$name: check finds nothing" contains "0 errors, 0 warnings" sipisctl check
}

# Its reader goes away after the first line.
to_nobody() {
	{ sipisctl apply || :; } | head -n 1
	not contains LoadBalancer2 instances_running
}

dry_run() {
	echo daemon-reload
	printf 'stop %s\n' sipis.service sipis@{1,2,3,4}.service
	printf '%s\n' "restart LoadBalancer2.service" "start sipis.service"
	printf 'verify %s\n' sipis@{1,2,3,4}.service
	echo "exit 0"
}

everything=(LoadBalancer2 sipis sipis@{1,2,3,4})

missing() {
	echo "$confdir/$1: warning: systemd has not read this file: sipis@$2.service is missing from $generator_directory: sipisctl apply [stale-units]"
}

orphaned() {
	printf "$confdir: warning: sipis@%s.service runs without a settings file: sipisctl apply [orphaned-instance]\n" "$@"
}

leftover() {
	echo "$confdir: warning: systemd still has units of files that were removed: $1: sipisctl apply [stale-units]"
}

# All that check says of units, and every other advice to use systemctl
advice() {
	sipisctl check | grep -F -e '[stale-units]' -e '[orphaned-instance]' -e systemctl
}

checks() {
	local before since n

	booted
	is "one: the vendor's instance runs" "sipis@default.service" instances_running
	check "one: split 4" sipisctl split 4 --yes
	is "one: it still runs" "sipis@default.service" instances_running
	is "one: check advises apply" "$(
		for n in 1 2 3 4; do
			missing Settings$n.xml $n
		done
		orphaned default
		leftover sipis@default.service
	)" advice
	since=$(cursor)
	is "to four: apply" "$(applied "${four[@]}")" settled sipisctl apply
	is "to four: in the order of the guide" "$steps" steps_since "$since"
	serve "to four" 1 2 3 4

	before=$(invocations "${everything[@]}")
	is "dry run: says what would be done" "$(dry_run)" settled sipisctl apply --dry-run
	is "dry run: and does nothing of it" "$before" invocations "${everything[@]}"
	is "again: apply" "$(applied "${four[@]}")" settled sipisctl apply
	check "again: the instances were started anew" not grep -Fxf <(echo "$before") <(invocations LoadBalancer2 sipis@{1,2,3,4})
	before=$(invocations sipis@{1,2,3,4})
	is "--no-stop: apply" "$(applied "${four[@]}" | sed '/^stop/d')" settled sipisctl apply --no-stop
	is "--no-stop: the instances go on" "$before" invocations sipis@{1,2,3,4}
	check "a reader that goes away: apply" to_nobody
	serve "a reader that goes away" 1 2 3 4

	check "to six: split 6" sipisctl split 6 --yes
	since=$(cursor)
	is "to six: apply" "$(applied "${six[@]}")" settled sipisctl apply
	is "to six: in the order of the guide" "$steps" steps_since "$since"
	serve "to six" 1 2 3 4 5 6

	check "to one: split 1" sipisctl split 1 --yes
	is "to one: check advises apply" "$(
		missing Settings.xml default
		orphaned 1 2 3 4 5 6
		leftover "sipis@1.service, sipis@2.service, sipis@3.service, sipis@4.service, sipis@5.service, ..."
	)" advice
	is "to one: apply" "$(applied "sipis@default.service   ")" settled sipisctl apply
	serve "to one" default
	check "undo: split --undo" sipisctl split --undo --yes
	is "undo: apply" "$(applied "${six[@]}")" settled sipisctl apply
	serve "undo" 1 2 3 4 5 6
}

main "$@"

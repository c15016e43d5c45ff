#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Run by outage.sh in a booted system.

# shellcheck source=../boot/lib.sh
. /boot-test/lib.sh

pairs=@PAIRS@
instances=@INSTANCES@

prepare() {
	vendor
}

guide_commands() {
	systemctl stop sipis
	systemctl daemon-reload
	systemctl restart LoadBalancer2
	systemctl start sipis
}

apply() {
	sipisctl apply >/dev/null
}

# measure COMMAND: prints the outage in milliseconds
measure() (
	exec 3< <(exec /usr/bin/outage "${ports[@]}")
	IFS= read -r _ <&3
	"$1"
	cat <&3
)

median() {
	sort -g "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

checks() {
	local i ports guide apply

	booted
	gcc -O2 -D_GNU_SOURCE -o /usr/bin/outage /usr/lib/sipis-outage/outage.c
	sipisctl split "$instances" --yes >/dev/null
	sipisctl apply >/dev/null
	mapfile -t ports < <(sipisctl list --noheadings --raw -o PORT,HTTP | tr ' ' '\n')
	for ((i = 1; i <= pairs; i++)); do
		if ((i % 2)); then
			guide=$(measure guide_commands)
			apply=$(measure apply)
		else
			apply=$(measure apply)
			guide=$(measure guide_commands)
		fi
		echo "# pair $i: guide $guide ms, apply $apply ms"
		echo "$guide" >>/tmp/guide
		echo "$apply" >>/tmp/apply
	done
	guide=$(median /tmp/guide)
	apply=$(median /tmp/apply)
	check "$instances instances: the guide's commands $guide ms, apply $apply ms: at most half" \
		awk "BEGIN { exit !($apply * 2 <= $guide) }"
}

main "$@"

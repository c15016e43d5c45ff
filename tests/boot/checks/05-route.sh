#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Data through the whole: LoadBalancer2 reaches the instance that `sipisctl route` names, for random selectors.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

# random_selectors N: of both cases, every third with a suffix
random_selectors() {
	od -An -v -w20 -tx1 -N $((20 * $1)) /dev/urandom | tr -d ' ' |
		awk 'NR % 2 { $0 = toupper($0) } NR % 3 == 0 { $0 = $0 ":7C3A0D14" } { print }'
}

# `INSTANCE NAME` of every instance, as it says of itself
declare -A instance_of
learn_instances() {
	local port name settings

	instance_of=()
	for port; do
		name=$(http "$port" / | sed -n 's/^name: //p')
		settings=$(http "$port" / | sed -n 's|^settings: /etc/sipis/Settings\(.*\)\.xml$|\1|p')
		instance_of[$name]=$settings
	done
}

# What LoadBalancer2 does with each selector of a file: INSTANCE NAME
reached() {
	local app_id=$1 selector name

	wait_for listening 4998
	exec 3<>/dev/tcp/127.0.0.1/4998
	while read -r selector; do
		printf '%s %s\n' "$selector" "$app_id" >&3
		IFS= read -r name <&3
		printf '%s %s\n' "${instance_of[$name]:--}" "$name"
	done
	exec 3<&-
}

# What sipisctl says: the same
routed() {
	sipisctl route ${1:+--app-id="$1"} | awk '$1 != "SELECTOR" { print $2, $3 }'
}

same_way() {
	reached "$1" </tmp/selectors >/tmp/reached
	routed "$1" </tmp/selectors >/tmp/routed
	[ "$(wc -l </tmp/reached)" = "$(wc -l </tmp/selectors)" ]
	paste -d' ' /tmp/selectors /tmp/reached >/tmp/a
	paste -d' ' /tmp/selectors /tmp/routed >/tmp/b
	diff -U0 /tmp/a /tmp/b
}

# compare NAME [APP-ID]
compare() {
	if has_command route; then
		check "route: $1" same_way "${2:-}"
	else
		skip "route: $1" "sipisctl has no command route"
	fi
}

# Calculated a third time, for the guide's prefixes.
by_first_digit() {
	sed 's/^[0-3].*/1 Sipis1/; s/^[4-7].*/2 Sipis2/; s/^[89ABab].*/3 Sipis3/; s/^[C-Fc-f].*/4 Sipis4/' /tmp/selectors >/tmp/expected
	reached "" </tmp/selectors >/tmp/reached
	diff -U0 /tmp/expected /tmp/reached
}

restart_all() {
	systemctl daemon-reload
	systemctl restart LoadBalancer2 sipis
	learn_instances 5000 5010 5020 5030
}

checks() {
	local exact

	booted
	learn_instances 5000 5010 5020 5030
	random_selectors 1000 >/tmp/selectors
	check "route: LoadBalancer2 passes 1,000 selectors to the instances that have their prefixes" by_first_digit
	compare "1,000 random selectors, the guide's prefixes"

	# first match, several prefixes of one name, one that is a single account, one for all the rest
	exact=$(head -n 1 /tmp/selectors | cut -c-40)
	settings 2 name=Karlsruhe
	backends "Sipis3=$exact" Sipis1=0 Karlsruhe=0/2 Sipis3=7/4 Sipis1=4/2 Sipis4=81/8 Sipis3=8/3 Karlsruhe=A/3 Sipis4=
	restart_all
	compare "1,000 random selectors, overlapping prefixes"

	backends Sipis1=0/1=org.example.a Karlsruhe=0/2=org.example Sipis3=8/2=com Sipis4=C/3 Sipis1=0/2 Karlsruhe=4/2 \
		Sipis3=8/2 Sipis4=C/2
	restart_all
	compare "1,000 random selectors, no app ID"
	compare "1,000 random selectors, an app ID with the longest prefix" org.example.app
	compare "1,000 random selectors, an app ID with a shorter prefix" org.example.xyz
	compare "1,000 random selectors, an app ID without prefix" net.example
}

main "$@"

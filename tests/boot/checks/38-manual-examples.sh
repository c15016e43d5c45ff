#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The commands of manual pages that begin with "#", on a machine with one process, and their output.

# shellcheck source=../lib.sh
. /boot-test/lib.sh
# shellcheck source=../../source/manual.sh
. /boot-test/manual.sh

prepare() {
	vendor
	# other machines, each of which is this one
	printf '#!/bin/sh\nexec systemd-stdio-bridge\n' >/usr/bin/ssh
	chmod 755 /usr/bin/ssh
}

neutral() {
	[ ! -e "$1" ] || sed -E 's/\(PID [0-9]+\)/(PID N)/; s/ +$//' "$1"
}

# What a command expects that the page does not show
before_example() {
	case $(<"$1") in
	sed*)
		sipisctl split 4 --yes
		sipisctl apply
		;;
	esac
}

# check_examples PAGE: run its commands in their order
check_examples() {
	local directory=/run/examples/$1 n i

	mkdir -p "$directory"
	n=$(page_examples "$(echo /usr/share/man/man?/"$1")" "#" | split_examples "$directory")
	check "manual: $1 has commands" [ "$n" -gt 0 ]
	for ((i = 1; i <= n; i++)); do
		before_example "$directory/$i.command" >/dev/null
		COLUMNS=80 bash "$directory/$i.command" >"$directory/$i.seen" 2>&1 </dev/null || :
		check "manual: $1: $(head -n 1 "$directory/$i.command")" \
			resembles_or_diff "$(neutral "$directory/$i.expected")" "$(neutral "$directory/$i.seen")"
	done
}

resembles_or_diff() {
	resembles "$1" "$2" || { diff <(echo "$1") <(echo "$2") || :; return 1; }
}

checks() {
	booted
	check_examples sipisctl.1
	check_examples sipis-generator.8
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The commands of README that begin with "#", on a machine with one process, and their output.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	vendor
}

# examples: from README, "# COMMAND" and its output
examples() {
	awk '/^    # / { on = 1 } on && /^    ./ { print substr($0, 5); next } { on = 0 }' /usr/share/doc/sipis-generator/README
}

neutral() {
	sed -E 's/\(PID [0-9]+\)/(PID N)/; s/ +$//'
}

run_examples() {
	local line
	while IFS= read -r line; do
		echo "$line"
		COLUMNS=80 bash -c "${line#\# }" 2>&1 </dev/null || :
	done < <(examples | grep '^# ')
}

checks() {
	booted
	check "README: it has commands" eval '[ "$(examples | grep -c "^# ")" -ge 3 ]'
	is "README: its commands print what it shows" "$(examples | neutral)" eval 'run_examples | neutral'
	check "README: and the instances serve" active sipis@{1,2,3,4}
}

main "$@"

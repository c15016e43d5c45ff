#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# systemd's own opinion of the units with generated drop-ins.
#
#     verify.sh [UNITS_DIR [GENERATOR [TREE]]]
#
# UNITS_DIR  directory of the built sipis@.service and sipis.service
# GENERATOR  the built sipis-generator
# TREE       root directory that holds the settings files
#
# All three can be given by the environment instead. Output is TAP.
. "$(dirname "$0")/../lib.sh"
export LC_ALL=C SYSTEMD_COLORS=0 SYSTEMD_PAGER='' SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_LEVEL=info

UNITS_DIR=${1:-${UNITS_DIR:-}}
GENERATOR=${2:-${GENERATOR:-}}
TREE=${3:-${TREE:-}}
threshold=20 # ten times the exposure, as systemd-analyze wants it

# an older systemd-analyze lacks some of what is used below
skip_reason() {
	command -v systemd-analyze >/dev/null || { echo "systemd-analyze is missing"; return; }
	local option
	for option in --root --offline --threshold --man; do
		systemd-analyze --help | grep -q -- "$option" ||
			{ echo "systemd-analyze does not know $option"; return; }
	done
}

reason=$(skip_reason)
[ -z "$reason" ] || skip_all "$reason"

if [ -z "$UNITS_DIR" ] || [ -z "$GENERATOR" ] || [ -z "$TREE" ]; then
	bail_out "UNITS_DIR, GENERATOR and TREE must be given"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/verify.XXXXXX") || bail_out "no temporary directory"
trap 'rm -rf "$work"' EXIT
root=$work/root
units=$root/usr/lib/systemd/system
# where PID 1 has generated units, which are no part of the unit path under --root: the rank is between the same two
generated=$root/run/systemd/system

# The commands of the units need not exist on this machine, and a `User=` is not looked up. So: a root directory of its
# own, with a stub for every command, and for every unit that systemd itself brings.
make_root() {
	local unit command

	mkdir -p "$units" "$generated" || return
	cp "$UNITS_DIR/sipis@.service" "$UNITS_DIR/sipis.service" "$UNITS_DIR/sipis-removed@.service" \
		"$UNITS_DIR/sipis-metrics."{service,timer} "$units/" || return
	for unit in sysinit.target basic.target shutdown.target network-online.target multi-user.target timers.target time-set.target \
		time-sync.target; do
		printf '[Unit]\nDescription=Stub\n' >"$units/$unit" || return
	done

	"$GENERATOR" --root="$TREE" "$generated" 2>"$work/generator.log"
	generator_status=$?
	[ $generator_status -le 1 ] || return # 1: there are refused instances, which are verified as well

	find "$root" -type f -name '*.service' -o -type f -name '*.conf' | while read -r unit; do
		sed -n 's/^Exec[A-Za-z]*=[-+!@:]*\(\/[^ ]*\).*/\1/p' "$unit"
	done | sort -u | while read -r command; do
		mkdir -p "$root${command%/*}"
		printf '#!/bin/sh\n' >"$root$command"
		chmod +x "$root$command"
	done
}

# verify UNIT: its status is good and it is silent, because an unknown key is only a line on standard error
verify() {
	local output status

	output=$(systemd-analyze verify --root="$root" --man=no "/usr/lib/systemd/system/$1" 2>&1)
	status=$?
	[ $status -eq 0 ] || output+=${output:+$'\n'}"exit status $status"
	verdict "$1: systemd-analyze verify prints nothing" "$output"
}

# secure INSTANCE-UNIT
secure() {
	local output status exposure

	output=$(systemd-analyze security --offline=true --no-pager --root="$root" --threshold=$threshold "$1" 2>&1)
	status=$?
	exposure=$(sed -n 's/.*Overall exposure level for [^ ]*: \([0-9]*\.[0-9]*\) .*/\1/p' <<<"$output")
	# its own threshold lets 2.0 itself pass
	if [ $status -eq 0 ] && [ -n "$exposure" ] && [ "${exposure%%.*}" -lt 2 ]; then
		ok "$1: exposure $exposure is below 2.0"
	else
		not_ok "$1: exposure ${exposure:-unknown} is below 2.0" "$output"$'\n'"exit status $status"
	fi
}

make_root || bail_out "no test tree: $(cat "$work/generator.log" 2>/dev/null)"

shopt -s nullglob
links=("$generated/sipis.service.wants/"*.service)
instances=("${links[@]##*/}")

verdict "the generator gave ${#instances[@]} instances" \
	"$([ ${#instances[@]} -gt 0 ] || { echo "none:"; cat "$work/generator.log"; })"

# in the tree of the test the links lead to where the units will be installed, so their targets are compared by name
astray=
for link in "${links[@]}"; do
	target=$(readlink "$link")
	[ "${target##*/}" = "sipis@.service" ] || astray+="${link##*/} -> $target "
done
verdict "every instance leads to the template" "$astray"

verify sipis.service
verify sipis-removed@1.service
verify sipis-metrics.service
verify sipis-metrics.timer
for instance in "${instances[@]}"; do
	verify "$instance"
	secure "$instance"
done

# the silence above means something only if a mistake in a drop-in breaks it
mkdir -p "$generated/sipis@mistake.service.d"
printf '[Service]\nNoSuchKey=yes\n' >"$generated/sipis@mistake.service.d/50-sipis-generator.conf"
output=$(systemd-analyze verify --root="$root" --man=no "/usr/lib/systemd/system/sipis@mistake.service" 2>&1)
verdict "a mistake in a drop-in is noticed" "$([[ $output == *NoSuchKey* ]] || echo "${output:-no output}")"
done_testing
[ "${tap_failed:?}" = 0 ]

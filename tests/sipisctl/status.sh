#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl status and sipisctl apply, as far as no systemd is needed: the boot tests have the rest. Nothing here reaches
# the machine's own systemd.
set -uo pipefail
export LC_ALL=C.UTF-8 DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere/bus
read -r -a wrapper <<<"${TEST_WRAPPER:-}"
: "${SIPISCTL:?}"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tap.sh"

# What it prints, and its exit status
outcome() {
	timeout 60 "${wrapper[@]}" "$SIPISCTL" "$@" 2>&1 </dev/null
	echo "exit $?"
}

# says NAME STATUS TEXT ARGUMENTS...
says() {
	is "$1" "${3:+$3$'\n'}exit $2" "$(outcome "${@:4}")"
}

no_bus="can't be asked: No such file or directory"
says "status without a bus" 3 "sipisctl: systemd of this machine $no_bus" status
says "status --watch without a bus" 3 "sipisctl: systemd of this machine $no_bus" status --watch
says "status --json without a bus" 3 "sipisctl: systemd of this machine $no_bus" --json status
is "status of a container that is not there" "exit 3" "$(outcome status -M nowhere | tail -n 1)"
is "its name is escaped" "sipisctl: systemd of a\\x1bb can't be asked" "$(outcome status -M $'a\eb' | sed -n '1s/: [A-Z].*//p')"

for command in status apply; do
	says "$command takes no argument" 2 "sipisctl: $command takes no argument" $command 1
	is "$command tells about itself" "sipisctl $command [OPTIONS]: exit 0" \
		"$(outcome $command --help | sed -n '1s/: .*/:/p; $p' | xargs)"
done
says "status takes no --root" 2 "sipisctl: status is about machines that run: it takes no --root" --root=/ status
says "apply takes no --root" 2 "sipisctl: apply is about this machine: it takes no --root" --root=/ apply
for option in --timeout=5 --rolling --no-stop --force --dry-run; do
	says "status takes no $option" 2 "sipisctl: status does not take one of these options: sipisctl status --help" status $option
done
for option in --json --watch --host=a -Ma -oPID --raw; do
	says "apply takes no $option" 2 "sipisctl: apply does not take one of these options: sipisctl apply --help" apply $option
done
for seconds in 0 -1 +1 ' 1' 1s 86401 99999999999999999999 ''; do
	says "--timeout=$seconds is wrong" 2 "sipisctl: --timeout is a number of seconds, not \"$seconds\"" apply --timeout="$seconds"
done
mapfile -t targets < <(seq -f '-Mm%g' 65)
says "so many machines at once are too many" 2 "sipisctl: sipisctl --help lists the options" status "${targets[@]}"
done_testing

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What sipisctl asks a machine, while its allocations fail, each of them in turn, and all from there on: it ends as if
# nothing had been, or says that there is no memory. It does not pass over what it could not find out.
. "$(dirname "$0")/../lib.sh"
: "${FAULT_SHIM:?}" "${FAULT_TRIAL:?}"
. "$here/../sipisctl/machine.sh"

# A machine with findings of several kinds
healthy
machine_settings 1 40001 5000
machine_settings 3 40000 5020 /srv/nowhere/lock /srv/closed/log
machine_settings 4 14968 5030 /srv/closed/lock /srv/closed/file
mkdir -m 700 /srv/closed
chmod 644 "$one"
rm "$binary"
mkdir "$work/tree"

for arguments in check list status "status --monitoring" metrics; do
	mkdir "$work/trial"
	# shellcheck disable=SC2086 # several words
	SIPIS_FAULT_HOST=1 WORK=$work/trial "$FAULT_TRIAL" memory "$work/tree" "$work/tree" "$work/tree" $arguments >"$work/output" 2>&1
	tried=$(sed -n 's/^tried memory //p' "$work/output")
	verdict "each allocation fails, ${tried:-0} ways: $arguments, on this machine" \
		"$(sed -n 's/^complaint memory //p' "$work/output"; [ "${tried:-0}" -gt 0 ] || echo "nothing was tried: $(<"$work/output")")"
	rm -r "$work/trial"
done
done_testing

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Errors go to the kernel log, one record each. Where there is none, nothing hangs and the units tell.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	settings 2 port=14998
	settings 3 name="$(printf 'x%.0s' {1..300})"
	settings 4 realm=another
}

# A container has no /dev/kmsg. A FIFO shows record by record what would be written.
records() {
	mkfifo -m 600 /dev/kmsg
	cat /dev/kmsg >/tmp/records &
	exec 4>/dev/kmsg # keeps the reader
	systemctl daemon-reload
	exec 4>&-
	wait
	rm /dev/kmsg
	sed 's/<27>/\n&/g' /tmp/records
}

checks() {
	booted
	check "kernel log: there is none" [ ! -e /dev/kmsg ]
	is "kernel log: the boot ends" degraded systemctl is-system-running
	is "kernel log: the healthy ones run" "$(printf 'sipis@%s.service\n' 1 4)" instances_running
	records >/tmp/out
	check "kernel log: an error is a record, with priority and name" \
		grep -E "^<27>sipis-generator\[[0-9]+\]: $confdir/Settings2.xml:[0-9]+:[0-9]+: error: .* \[duplicate-port\]$" /tmp/out
	check "kernel log: no warning is" not grep warning /tmp/out
	check "kernel log: no record is longer than 900 bytes" not grep -E '^.{901}' /tmp/out
}

main "$@"

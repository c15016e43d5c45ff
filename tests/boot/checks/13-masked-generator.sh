#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A masked generator leaves no trace.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	mkdir -p /etc/systemd/system-generators
	ln -s /dev/null /etc/systemd/system-generators/sipis-generator
}

traces() {
	find /run/systemd/generator* -name '*sipis*'
}

checks() {
	booted
	is "masked generator: generates nothing" "" traces
	is "masked generator: no instance runs" "" instances_running
	is "masked generator: no instance is loaded" "" systemctl list-units --all --no-legend 'sipis@*'
	is "masked generator: the system runs without a failed unit" running systemctl is-system-running

	rm /etc/systemd/system-generators/sipis-generator
	systemctl daemon-reload
	check "unmasked: systemctl start sipis" systemctl start sipis
	check "unmasked: starts all" active sipis@{1,2,3,4}

	ln -s /dev/null /etc/systemd/system-generators/sipis-generator
	check "masked again: systemctl daemon-reload" systemctl daemon-reload
	is "masked again: nothing generated is left" "" traces
	is "masked again: what runs goes on" 4 processes sipis
	check "masked again: systemctl stop sipis" systemctl stop sipis
	check "masked again: and stops all" wait_for none_run sipis
}

main "$@"

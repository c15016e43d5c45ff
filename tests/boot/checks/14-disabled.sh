#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# `systemctl disable sipis` keeps the boot quiet.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	settings 3 port=14998 # one error, of which nothing must be seen either
	systemctl --quiet disable sipis.service
}

checks() {
	booted
	is "disabled: no instance is there" "" systemctl list-units --all --no-legend --state=active,failed 'sipis@*' sipis.service
	is "disabled: no sipis process" 0 processes sipis
	is "disabled: the system runs without a failed unit" running systemctl is-system-running
	systemctl start sipis || :
	is "disabled: systemctl start sipis works all the same" "$(printf 'sipis@%s.service\n' 1 2 4)" instances_running
	check "disabled: systemctl start sipis@2 works too" systemctl start sipis@2
}

main "$@"

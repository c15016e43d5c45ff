#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# An instance that is masked stays out at boot.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	systemctl --quiet mask sipis@3.service
}

checks() {
	booted
	is "masked at boot: the others run" "$(printf 'sipis@%s.service\n' 1 2 4)" instances_running
	is "masked at boot: the system runs without a failed unit" running systemctl is-system-running
	check "masked at boot: no process of it" no_process_of 3
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The packages are installed and nothing is set up.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	enable sipis
	backends x # sipis.service starts the load balancer
}

checks() {
	booted
	is "nothing: the directory of the settings alone is generated for" sipis.service.d/50-sipis-generator.conf generated
	is "nothing: no instance is loaded" "" systemctl list-units --all --no-legend 'sipis@*'
	check "nothing: systemctl status sipis has the summary" contains "0 instances, 0 errors, 0 warnings" systemctl status sipis
	is "nothing: the system runs without a failed unit" running systemctl is-system-running
}

main "$@"

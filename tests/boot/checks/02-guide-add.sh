#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The guide's four commands after a fifth settings file was added.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

checks() {
	booted
	settings 5
	backends Sipis1=0/2 Sipis2=4/2 Sipis3=8/2 Sipis4=C/3 Sipis5=E/3

	check "add: systemctl stop sipis" systemctl stop sipis
	check "add: no instance is left" wait_for none_active
	check "add: no sipis process is left" wait_for none_run sipis
	check "add: LoadBalancer2 still runs" active LoadBalancer2
	check "add: systemctl daemon-reload" systemctl daemon-reload
	is "add: daemon-reload starts nothing" 0 processes sipis
	check "add: systemctl restart LoadBalancer2" systemctl restart LoadBalancer2
	check "add: systemctl start sipis" systemctl start sipis

	# at once: `start` has waited for them
	is "add: five instances run when start returns" "$(printf 'sipis@%s.service\n' 1 2 3 4 5)" instances_running
	is "add: five sipis processes" 5 processes sipis
	is "add: the fifth has its prefix" "$(printf 'name: Sipis5\nprefixes: E/3\nsettings: /etc/sipis/Settings5.xml')" http 5040 /
	is "add: the fourth has its new one" "$(printf 'name: Sipis4\nprefixes: C/3\nsettings: /etc/sipis/Settings4.xml')" http 5030 /
	is "add: LoadBalancer2 reaches the fifth" "$(printf 'Sipis4\nSipis5')" ask 4998 DF EF
	check "add: systemctl status sipis has the new summary" contains "5 instances, 0 errors, 0 warnings" systemctl status sipis
	is "add: the system runs without a failed unit" running systemctl is-system-running
}

main "$@"

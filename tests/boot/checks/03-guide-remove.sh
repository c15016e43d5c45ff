#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The guide's four commands after the second settings file was removed. And in another order, as people do.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

nothing_of() {
	is "$1: no unit sipis@$2 is loaded" "" systemctl list-units --all --no-legend "sipis@$2.service"
	is "$1: no generated file of sipis@$2 is left" "" find $generator_directory -path "*sipis@$2.*"
	check "$1: no process of instance $2 is left" no_process_of "$2"
	is "$1: nothing has failed" "" systemctl list-units --failed --no-legend
}

checks() {
	booted
	rm $confdir/Settings2.xml
	backends Sipis1=0/1 Sipis3=8/2 Sipis4=C/2
	check "remove: systemctl stop sipis" systemctl stop sipis
	check "remove: no sipis process is left, the removed one's neither" wait_for none_run sipis
	check "remove: systemctl daemon-reload" systemctl daemon-reload
	check "remove: systemctl restart LoadBalancer2" systemctl restart LoadBalancer2
	check "remove: systemctl start sipis" systemctl start sipis
	is "remove: three instances run" "$(printf 'sipis@%s.service\n' 1 3 4)" instances_running
	nothing_of remove 2
	is "remove: its selectors are served by another" "$(printf 'Sipis1\nSipis1\nSipis3')" ask 4998 3F 4F 8F
	is "remove: the system runs without a failed unit" running systemctl is-system-running

	rm $confdir/Settings3.xml
	backends Sipis1=0/1 Sipis4=8/1
	check "reload first: systemctl daemon-reload" systemctl daemon-reload
	check "reload first: the removed instance still runs" active sipis@3
	check "reload first: systemctl restart sipis" systemctl restart sipis
	is "reload first: two instances run" "$(printf 'sipis@%s.service\n' 1 4)" instances_running
	nothing_of "reload first" 3
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The guide's other way: after the settings have changed, the whole machine is restarted.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

checks() {
	booted
	if [ ! -e /var/lib/rebooted ]; then
		touch /var/lib/rebooted
		check "reboot: four instances at first" active sipis@{1,2,3,4}
		settings 5
		rm $confdir/Settings2.xml
		backends Sipis1=0/1 Sipis3=8/2 Sipis4=C/3 Sipis5=E/3
		systemctl reboot
		exec sleep infinity
	fi
	is "reboot: those that have a file run" "$(printf 'sipis@%s.service\n' 1 3 4 5)" instances_running
	is "reboot: stale lock files do no harm" "$(property sipis@1 MainPID)" cat /run/sipis/sipis1.lock
	is "reboot: LoadBalancer2 reaches them" "$(printf 'Sipis%s\n' 1 3 4 5)" ask 4998 7F 80 C0 E0
	is "reboot: the system runs without a failed unit" running systemctl is-system-running
}

main "$@"

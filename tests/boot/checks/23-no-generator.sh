#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The units work without the generator.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	systemctl --quiet disable sipis.service
	rm /lib/systemd/system-generators/sipis-generator
}

checks() {
	booted
	is "no generator: no instance runs" "" instances_running
	check "no generator: systemctl start sipis@1" systemctl start sipis@1
	is "no generator: it runs with its settings" "/usr/bin/sipis /etc/sipis/Settings1.xml " arguments_of sipis@1
	is "no generator: as the user sipis" "uid: $(id -u sipis)" eval 'http 5000 /uid | grep ^uid'
	is "no generator: it serves" Sipis1 ask 14998 00
	is "no generator: it writes its log" sipis stat -c %U /var/log/sipis/sipis1.log
	check "no generator: LoadBalancer2 was started before it" active LoadBalancer2
	check "no generator: systemctl start sipis@9, which has no settings, fails" not systemctl start sipis@9
	check "no generator: and is not tried again" not contains activating property sipis@9 ActiveState
	systemctl start sipis
	check "no generator: systemctl stop sipis stops it" systemctl stop sipis
	check "no generator: it has stopped" wait_for none_run sipis
	is "no generator: nothing has failed" "" systemctl list-units --failed --no-legend
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# LoadBalancer2.service is missing: it may be on another machine.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	systemctl --quiet disable LoadBalancer2.service
	rm /lib/systemd/system/LoadBalancer2.service
}

checks() {
	booted
	check "no load balancer: all instances run" active sipis sipis@{1,2,3,4}
	is "no load balancer: the system runs without a failed unit" running systemctl is-system-running
	check "no load balancer: systemctl restart sipis" systemctl restart sipis
	check "no load balancer: all run after it" active sipis sipis@{1,2,3,4}
	is "no load balancer: they know their prefixes" "$(printf 'name: Sipis1\nprefixes: 0/2\nsettings: /etc/sipis/Settings1.xml')" http 5000 /
}

main "$@"

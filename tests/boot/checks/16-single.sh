#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The vendor's default installation: a single Settings.xml, and nothing of a load balancer.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	settings default name=Sipis port=14998 http=5000 filter= realm= lock=/var/run/sipis/sipis.lock log=/var/log/sipis/sipis.log
	enable sipis
	rm /lib/systemd/system/LoadBalancer2.service
}

checks() {
	booted
	is "single: one instance runs" sipis@default.service instances_running
	is "single: with its settings as argument" "/usr/bin/sipis /etc/sipis/Settings.xml " arguments_of sipis@default
	is "single: it serves" "$(printf 'name: Sipis\nprefixes:\nsettings: /etc/sipis/Settings.xml')" http 5000 /
	is "single: its name and ports are shown" "SIPIS Sipis (port 14998, HTTP port 5000)" property sipis@default Description
	check "single: systemctl status sipis has the summary" contains "1 instance, 0 errors, 0 warnings" systemctl status sipis
	is "single: the system runs without a failed unit" running systemctl is-system-running
	check "single: systemctl restart sipis" systemctl restart sipis
	check "single: it runs after it" active sipis@default
	check "single: systemctl stop sipis" systemctl stop sipis
	check "single: and not after that" wait_for none_run sipis
}

main "$@"

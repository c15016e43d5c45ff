#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Ports 443 and 80, with nothing but the capability that they need.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	settings 1 port=443 http=80
}

capabilities() {
	http "$1" /uid | sed -n 's/^\(CapEff\|CapBnd\|CapAmb\):[[:space:]]*0*\([0-9a-f]\)/\1 \2/p'
}

checks() {
	booted
	check "privileged ports: the instance runs" active sipis@1
	is "privileged ports: port 443 is served" Sipis1 ask 443 00
	is "privileged ports: port 80 is served" "name: Sipis1" eval 'http 80 / | head -n 1'
	is "privileged ports: by the user sipis" "uid: $(id -u sipis)" eval 'http 80 /uid | grep ^uid'
	is "privileged ports: with CAP_NET_BIND_SERVICE and no other" "$(printf 'CapEff 400\nCapBnd 400\nCapAmb 400')" capabilities 80
	is "privileged ports: no other instance has it" "$(printf 'CapEff 0\nCapBnd 0\nCapAmb 0')" capabilities 5010
	is "privileged ports: the ports are shown" "SIPIS Sipis1 (port 443, HTTP port 80)" property sipis@1 Description
}

main "$@"

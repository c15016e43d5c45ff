#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A daemon-reload while everything runs restarts nobody.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

checks() {
	local before units=(sipis sipis@{1,2,3,4} LoadBalancer2)

	booted
	before=$(invocations "${units[@]}")
	check "reload: systemctl daemon-reload" systemctl daemon-reload
	is "reload: nobody was restarted" "$before" invocations "${units[@]}"
	touch $confdir/*.xml $load_balancer_settings
	systemctl daemon-reload
	is "reload: nor with settings of a new time" "$before" invocations "${units[@]}"
	check "reload: systemctl daemon-reexec" systemctl daemon-reexec
	is "reload: nor by it" "$before" invocations "${units[@]}"
	generated >/tmp/before
	systemctl daemon-reload
	is "reload: what is generated is the same again" "$(cat /tmp/before)" generated
}

main "$@"

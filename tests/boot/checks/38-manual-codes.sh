#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The examples in sipis-settings(5) of diagnostics that only a booted system can show.

# shellcheck source=../lib.sh
. /boot-test/lib.sh
# shellcheck source=../../source/manual.sh
. /boot-test/manual.sh

page=/usr/share/man/man5/sipis-settings.5

install_examples() {
	rm -rf $confdir ${load_balancer_settings%/*}
	page_installation $page '' $confdir $load_balancer_settings
	chown -R root:sipis $confdir
	chmod 750 $confdir
	chmod 640 $confdir/*
}

prepare() {
	install_examples
	enable sipis LoadBalancer2
}

# What an example does not show: files that an administrator writes by hand
before_example() {
	case $1 in
	hidden-drop-in)
		drop_in sipis@.service override <<<$'[Service]\nEnvironment=A=1'
		drop_in sipis@2.service override <<<$'[Service]\nEnvironment=A=2'
		;;
	ordering-cycle) drop_in LoadBalancer2.service order <<<$'[Unit]\nAfter=sipis.service' ;;
	*) return 0 ;;
	esac
	systemctl daemon-reload
}

after_example() {
	systemctl --quiet unmask sipis@2
	rm -rf /etc/systemd/system/{sipis.service,sipis@.service.d,sipis@2.service.d,LoadBalancer2.service.d}
	install_examples
	systemctl daemon-reload
	systemctl reset-failed LoadBalancer2
	systemctl restart LoadBalancer2 sipis
}

check_example() {
	local code=$1 example

	example=$(code_example $page "$code")
	before_example "$code"
	change_installation '' $confdir $load_balancer_settings <<<"$example"
	is "manual: the example of $code" "$(example_messages <<<"$example")" eval "sipisctl check 2>&1 | grep -F '[$code]'"
	after_example
}

checks() {
	local code

	booted
	is "manual: the settings of the examples are healthy" "2 instances, 0 errors, 0 warnings" sipisctl check
	for code in ordering-cycle foreign-unit masked-instance orphaned-instance load-balancer-down hidden-drop-in restart-due \
		stale-units; do
		check_example $code
	done
	is "manual: and healthy again" "2 instances, 0 errors, 0 warnings" sipisctl check
}

main "$@"

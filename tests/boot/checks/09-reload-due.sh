#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A settings file that was changed, added or removed makes systemctl say that a daemon-reload is due.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

due() {
	local unit

	for unit in sipis sipis@{1,2,3,4}; do
		[ "$(property "$unit" NeedDaemonReload)" = no ] || printf "%s " "$unit"
	done
}

says_so() {
	contains "systemctl daemon-reload" "$@"
}

checks() {
	booted
	is "due: nothing at first" "" due
	sed -i 's/hunter2/hunter3/' $confdir/Settings1.xml
	check "due: a changed file, for its instance" contains "sipis@1 " due
	check "due: systemctl status says so" says_so systemctl status sipis@1
	check "due: systemctl restart says so" says_so systemctl restart sipis@1
	check "due: not for another instance" not contains "sipis@2 " due
	systemctl daemon-reload
	is "due: not after it" "" due

	# as an editor does that writes in place
	printf '<!-- -->\n' >>$confdir/Settings3.xml
	is "due: a file changed in place, for its instance alone" "sipis@3 " due
	systemctl daemon-reload

	settings 5
	is "due: an added file, for sipis.service" "sipis " due
	check "due: systemctl status sipis says so" says_so systemctl status sipis
	check "due: systemctl stop sipis, the guide's first command, says so" says_so systemctl stop sipis
	systemctl daemon-reload
	is "due: not after it" "" due
	systemctl start sipis

	rm $confdir/Settings4.xml
	is "due: a removed file, for sipis.service and its instance" "sipis sipis@4 " due
	check "due: systemctl status says so" says_so systemctl status sipis@4
	check "due: systemctl start sipis says so" says_so systemctl start sipis
	systemctl daemon-reload
	is "due: not for sipis.service after it" no property sipis NeedDaemonReload
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# An administrator's override of the template keeps working and undoes no refusal, and a file that only root can read is
# refused for its true reason.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	settings 2 port=14998
	chown root:root $confdir/Settings2.xml
	chmod 600 $confdir/Settings2.xml
	drop_in sipis@.service override <<-'END'
		[Service]
		Type=simple
		ExecStart=
		ExecStart=/usr/bin/sipis --of-the-administrator ${SIPIS_SETTINGS}
	END
	settings 3 port=14998
	drop_in sipis@3.service override-restart <<-'END'
		[Service]
		Restart=always
		RestartSec=50ms
	END
}

tried() {
	[ "$(property sipis@3 NRestarts)" -ge "$1" ]
}

place_in_log() {
	contains "$confdir/Settings2.xml:$(place_of $confdir/Settings2.xml 'Port="'): error: " journal_of sipis@2
}

checks() {
	booted
	check "override: the healthy ones run" active sipis@1 sipis@4
	is "override: the administrator's ExecStart runs" "/usr/bin/sipis --of-the-administrator /etc/sipis/Settings1.xml " arguments_of sipis@1
	is "override: the administrator's Type holds" simple property sipis@1 Type
	check "override: the refused one has failed" state_of sipis@2 failed
	check "override: with status 78" contains "status=78" systemctl status sipis@2
	is "override: it was not tried again" 0 property sipis@2 NRestarts
	check "override: no process of it runs" no_process_of 2
	check "override: its status has the reason" \
		contains "SIPIS Settings2.xml, refused: Server port 14998 is already used by Settings1.xml" systemctl status sipis@2
	check "override: its log has the diagnostic, of a file that only root can read" place_in_log
	check "override: its log names the code" contains "[duplicate-port]" journal_of sipis@2
	check "override: nothing is said of permissions" not contains "ermission" journal_of sipis@2
	# RestartPreventExitStatus= does not count for ExecStartPre=
	check "override: Restart=always tries a refused one again" wait_for tried 3
	check "override: and never starts a process" no_process_of 3
	check "override: sipis.service is active all the same" active sipis
}

main "$@"

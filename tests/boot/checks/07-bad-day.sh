#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The bad day: a duplicate port, a malformed file, a FIFO, load balancer settings that can't be read.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	settings 5
	settings 2 port=14998
	sed -i 's/" \/>$/"/' $confdir/Settings3.xml
	rm $confdir/Settings4.xml
	mkfifo $confdir/Settings4.xml
	rm $load_balancer_settings
	ln -s Settings.xml $load_balancer_settings
}

# refused INSTANCE REASON DIAGNOSTIC CODE
refused() {
	check "bad day: instance $1 has failed" state_of "sipis@$1" failed
	check "bad day: no process of instance $1" no_process_of "$1"
	check "bad day: the status of instance $1 shows the reason" contains "SIPIS Settings$1.xml, refused: $2" systemctl status "sipis@$1"
	check "bad day: the log of instance $1 has the diagnostic" contains "$3" journal_of "sipis@$1"
	check "bad day: with the code $4" contains "[$4]" journal_of "sipis@$1"
}

no_password() {
	journalctl --sync
	! journalctl -b | grep hunter2
}

# The process goes on until it is stopped, and then it does not start.
goes_bad() {
	local before

	before=$(invocations sipis@1 sipis@5)
	cp -a $confdir/Settings5.xml /tmp/good
	sed -i 's/Port="14958"/Port="0"/' $confdir/Settings5.xml
	systemctl daemon-reload
	is "going bad: the instance goes on" "$before" invocations sipis@1 sipis@5
	is "going bad: and serves" Sipis5 ask 14958 00
	check "going bad: its status shows the reason" contains "refused: " systemctl status sipis@5
	check "going bad: start sipis leaves it alone" systemctl start sipis
	is "going bad: it still goes on" "$before" invocations sipis@1 sipis@5
	check "going bad: a restart fails" not systemctl restart sipis@5
	check "going bad: and leaves it failed" state_of sipis@5 failed
	check "going bad: its log has the diagnostic" \
		contains "$confdir/Settings5.xml:$(place_of $confdir/Settings5.xml 'Port="'): error: " journal_of sipis@5
	cp -a /tmp/good $confdir/Settings5.xml
	check "going bad: before daemon-reload it is still refused" not systemctl start sipis@5
	check "going bad: its log says that daemon-reload is due" contains "systemctl daemon-reload" journal_of sipis@5
	systemctl daemon-reload
	check "going bad: after it, it starts" systemctl start sipis@5
	is "going bad: and serves again" Sipis5 ask 14958 00
}

checks() {
	booted
	is "bad day: the boot ends, degraded" degraded systemctl is-system-running
	is "bad day: the others run" "$(printf 'sipis@%s.service\n' 1 5)" instances_running
	is "bad day: two sipis processes" 2 processes sipis
	check "bad day: sipis.service is active" active sipis
	refused 2 "Server port 14998 is already used by Settings1.xml" \
		"$confdir/Settings2.xml:$(place_of $confdir/Settings2.xml 'Port="'): error: " duplicate-port
	refused 3 "" "$confdir/Settings3.xml:" xml-syntax
	check "bad day: a syntax error has line and column" \
		grep -E "^$confdir/Settings3.xml:[0-9]+:[0-9]+: error: .* \[xml-syntax\]$" <(journal_of sipis@3)
	refused 4 "" "$confdir/Settings4.xml: error: " file-not-regular
	check "bad day: systemctl status sipis shows the diagnostics" contains "[duplicate-port]" systemctl status sipis
	check "bad day: those of the load balancer's settings too" contains "$load_balancer_settings: error: " systemctl status sipis
	is "bad day: and ends with the summary" "5 instances, 4 errors, 1 warning" \
		eval 'systemctl status sipis | sed -n "s/.*sipisctl\[[0-9]*\]: //p" | tail -n 1'
	check "bad day: no password is in the log" no_password

	goes_bad

	settings 2
	settings 3
	rm $confdir/Settings4.xml $load_balancer_settings
	settings 4
	backends Sipis1=0/2 Sipis2=4/2 Sipis3=8/2 Sipis4=C/3 Sipis5=E/3
	# Every start of an instance has tried to start it, for its settings are as bad: it may be at its start limit.
	systemctl reset-failed LoadBalancer2
	check "mended: systemctl daemon-reload" systemctl daemon-reload
	check "mended: systemctl restart LoadBalancer2" systemctl restart LoadBalancer2
	check "mended: systemctl start sipis" systemctl start sipis
	check "mended: all five run" active sipis@{1,2,3,4,5}
	is "mended: LoadBalancer2 reaches them" "$(printf 'Sipis%s\n' 1 2 3 4 5)" ask 4998 00 40 80 C0 E0
	is "mended: nothing is failed any more" running systemctl is-system-running
	check "mended: check finds nothing" contains "5 instances, 0 errors" sipisctl check
}

main "$@"

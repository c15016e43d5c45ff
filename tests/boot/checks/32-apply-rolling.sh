#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl apply --rolling: who changed is restarted, one after the other, and who did not stays alone.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

everything=(LoadBalancer2 sipis sipis@{1,2,3,4})

rolling() {
	settled sipisctl apply --rolling "$@"
}

# change INSTANCE: something that nobody checks
change() {
	sed -i 's/hunter2/hunter3/' "$confdir/Settings$1.xml"
}

restarted() {
	printf '%-24s %s\n' "restart sipis@$1.service" "done" "sipis@$1.service" "serves (PID N)"
}

# needs_more NAME WHAT: what changed there is too much for it
needs_more() {
	local name=$1 before expected
	expected="sipisctl: nothing was done: $2, so one instance after the other is not enough; \"sipisctl apply\" does the full sequence"

	before=$(invocations "${everything[@]}")
	is "$name: it says so" "$expected"$'\n'"exit 1" rolling
	is "$name: it says so with --dry-run" "$expected"$'\n'"exit 1" rolling --dry-run
	is "$name: nothing was restarted" "$before" invocations "${everything[@]}"
}

# Its settings and the load balancer's, as old as they were.
put_back() {
	cp -a /tmp/kept/Settings"$1".xml "$confdir/"
	touch "$confdir/Settings$1.xml"
}

checks() {
	local before nothing done_one

	nothing=$(printf '%s\n' "Nothing changed since the instances started." "4 of 4 instances serve." "exit 0")
	booted
	before=$(invocations "${everything[@]}")
	wait_for listening 5030
	is "nothing changed: it says so" "$nothing" rolling
	is "nothing changed: nothing was restarted" "$before" invocations "${everything[@]}"

	change 2
	is "one changed: --dry-run" "$(printf '%s\n' daemon-reload "restart sipis@2.service" "verify sipis@2.service" "exit 0")" \
		rolling --dry-run
	is "one changed: --dry-run does nothing" "$before" invocations "${everything[@]}"
	done_one=$(invocations sipis@2)
	is "one changed: it is restarted" \
		"$(echo "daemon-reload            done"; restarted 2; printf '%s\n' "4 of 4 instances serve." "exit 0")" rolling
	is "one changed: the others and LoadBalancer2 go on" "$(grep -v 'Id=sipis@2' <<<"$before")" \
		invocations LoadBalancer2 sipis sipis@{1,3,4}
	check "one changed: a new process" not grep -Fx "$done_one" <(invocations sipis@2)
	is "one changed: it serves" Sipis2 ask 14988 00
	is "one changed: then nothing is" "$nothing" rolling

	# The first of two does not come up.
	change 1
	change 3
	drop_in sipis@1.service override <<<$'[Service]\nEnvironment=STAND_IN=exit=78'
	before=$(invocations LoadBalancer2 sipis sipis@{2,3,4})
	rolling --timeout=20 >/tmp/outcome
	check "one of two fails: it stops there" contains "sipis@3.service          not restarted, runs with its old settings" cat /tmp/outcome
	check "one of two fails: it says which" contains "sipisctl: sipis@1.service: failed (exit-code)" cat /tmp/outcome
	check "one of two fails: with its log" grep "^    [0-9:]* .*status=78" /tmp/outcome
	check "one of two fails: how many serve" contains "3 of 4 instances serve." cat /tmp/outcome
	is "one of two fails: exit status" "exit 1" tail -n 1 /tmp/outcome
	is "one of two fails: the others go on" "$before" invocations LoadBalancer2 sipis sipis@{2,3,4}
	needs_more "an instance that is down" "sipis@1.service does not run"
	rm -r /etc/systemd/system/sipis@1.service.d
	systemctl daemon-reload
	systemctl start sipis@1
	wait_for listening 5000
	is "one of two fails: the rest of it" \
		"$(echo "daemon-reload            done"; restarted 3; printf '%s\n' "4 of 4 instances serve." "exit 0")" rolling

	# It is not only single instances.
	mkdir /tmp/kept
	cp -a $confdir/* $load_balancer_settings /tmp/kept
	sed -i 's/Name="Sipis4"/Name="Sipis5"/' $confdir/Settings4.xml $load_balancer_settings
	touch -d '1 hour ago' $load_balancer_settings
	needs_more "a file of the load balancer that changed" \
		"$load_balancer_settings changed since LoadBalancer2 started"
	systemctl restart LoadBalancer2
	needs_more "another name" "the name of sipis@4.service changed"
	put_back 4
	cp -a /tmp/kept/Settings.xml $load_balancer_settings
	systemctl restart LoadBalancer2
	sed -i 's/Port="14968"/Port="14960"/' $confdir/Settings4.xml
	needs_more "another port" "a port of sipis@4.service changed"
	systemctl daemon-reload
	needs_more "another port, after a daemon-reload" "a port of sipis@4.service changed"
	put_back 4
	sed -i 's/<HttpServer .*/<HttpServer \/>/' $confdir/Settings4.xml
	needs_more "no HTTP port any more" "a port of sipis@4.service changed"
	put_back 4
	systemctl daemon-reload

	sed -i 's/Sipis4" SelectorPrefix="C\/2"/Sipis4" SelectorPrefix="C\/3"/; s/ *<\/Backend>/<Sipis Name="Sipis5" SelectorPrefix="E\/3" Address="" \/>\n&/' \
		$load_balancer_settings
	settings 5
	systemctl restart LoadBalancer2
	needs_more "a new file" "sipis@5.service does not run"
	rm $confdir/Settings5.xml $confdir/Settings4.xml
	backends Sipis1=0/2 Sipis2=4/2 Sipis3=8/1
	systemctl restart LoadBalancer2
	needs_more "a file that was removed" "an instance runs that has no settings file any more"
	is "the full sequence mends it" "3 of 3 instances serve." eval 'sipisctl apply | tail -n 1'
	is "nothing changed after it" "$(printf '%s\n' "${nothing//4/3}")" rolling
}

main "$@"

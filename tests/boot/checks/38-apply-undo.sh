#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl apply --undo-on-failure: a split to six, where another program has one of the new ports.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

run() {
	outcome sipisctl apply --undo-on-failure --timeout=8 "$@" >/tmp/outcome
}

said() {
	cat /tmp/outcome
}

# Port of the sixth instance.
start_thief() {
	sed 's/sipis1\./thief./g; s/14998/14948/; s/5000/5999/' /tmp/four/Settings1.xml >/tmp/thief.xml
	chmod 644 /tmp/thief.xml
	systemd-run --quiet --unit=thief --uid=sipis /usr/bin/sipis /tmp/thief.xml
	wait_for listening 14948
}

four_serve() {
	local n

	is "$1: the four old instances run" "$(printf 'sipis@%s.service\n' 1 2 3 4)" instances_running
	check "$1: the settings are the old ones" diff -r --exclude=.sipisctl-split /tmp/four $confdir
	check "$1: the load balancer's too" cmp /tmp/load-balancer $load_balancer_settings
	for n in 1 2 3 4; do
		is "$1: instance $n serves" "Sipis$n" ask $((14998 - 10 * (n - 1))) 00
	done
	is "$1: nothing is failed" running systemctl is-system-running
	check "$1: status is content" sipisctl status
}

undone() {
	is "$1: exit status" "exit 1" tail -n 1 /tmp/outcome
	check "$1: says so, and why" grep -E "^sipisctl: the split of 20[-0-9]{8} [0-9:]{8} is undone: .*14948.*\[port-in-use\]$" /tmp/outcome
	check "$1: says that the old ones serve" contains "4 of 4 instances serve." said
	journalctl --sync
	is "$1: the journal has the same" "$(sed -n 's/^sipisctl: \(the split of .* is undone\)/\1/p' /tmp/outcome)" \
		eval 'journalctl -b -o cat MESSAGE_ID=5e3ff1b849d14239b25cada5b4e5e720 | tail -n 1'
	four_serve "$1"
}

checks() {
	local n

	booted
	cp -a $confdir /tmp/four
	cp -a $load_balancer_settings /tmp/load-balancer
	start_thief

	sipisctl split 6 --yes >/dev/null
	chmod 777 $confdir/.sipisctl-split
	run
	chmod 700 $confdir/.sipisctl-split
	is "the last split cannot be read: nothing is done" \
		"sipisctl: apply: $confdir/.sipisctl-split: the last split cannot be read (others can write there): correct this, or do not use --undo-on-failure; nothing was done"$'\n'"exit 3" \
		said
	run
	undone "errors of this host stop it"
	check "errors of this host stop it: the journal says which" grep -E "^nothing was stopped: correct .*14948.*\[port-in-use\]$" \
		<(journalctl -b -o cat MESSAGE_ID=666642f0946c4a4f90679630d4ed3fd1)
	check "errors of this host stop it: says what --force does" contains "or use --force to start the instances all the same" said

	sipisctl split 6 --yes >/dev/null
	run --force
	check "it does not serve: the sixth was tried" grep -E "^sipisctl: sipis@6.service: activating" /tmp/outcome
	undone "it does not serve"

	# What serves is not undone, nor what was applied before.
	systemctl stop thief
	sipisctl split 6 --yes >/dev/null
	run
	is "it serves: exit status" "exit 0" tail -n 1 /tmp/outcome
	check "it serves: says so" contains "6 of 6 instances serve." said
	drop_in sipis@6.service deaf <<<$'[Service]\nEnvironment=STAND_IN=deaf'
	touch $load_balancer_settings
	run
	is "an old split: exit status" "exit 1" tail -n 1 /tmp/outcome
	check "an old split: five serve" contains "5 of 6 instances serve." said
	check "an old split: it is not undone" not grep undone /tmp/outcome
	rm -r /etc/systemd/system/sipis@6.service.d

	# Single instances and --rolling have nothing to undo.
	check "not with --rolling" contains "exit 2" outcome sipisctl apply --undo-on-failure --rolling
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What sipisctl apply sees before it stops anything: units that systemd cannot start, instances that the generator did not
# add, another apply, a split at work.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

everything=(LoadBalancer2 sipis sipis@{1,2,3,4})

# refused NAME STATUS TEXT [OPTION]...
refused() {
	local before

	before=$(invocations "${everything[@]}")
	outcome sipisctl apply "${@:4}" >/tmp/outcome
	is "$1: exit status $2" "exit $2" tail -n 1 /tmp/outcome
	check "$1: says \"$3\"" contains "$3" cat /tmp/outcome
	is "$1: nothing was restarted" "$before" invocations "${everything[@]}"
}

units() {
	systemctl --quiet mask LoadBalancer2
	refused "LoadBalancer2 is masked" 1 \
		"nothing was stopped: LoadBalancer2.service is masked: systemctl unmask LoadBalancer2.service"
	systemctl --quiet unmask LoadBalancer2
	drop_in LoadBalancer2.service typo <<<$'[Service]\nExecStart='
	refused "LoadBalancer2 has a typo" 1 "nothing was stopped: systemd cannot load LoadBalancer2.service (bad-setting): see systemctl status"
	rm -r /etc/systemd/system/LoadBalancer2.service.d
	systemctl daemon-reload
	check "LoadBalancer2 has a typo: it still runs" active LoadBalancer2
	systemctl --quiet mask --runtime LoadBalancer2
	refused "LoadBalancer2 is masked until the next boot" 1 \
		"nothing was stopped: LoadBalancer2.service is masked: systemctl unmask --runtime LoadBalancer2.service"
	systemctl --quiet unmask --runtime LoadBalancer2

	systemctl --quiet mask sipis@.service
	refused "all instances are masked" 1 "nothing was stopped: sipis@1.service is masked: systemctl unmask sipis@.service"
	systemctl --quiet unmask sipis@.service
	drop_in sipis@2.service typo <<<$'[Service]\nExecStart='
	refused "an instance has a typo" 1 "nothing was stopped: systemd cannot load sipis@2.service (bad-setting): see systemctl status"
	refused "an instance has a typo, apply INSTANCE" 1 "nothing was stopped: systemd cannot load sipis@2.service (bad-setting)" 2
	refused "an instance has a typo, --dry-run" 1 "nothing was done: systemd cannot load sipis@2.service (bad-setting)" --dry-run
	rm -r /etc/systemd/system/sipis@2.service.d
	check "a typo that is corrected: apply reloads first" contains "1 of 1 instance serves." sipisctl apply 2
	systemctl freeze sipis@2
	refused "an instance is frozen" 1 "nothing was stopped: sipis@2.service is frozen: systemctl thaw sipis@2.service"
	refused "an instance is frozen, apply INSTANCE" 1 "nothing was stopped: sipis@2.service is frozen: systemctl thaw sipis@2.service" 2
	refused "an instance is frozen, --rolling" 1 "sipis@2.service is frozen: systemctl thaw sipis@2.service" --rolling
	is "a frozen instance: status" "frozen exit 1" eval 'outcome sipisctl status -nr -o ACTIVE 2 | paste -sd " "'
	check "a frozen instance is told" grep -q "^SIPIS CRITICAL: sipis@2 is frozen" <(sipisctl status --monitoring)
	systemctl thaw sipis@2

	mkdir -p /etc/systemd/system-generators
	ln -s /dev/null /etc/systemd/system-generators/sipis-generator
	refused "the generator is masked" 1 "nothing was stopped: sipis-generator did not add sipis@1.service to sipis.service: it may be masked" --force
	rm /etc/systemd/system-generators/sipis-generator
	check "all is well again" contains "4 of 4 instances serve." sipisctl apply
}

# Apply does not refuse these.
limits() {
	local n

	drop_in sipis@.service limit <<<$'[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=2'
	for n in 1 2 3 4; do
		check "a start limit of two: apply $n" contains "4 of 4 instances serve." sipisctl apply
	done
	rm -r /etc/systemd/system/sipis@.service.d
	systemctl daemon-reload
}

# Instance 3 stops when this can be read to its end.
gate=/run/gate

locks() {
	local first rc=0

	mkfifo -m 644 $gate
	drop_in sipis@3.service gate <<<$'[Service]\nExecStop=/bin/cat '$gate
	systemctl daemon-reload
	sipisctl apply >/tmp/first 2>&1 &
	first=$!
	check "two applies: the first is at work" wait_for state_of sipis@3 deactivating
	is "an apply at work: a first split says so" $'sipisctl: sipisctl apply is running; nothing was changed\nexit 3' \
		outcome sipisctl split 5 --yes
	is "two applies: the second says so" $'sipisctl: another sipisctl apply is running; nothing was done\nexit 3' \
		outcome sipisctl apply
	is "two applies: --rolling too" $'sipisctl: another sipisctl apply is running; nothing was done\nexit 3' \
		outcome sipisctl apply --rolling
	: >$gate
	wait $first || rc=$?
	is "two applies: the first ends well" 0 echo $rc
	check "two applies: all serve" contains "4 of 4 instances serve." cat /tmp/first
	rm -r $gate /etc/systemd/system/sipis@3.service.d

	install -d -m 700 $confdir/.sipisctl-split
	exec 9<$confdir/.sipisctl-split
	flock 9
	refused "a split at work" 3 "sipisctl: sipisctl split is running; nothing was done"
	exec 9<&-
	rmdir $confdir/.sipisctl-split
	check "others cannot hold the lock" not as_sipis flock -n /run/sipisctl-apply.lock true
	check "all is well in the end" contains "4 of 4 instances serve." sipisctl apply
}

# entry TEXT: the journal has it, by sipisctl
entry() {
	journalctl --sync
	journalctl -q -b -t sipisctl -o cat | grep -qF -- "$1"
}

# The stop of one instance takes longer than the step may: the others start again, and it when it has stopped.
slow_stop() {
	mkfifo -m 644 $gate
	drop_in sipis@3.service gate <<<$'[Service]\nTimeoutStopSec=infinity\nExecStop=/bin/cat '$gate
	systemctl daemon-reload
	outcome sipisctl apply --timeout=3 >/tmp/outcome
	is "a stop takes too long: exit status 1" "exit 1" tail -n 1 /tmp/outcome
	check "a stop takes too long: says so" grep -qE '^stop sipis +not done in time$' /tmp/outcome
	check "a stop takes too long: this instance is named" grep -q '^sipis@3.service' /tmp/outcome
	: >$gate
	rm -r $gate /etc/systemd/system/sipis@3.service.d
	check "a stop takes too long: all run when it has ended" wait_for active LoadBalancer2 sipis@{1,2,3,4}
	systemctl daemon-reload
	check "a stop takes too long: the next apply succeeds" contains "4 of 4 instances serve." sipisctl apply
}

checks() {
	booted
	units
	limits
	check "a refused apply: the journal has the reason" entry "nothing was stopped: LoadBalancer2.service is masked"
	locks
	slow_stop
}

main "$@"

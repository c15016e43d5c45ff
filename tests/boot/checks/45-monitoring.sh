#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl status --monitoring and sipisctl metrics: what a monitoring system sees of a machine in every state.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

examples=/usr/share/doc/sipis-generator/examples

prepare() {
	guide
}

# As NRPE calls the example: the command of the configuration by a shell, as its user, with nothing in the environment.
as_nrpe() {
	local command

	command=$(sed -n 's/^command\[check_sipis\]=//p' $examples/nrpe-sipis.cfg)
	setpriv --reuid=nobody --regid=nogroup --clear-groups env -i PATH=/usr/bin:/bin /bin/sh -c "$command"
}

# The text before the performance data, and the exit status
text_of() {
	outcome "$@" | sed 's/ | .*//'
}

monitoring() {
	text_of sipisctl status --monitoring
}

# says NAME STATUS TEXT [ARGUMENTS]...
says() {
	is "monitoring: $1" "SIPIS $3"$'\n'"exit $2" text_of sipisctl status --monitoring "${@:4}"
}

good="OK: 4 of 4 instances serve, LoadBalancer2 is active"
run="OK: 4 of 4 instances run, LoadBalancer2 is active" # where it is not known who has the ports

# A line is one line, and its performance data are 'label'=value[UOM];[warn];[crit];[min];[max].
guidelines() {
	check "monitoring: one line" [ "$(sipisctl status --monitoring | wc -l)" = 1 ]
	check "monitoring: performance data" grep -qE \
		'^SIPIS OK: [^|]* \|( [a-z]+=([0-9]+(c|B|s|%)?|U)(;[0-9:]*){0,4})+$' <(sipisctl status --monitoring)
	is "monitoring: what is counted" "instances=4 serving=4 refused=0 masked=0 restarts=0c" \
		eval 'sipisctl status --monitoring | grep -oE "(instances|serving|refused|masked|restarts)=[0-9]+c?" | xargs'
	is "monitoring: as NRPE" "SIPIS $run"$'\n'"exit 0" text_of as_nrpe
	is "monitoring: as a user who may read the settings" "SIPIS $run"$'\n'"exit 0" \
		text_of setpriv --reuid=nobody --regid=sipis --clear-groups sipisctl status --monitoring
	is "monitoring: without a bus" "SIPIS UNKNOWN: cannot query systemd of this machine: No such file or directory"$'\n'"exit 3" \
		eval 'outcome env DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere sipisctl status --monitoring 2>/dev/null | sed "s/ | .*//; /^sipisctl:/d"'
	says "an instance by name" 0 "OK: 1 of 1 instances serve" sipis@2
	says "an instance that does not exist" 3 'UNKNOWN: there is no instance "9"' 9
	says "a container" 0 "$run" -M .host
}

states() {
	says "all serve" 0 "$good"
	systemctl stop sipis@2
	says "one is stopped" 2 "CRITICAL: sipis@2 is inactive"
	is "monitoring: one is stopped, as NRPE" "SIPIS CRITICAL: sipis@2 is inactive"$'\n'"exit 2" text_of as_nrpe
	systemctl start sipis@2
	wait_for listening 5010
	systemctl stop LoadBalancer2
	says "LoadBalancer2 is stopped" 2 "CRITICAL: LoadBalancer2 is inactive"
	systemctl start LoadBalancer2
	systemctl --quiet mask --now sipis@4
	says "one is masked" 1 "WARNING: sipis@4 is masked"
	systemctl --quiet unmask sipis@4
	systemctl start sipis@4
	wait_for listening 5030
	printf '<!-- -->\n' >>$confdir/Settings3.xml
	says "units are stale" 1 "WARNING: units are stale or a restart is due"
	systemctl daemon-reload
	says "a restart is due" 1 "WARNING: units are stale or a restart is due"
	systemctl restart sipis@3
	wait_for listening 5020
	settings 4 port=x
	check "monitoring: one runs with refused settings" contains "SIPIS CRITICAL: sipis@4 runs, but its settings are refused; " monitoring
	systemctl daemon-reload
	systemctl stop sipis@4
	check "monitoring: one is refused" contains \
		'SIPIS CRITICAL: sipis@4 is refused: Server[Port] "x" is not a decimal number' monitoring
	is "monitoring: one is refused, as NRPE" 'SIPIS CRITICAL: sipis@4 is refused: Server[Port] "x" is not a decimal number from 1 to 65535'$'\n'"exit 2" \
		text_of as_nrpe
	settings 4
	systemctl daemon-reload
	systemctl start sipis@4
	wait_for listening 5030
	says "all serve again" 0 "$good"
}

# Instances whose settings were removed, as root and NRPE see them; NRPE may not read the settings.
removed() {
	settings 9 port=x
	systemctl daemon-reload
	systemctl start sipis@9 2>/dev/null || :
	rm $confdir/Settings9.xml
	systemctl daemon-reload
	check "monitoring: systemd still has the unit of removed settings" state_of sipis@9 failed
	says "a failed instance was removed" 0 "$good"
	is "monitoring: a failed instance was removed, as NRPE" "SIPIS $run"$'\n'"exit 0" text_of as_nrpe
	is "monitoring: it is not counted, as NRPE" "instances=4" eval 'as_nrpe | grep -o "instances=[0-9]*"'
	systemctl reset-failed sipis@9
	mv $confdir/Settings4.xml /root/
	systemctl daemon-reload
	is "monitoring: an instance runs without settings, as NRPE" \
		"SIPIS WARNING: sipis@4 runs without a settings file"$'\n'"exit 1" text_of as_nrpe
	check "monitoring: the same as root" contains "sipis@4 runs without a settings file" monitoring
	mv /root/Settings4.xml $confdir/
	systemctl daemon-reload
	says "the settings are back" 0 "$good"
}

# killed N: the second instance is killed, and comes back after a while
killed() {
	local n

	for ((n = $1; n > 0; n--)); do
		systemctl kill --signal=KILL sipis@2
		wait_for eval '[ "$(property sipis@2 NRestarts)" -gt "'"$(property sipis@2 NRestarts)"'" ]'
		wait_for listening 5010
	done
}

# Restarts come after a pause, so the text depends on the moment: the severity does not.
crashes() {
	killed 1
	check "monitoring: one was restarted" grep -qE '^SIPIS WARNING: sipis@2 was restarted [0-9]+s ago, 1 restart$' <(monitoring)
	killed 1
	check "monitoring: one crashes" grep -qE '^SIPIS CRITICAL: sipis@2 was restarted [0-9]+s ago, 2 restarts' <(monitoring)
	systemctl kill --signal=KILL sipis@2
	wait_for eval '[[ $(property sipis@2 SubState) == auto-restart* ]]'
	check "monitoring: one waits to be restarted" grep -qE '^SIPIS CRITICAL: sipis@2 crashes: [0-9]+ restarts' <(monitoring)
	systemctl restart sipis@2
	systemctl reset-failed
	wait_for listening 5010
}

# All of them, where all is well. tests/sipisctl/metrics.sh has promtool and a strict parser read this.
expected_metrics() {
	cat <<'END'
# HELP sipis_instances Instances that have a settings file.
# TYPE sipis_instances gauge
sipis_instances 4
# HELP sipis_orphaned_instances Instances that run without a settings file.
# TYPE sipis_orphaned_instances gauge
sipis_orphaned_instances 0
# HELP sipis_load_balancer_up Whether LoadBalancer2.service is active.
# TYPE sipis_load_balancer_up gauge
sipis_load_balancer_up 1
# HELP sipis_instance_up Whether the service of the instance is active.
# TYPE sipis_instance_up gauge
sipis_instance_up{sipis_instance="1"} 1
sipis_instance_up{sipis_instance="2"} 1
sipis_instance_up{sipis_instance="3"} 1
sipis_instance_up{sipis_instance="4"} 1
# HELP sipis_instance_listening Whether the instance listens on all of its ports.
# TYPE sipis_instance_listening gauge
sipis_instance_listening{sipis_instance="1"} 1
sipis_instance_listening{sipis_instance="2"} 1
sipis_instance_listening{sipis_instance="3"} 1
sipis_instance_listening{sipis_instance="4"} 1
# HELP sipis_instance_refused Whether the settings of the instance have an error.
# TYPE sipis_instance_refused gauge
sipis_instance_refused{sipis_instance="1"} 0
sipis_instance_refused{sipis_instance="2"} 0
sipis_instance_refused{sipis_instance="3"} 0
sipis_instance_refused{sipis_instance="4"} 0
# HELP sipis_instance_masked Whether the service of the instance is masked.
# TYPE sipis_instance_masked gauge
sipis_instance_masked{sipis_instance="1"} 0
sipis_instance_masked{sipis_instance="2"} 0
sipis_instance_masked{sipis_instance="3"} 0
sipis_instance_masked{sipis_instance="4"} 0
# HELP sipis_instance_restarts_total How often systemd has restarted the instance by itself.
sipis_instance_restarts_total{sipis_instance="1"} 0
sipis_instance_restarts_total{sipis_instance="2"} 0
sipis_instance_restarts_total{sipis_instance="3"} 0
sipis_instance_restarts_total{sipis_instance="4"} 0
# HELP sipis_instance_start_time_seconds When the main process of the instance was started.
# TYPE sipis_instance_start_time_seconds gauge
sipis_instance_start_time_seconds{sipis_instance="1"} 1234.567890
sipis_instance_start_time_seconds{sipis_instance="2"} 1234.567890
sipis_instance_start_time_seconds{sipis_instance="3"} 1234.567890
sipis_instance_start_time_seconds{sipis_instance="4"} 1234.567890
# HELP sipis_instance_share_ratio Share of the selector space that the load balancer gives to the instance.
# TYPE sipis_instance_share_ratio gauge
sipis_instance_share_ratio{sipis_instance="1"} 0.250000000
sipis_instance_share_ratio{sipis_instance="2"} 0.250000000
sipis_instance_share_ratio{sipis_instance="3"} 0.250000000
sipis_instance_share_ratio{sipis_instance="4"} 0.250000000
# HELP sipis_instance_accounts Accounts of the instance in the list of selectors.
# TYPE sipis_instance_accounts gauge
sipis_instance_accounts{sipis_instance="1"} 3
sipis_instance_accounts{sipis_instance="2"} 1
sipis_instance_accounts{sipis_instance="3"} 1
sipis_instance_accounts{sipis_instance="4"} 0
# HELP sipis_unserved_accounts Accounts in the list of selectors that nobody serves.
# TYPE sipis_unserved_accounts gauge
sipis_unserved_accounts 0
# HELP sipis_diagnostics Diagnostics of sipisctl check.
# TYPE sipis_diagnostics gauge
sipis_diagnostics{severity="error"} 0
sipis_diagnostics{severity="warning"} 0
# EOF
END
}

# Without memory, which is not accounted for in a container, and with one start time
actual_metrics() {
	sipisctl metrics --accounts=/run/accounts | sed '/memory/d; /^[^#]/s/ [0-9]*[.][0-9]\{6\}$/ 1234.567890/'
}

# The sample of a metric
sample() {
	sipisctl metrics | sed -n "s/^$1 //p"
}

metrics() {
	local file=/var/lib/prometheus/node-exporter/sipis.prom metric

	printf '%s\n' 0123000000000000000000000000000000000000:AB 1000000000000000000000000000000000000000 '' \
		3fffffffffffffffffffffffffffffffffffffff 4000000000000000000000000000000000000000 8 >/run/accounts
	is "metrics: all of them" "$(expected_metrics)" actual_metrics
	is "metrics: up" "1 1" eval 'echo $(sample "sipis_instance_up{sipis_instance=\"1\"}") $(sample sipis_load_balancer_up)'
	is "metrics: a share" 0.250000000 sample 'sipis_instance_share_ratio{sipis_instance="3"}'
	is "metrics: memory is that of status, or unknown" "$(sipisctl status --json | tr -d ' \n' | grep -o '"instance":"2".*' | sed 's/.*"memory":\([0-9a-z]*\).*/\1/; s/"instance":"3".*//; s/null//' | head -c 3)" \
		eval 'sample "sipis_instance_memory_bytes{sipis_instance=\"2\"}" | head -c 3'
	systemctl stop sipis@2
	settings 3 port=x
	systemctl --quiet mask sipis@4
	for metric in 'up{sipis_instance="2"} 0' 'listening{sipis_instance="2"} 0' 'listening{sipis_instance="1"} 1' \
		'refused{sipis_instance="3"} 1' 'masked{sipis_instance="4"} 1' 'masked{sipis_instance="1"} 0' \
		'restarts_total{sipis_instance="1"} 0'; do
		check "metrics: $metric" contains "sipis_instance_$metric" sipisctl metrics
	done
	sed -i 's|</Sipis>|<Push Key="x" /></Sipis>|' /etc/sipis/Settings2.xml
	is "metrics: errors and warnings are those of check" \
		"$(sipisctl check | sed -n 's/.*, \([0-9]*\) errors*, \([0-9]*\) warnings*$/\1 \2/p')" \
		eval 'sipisctl metrics | sed -n "s/^sipis_diagnostics.* //p" | xargs'
	settings 2
	is "metrics: they end" "# EOF" eval 'sipisctl metrics | tail -n 1'
	systemctl --quiet unmask sipis@4
	settings 3
	systemctl daemon-reload
	systemctl start sipis@2

	printf '%s\n' 0{1..9}00000000000000000000000000000000000000:ABC 4000000000000000000000000000000000000000 >/run/accounts
	is "metrics: accounts" "9 1 0 0 0" eval \
		'sipisctl metrics --accounts=/run/accounts | sed -n "s/^sipis_\(instance\|unserved\)_accounts.* //p" | xargs'
	echo hello >>/run/accounts
	is "metrics: a line that is no selector" "sipisctl: /run/accounts:11: not a selector of 40 hexadecimal digits"$'\n'"exit 1" \
		outcome sipisctl metrics --accounts=/run/accounts

	check "metrics: the timer is not enabled" not systemctl --quiet is-enabled sipis-metrics.timer
	systemctl start sipis-metrics.service
	check "metrics: without node_exporter nothing is written" [ ! -e $file ]
	mkdir -p ${file%/*}
	ln -s /nowhere $file
	systemctl start sipis-metrics.service
	check "metrics: the timer's service writes the file" grep -qx 'sipis_instance_up{sipis_instance="1"} 1' $file
	is "metrics: a file that all can read, and nothing beside it" "sipis.prom 644 root" \
		eval "cd ${file%/*} && stat -c '%n %a %U' *"
	is "metrics: the service sees what root sees" "$(sipisctl metrics | grep -v -e _seconds -e memory)" eval "grep -v -e _seconds -e memory $file"
	is "metrics: a directory that does not exist" "sipisctl: /nowhere/x: No such file or directory"$'\n'"exit 3" \
		outcome sipisctl metrics --output=/nowhere/x
	as_sipis sipisctl metrics >/tmp/by-sipis || :
	check "metrics: who may read the settings needs no root" grep -q '^sipis_instance_up{sipis_instance="1"} 1' /tmp/by-sipis
	is "metrics: who may not read the settings" \
		"sipisctl: not all settings can be read: $confdir/Settings1.xml: run this as root"$'\n'"exit 3" \
		outcome setpriv --reuid=nobody --regid=nogroup --clear-groups sipisctl metrics
	chmod 700 $confdir
	is "metrics: who may not read their directory" "sipisctl: $confdir: Permission denied"$'\n'"exit 3" \
		outcome setpriv --reuid=nobody --regid=nogroup --clear-groups sipisctl metrics
	chmod 2755 $confdir
}

checks() {
	booted
	wait_for listening 5000
	wait_for listening 5010
	wait_for listening 5020
	wait_for listening 5030
	guidelines
	states
	removed
	crashes
	metrics
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# From a unit in /etc, whose program is elsewhere and goes into the background, to this package and back.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

unit=/etc/systemd/system/sipis.service

write_unit() {
	cat >$unit <<-'END'
		[Unit]
		Description=SIPIS of the vendor
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		User=sipis
		RuntimeDirectory=sipis
		LogsDirectory=sipis
		ExecStart=/bin/sh -c 'for file in /etc/sipis/Settings*.xml; do /opt/sipis/bin/sipis "$$file"; done'
		[Install]
		WantedBy=multi-user.target
	END
	mkdir $unit.d
	printf '[Service]\nEnvironment=OLD=1\n' >$unit.d/old.conf
}

prepare() {
	settings 1
	settings 2
	backends Sipis1=0/1 Sipis2=8/1
	put_package_aside
	write_unit
	enable sipis LoadBalancer2
	mkdir -p /opt/sipis/{bin,lib}
	mv /usr/bin/sipis /opt/sipis/lib/sipis
	# shellcheck disable=SC2016 # for the script
	printf '#!/bin/sh\nsetsid /opt/sipis/lib/sipis "$@" &\n' >/opt/sipis/bin/sipis
	chmod 755 /opt/sipis/bin/sipis
}

page_step() {
	check "migration of a unit: $1" step sipis-migration.7 "$1"
}

comes_from() {
	is "migration of a unit: $1" "# $2" eval 'systemctl cat sipis 2>/dev/null | head -n 1'
}

two_serve() {
	check "migration of a unit: $1: both serve" serve
	is "migration of a unit: $1: as two processes" 2 processes sipis
}

serve() {
	[ "$(http 5000 / | head -n 1)" = "name: Sipis1" ]
	[ "$(http 5010 / | head -n 1)" = "name: Sipis2" ]
}

# of_the_page LINE...: a drop-in of lines that the page has
of_the_page() {
	local line

	for line; do
		page_says sipis-migration.7 "$line" >&2
		printf '%s\n' "$line"
	done
}

move_over() {
	page_step 'systemctl stop sipis'
	page_step 'systemctl disable sipis'
	is "migration of a unit: it has left nothing" "" pgrep -a -x sipis
	page_step 'mkdir -p /root/sipis-before'
	page_step 'mv /etc/systemd/system/sipis.service* /root/sipis-before/'
	check "migration of a unit: the package is installed" install_package
	page_step 'systemctl daemon-reload'
	comes_from "after" "$(pkg-config --variable=systemdsystemunitdir systemd)/sipis.service"
	is "migration of a unit: no drop-in of the old one is left" "" eval 'property sipis Environment'
}

# shellcheck disable=SC2016 # systemd's variables
program_is_elsewhere() {
	check "migration of a unit: the program is missed" contains "[binary-missing]" sipisctl check
	check "migration of a unit: a drop-in tells where it is" eval \
		'of_the_page "[Service]" "ExecStart=" "ExecStart=/opt/sipis/bin/sipis \$SIPIS_OPTS \${SIPIS_SETTINGS}" | drop_in sipis@.service 60-program'
	systemctl daemon-reload
	is "migration of a unit: and nothing is left to say" "2 instances, 0 errors, 0 warnings" sipisctl check
}

went_away() {
	wait_for state_of sipis@1 inactive
	wait_for none_run sipis
	contains "Deactivated successfully" journal_of sipis@1
}

goes_into_the_background() {
	check "migration of a unit: as long as systemd does not know, it ends" went_away
	check "migration of a unit: a drop-in tells that it forks" eval \
		'of_the_page "[Service]" "Type=forking" | drop_in sipis@.service 60-background'
	systemctl daemon-reload
	page_step 'systemctl start sipis'
	check "migration of a unit: a service for each" active sipis sipis@1 sipis@2
	two_serve "after"
	is "migration of a unit: the process is known" "/opt/sipis/lib/sipis /etc/sipis/Settings1.xml " arguments_of sipis@1
}

move_back() {
	page_step "systemctl stop sipis 'sipis@*'"
	page_step 'systemctl disable sipis'
	is "migration of a unit: the instances have left nothing" "" pgrep -a -x sipis
	check "migration of a unit: the package is removed" remove_package
	page_step 'mv /root/sipis-before/* /etc/systemd/system/'
	page_step 'systemctl daemon-reload'
	page_step 'systemctl enable sipis'
	page_step 'systemctl start sipis'
}

checks() {
	booted
	comes_from "before" $unit
	two_serve "before"
	move_over
	program_is_elsewhere
	page_step 'systemctl enable sipis'
	page_step 'systemctl start sipis'
	goes_into_the_background
	move_back
	comes_from "back" $unit
	two_serve "back"
	is "migration of a unit: with its drop-in" OLD=1 property sipis Environment
	is "migration of a unit: no instance runs" "" instances_running
	is "migration of a unit: nothing has failed" "" systemctl list-units --failed --no-legend
}

main "$@"

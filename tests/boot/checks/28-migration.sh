#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# From a SysV script to this package and back, with the commands of sipis-migration(7).

# shellcheck source=../lib.sh
. /boot-test/lib.sh

script=/etc/init.d/sipis

# What a vendor may have: a process for each settings file, in the background.
write_script() {
	cat >$script <<-'END'
		#!/bin/sh
		### BEGIN INIT INFO
		# Provides:          sipis
		# Required-Start:    $network $remote_fs
		# Required-Stop:     $network $remote_fs
		# Default-Start:     2 3 4 5
		# Default-Stop:      0 1 6
		# Short-Description: SIP instance server
		### END INIT INFO
		. /lib/lsb/init-functions

		each() {
			for file in /etc/sipis/Settings*.xml; do
				name=$(basename "$file" .xml)
				"$1"
			done
		}
		start_one() {
			start-stop-daemon --start --oknodo --background --make-pidfile --pidfile "/run/sipis/$name.pid" --chuid sipis \
				--exec /usr/bin/sipis -- "$file"
		}
		stop_one() {
			start-stop-daemon --stop --oknodo --retry 10 --remove-pidfile --pidfile "/run/sipis/$name.pid"
		}
		case "$1" in
		start)
			install -d -o sipis -g sipis /run/sipis /var/log/sipis
			each start_one
			;;
		stop) each stop_one ;;
		restart | force-reload)
			each stop_one
			each start_one
			;;
		*) exit 2 ;;
		esac
	END
	chmod 755 $script
}

prepare() {
	settings 1
	settings 2
	backends Sipis1=0/1 Sipis2=8/1
	enable LoadBalancer2
	put_package_aside
	write_script
	[ ! -e /lib/systemd/system-generators/systemd-sysv-generator ] || enable sipis
}

page_step() {
	check "migration: $1" step sipis-migration.7 "$1"
}

# Where the service comes from; the page has this line as well.
comes_from() {
	is "migration: $1" "# $2" eval 'systemctl cat sipis 2>/dev/null | head -n 1'
}

two_serve() {
	check "migration: $1: both serve" serve
	is "migration: $1: as two processes" 2 processes sipis
}

serve() {
	[ "$(http 5000 / | head -n 1)" = "name: Sipis1" ]
	[ "$(http 5010 / | head -n 1)" = "name: Sipis2" ]
}


checksums() {
	sha256sum $confdir/* $script
}

both_from_the_script() {
	comes_from "$1" /run/systemd/generator.late/sipis.service
	two_serve "$1"
	is "migration: $1: no instance runs" "" instances_running
}

move_over() {
	page_step 'systemctl stop sipis'
	page_step 'systemctl disable sipis'
	is "migration: the script has left nothing" "" pgrep -a -x sipis
	check "migration: the package is installed" install_package
	page_step 'systemctl daemon-reload'
	is "migration: sipisctl check" "2 instances, 0 errors, 0 warnings" step sipis-migration.7 'sipisctl check'
	page_step 'systemctl enable sipis'
	page_step 'systemctl start sipis'
}

move_back() {
	page_step "systemctl stop sipis 'sipis@*'"
	page_step 'systemctl disable sipis'
	is "migration: the instances have left nothing" "" pgrep -a -x sipis
	check "migration: the package is removed" remove_package
	page_step 'systemctl daemon-reload'
	page_step 'systemctl enable sipis'
	page_step 'systemctl start sipis'
}

checks() {
	local before

	booted
	if [ ! -e /lib/systemd/system-generators/systemd-sysv-generator ]; then
		skip "migration: from a SysV script" "this systemd reads none"
		return
	fi
	before=$(checksums)
	both_from_the_script "before"
	install_package /srv/look
	check "migration: looking before: running processes have the ports" contains "[port-in-use]" /srv/look/usr/bin/sipisctl check
	check "migration: looking before: ports in use, a unit of others, no generator" contains "2 instances, 5 errors, 1 warning" /srv/look/usr/bin/sipisctl check

	move_over
	comes_from "after" "$(pkg-config --variable=systemdsystemunitdir systemd)/sipis.service"
	two_serve "after"
	check "migration: a service for each" active sipis sipis@1 sipis@2
	is "migration: nothing is left to say" "2 instances, 0 errors, 0 warnings" sipisctl check
	check "migration: status lists them" contains "SIPIS Sipis2 (port 14988, HTTP port 5010)" \
		step sipis-migration.7 "systemctl status 'sipis@*'"
	is "migration: it is enabled" enabled systemctl is-enabled sipis
	check "migration: the script means the services" $script restart
	two_serve "after the script's restart"
	check "migration: and starts no process of its own" active sipis@1 sipis@2

	move_back
	both_from_the_script "back"
	is "migration: nothing has failed" "" systemctl list-units --failed --no-legend
	is "migration: settings and script are as they were" "$before" checksums
}

main "$@"

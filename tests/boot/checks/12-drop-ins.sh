#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The administrator's drop-ins in /etc, as `systemctl edit` makes them, win over generated ones.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	drop_in sipis@1.service override <<-'END'
		[Unit]
		Description=SIPIS of the administrator
		[Service]
		Environment=STAND_IN=deaf
		LimitNOFILE=1000
	END
	drop_in sipis@.service override <<-'END'
		[Service]
		TimeoutStopSec=7s
	END
	drop_in sipis@2.service 10-local <<-'END'
		[Unit]
		Description=sorted before the generated one
		[Service]
		Nice=3
	END
	# as `systemctl edit --full` does
	mkdir -p /etc/systemd/system
	sed 's/^ExecStart=.*/ExecStart=\/usr\/bin\/sipis --full \/etc\/sipis\/Settings%i.xml/' \
		/lib/systemd/system/sipis@.service >/etc/systemd/system/sipis@4.service
}

checks() {
	booted
	is "drop-ins: sipis@1.service.d/override.conf wins" "SIPIS of the administrator" property sipis@1 Description
	is "drop-ins: its settings hold" 1000 property sipis@1 LimitNOFILE
	is "drop-ins: sipis@.service.d/override.conf holds for the others" "$(printf '7s\n\n7s')" \
		systemctl show --value -p TimeoutStopUSec sipis@2 sipis@3
	is "drop-ins: 10-local.conf holds where nothing is generated" 3 property sipis@2 Nice
	is "drop-ins: and sorts before what is generated" "SIPIS Sipis2 (port 14988, HTTP port 5010)" property sipis@2 Description
	is "drop-ins: a unit of the administrator's wins over the template" "/usr/bin/sipis --full /etc/sipis/Settings4.xml " \
		arguments_of sipis@4
	is "drop-ins: with the generated drop-in" "SIPIS Sipis4 (port 14968, HTTP port 5030)" property sipis@4 Description
	check "drop-ins: all run" active sipis@{1,2,3,4}
	is "drop-ins: the system runs without a failed unit" running systemctl is-system-running
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Units and generator in /usr/local win over a unit of the vendor's package, as sipis-migration(7) says.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

local_directory=/usr/local/lib/systemd

prepare() {
	settings 1
	settings 2
	backends Sipis1=0/1 Sipis2=8/1
	mkdir -p $local_directory/system $local_directory/system-generators
	mv /usr/lib/systemd/system/sipis{,@}.service $local_directory/system/
	mv /usr/lib/systemd/system-generators/sipis-generator $local_directory/system-generators/
	printf '[Service]\nExecStart=/usr/bin/sipis --vendor /etc/sipis/Settings1.xml\n[Install]\nWantedBy=multi-user.target\n' \
		>/usr/lib/systemd/system/sipis.service
	enable sipis LoadBalancer2
}

checks() {
	booted
	is "migration, vendor's package: the page names the directory" "" page_says sipis-migration.7 \
		"    --with-systemdsystemunitdir=$local_directory/system \\e"
	is "migration, vendor's package: its unit does not count" "# $local_directory/system/sipis.service" \
		eval 'systemctl cat sipis 2>/dev/null | head -n 1'
	check "migration, vendor's package: a service for each" active sipis sipis@1 sipis@2
	is "migration, vendor's package: of the template beside it" $local_directory/system/sipis@.service property sipis@1 FragmentPath
	is "migration, vendor's package: no other process" 2 processes sipis
	# sipisctl was configured for another directory of units
	is "migration, vendor's package: nothing else is left to say" "" \
		eval 'sipisctl check | grep -vE "\[foreign-unit\]$|^2 instances, 2 errors, 0 warnings$"'
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# From the settings file that the vendor ships to this package and back, with the commands of sipis-migration(7): one
# process that root runs, its lock in /var/run, its settings readable by everybody.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

unit=/etc/systemd/system/sipis.service
sample=$confdir/Settings.xml

write_sample() {
	mkdir $confdir
	cat >$sample <<-'END'
		<Sipis xmlns="http://acrobits.net/SipisSettings.xsd">
		  <Server Name="SipisInContainer" Port="14998"/>
		  <HttpServer Port="5000"/>
		  <Lock FileName="/var/run/Sipis.lock"/>
		  <Log FileName="/dev/null" InstanceFileName="/dev/null" Stdio="Stdout"/>
		</Sipis>
	END
	chmod 644 $sample
}

prepare() {
	backends x
	sed -i 's|<Sipis Name=.*|<Sipis Address="127.0.0.1:14998" />|' $load_balancer_settings
	write_sample
	put_package_aside
	printf '[Service]\nExecStart=/usr/bin/sipis %s\n[Install]\nWantedBy=multi-user.target\n' $sample >$unit
	enable sipis LoadBalancer2
}

page_step() {
	check "migration of the sample: $1" step sipis-migration.7 "$1"
}

serves() {
	check "migration of the sample: $1: it serves" contains "name: SipisInContainer" http 5000 /
	is "migration of the sample: $1: as $2" "$2" ps -o user= -C sipis
}

findings() {
	sipisctl check | sed '$d' | sed 's/.*\[\(.*\)\]$/\1/' | sort | paste -sd' '
}

move_over() {
	page_step 'systemctl stop sipis'
	page_step 'systemctl disable sipis'
	is "migration of the sample: it has left nothing" "" pgrep -a -x sipis
	page_step 'mkdir -p /root/sipis-before'
	page_step 'mv /etc/systemd/system/sipis.service* /root/sipis-before/'
	check "migration of the sample: the package is installed" install_package
	systemctl daemon-reload
	is "migration of the sample: what step 3 corrects" "directory-not-writable readable-secrets" findings
	page_step "chgrp sipis $confdir/Settings*.xml"
	page_step "chmod 0640 $confdir/Settings*.xml"
	page_step "sed -i 's|/run/Sipis.lock|/run/sipis/Sipis.lock|' $confdir/Settings*.xml"
	page_step 'systemctl daemon-reload'
	is "migration of the sample: sipisctl check" "1 instance, 0 errors, 0 warnings" step sipis-migration.7 'sipisctl check'
	page_step 'systemctl enable sipis'
	page_step 'systemctl start sipis'
}

move_back() {
	page_step "systemctl stop sipis 'sipis@*'"
	page_step 'systemctl disable sipis'
	is "migration of the sample: the instance has left nothing" "" pgrep -a -x sipis
	check "migration of the sample: the package is removed" remove_package
	page_step 'mv /root/sipis-before/* /etc/systemd/system/'
	page_step "sed -i 's|/run/sipis/Sipis.lock|/run/Sipis.lock|' $confdir/Settings*.xml"
	rm -r /run/sipis # as the next boot does
	page_step 'systemctl daemon-reload'
	page_step 'systemctl enable sipis'
	page_step 'systemctl start sipis'
}

checks() {
	local before

	booted
	before=$(sha256sum $sample)
	serves before root
	move_over
	check "migration of the sample: a service for it" active sipis sipis@default
	serves after sipis
	is "migration of the sample: with its lock" sipis stat -c %U /run/sipis/Sipis.lock
	is "migration of the sample: nothing is left to say" "1 instance, 0 errors, 0 warnings" sipisctl check
	move_back
	serves back root
	is "migration of the sample: the file has its old content" "$before" sha256sum $sample
	is "migration of the sample: nothing has failed" "" systemctl list-units --failed --no-legend
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# In a booted system where SIPIS runs by a script in /etc/init.d, as the vendor's may: the package comes, and goes again,
# and the running SIPIS does not notice. Then the administrator changes over. And a unit in a package of the vendor.

# shellcheck source=../boot/lib.sh
. /boot-test/lib.sh

prepare() {
	useradd --system --no-create-home --home-dir /srv/sip --shell /bin/sh sipis
	install -d -m 2750 -g sipis $confdir
	install -d -m 770 -o sipis -g sipis /var/log/sipis
	settings default port=14998 http=5000 lock= log=/var/log/sipis/sipis.log filter=
	cat >/etc/init.d/sipis <<-'END'
		#!/bin/sh
		### BEGIN INIT INFO
		# Provides:          sipis
		# Required-Start:    $remote_fs $network
		# Required-Stop:     $remote_fs $network
		# Default-Start:     2 3 4 5
		# Default-Stop:      0 1 6
		# Short-Description: SIPIS
		### END INIT INFO
		case $1 in
		start) start-stop-daemon --start --background --chuid sipis --exec /usr/bin/sipis -- /etc/sipis/Settings.xml ;;
		stop) start-stop-daemon --stop --oknodo --exec /usr/bin/sipis ;;
		esac
	END
	chmod 755 /etc/init.d/sipis
	update-rc.d sipis defaults
}

user_and_directories() {
	getent passwd sipis
	stat -c '%a %U:%G %n' $confdir $confdir/*
}

vendor_pid() {
	pgrep -u sipis -x sipis
}

check_beside() {
	local pid before
	wait_for listening 5000
	pid=$(vendor_pid)
	before=$(user_and_directories)
	check "SysV: installed where the vendor's script has started SIPIS" dpkg -i /packages/first.deb
	is "SysV: it is left alone" "$pid" vendor_pid
	is "SysV: user and directory of the settings too" "$before" user_and_directories
	check "SysV: upgrade" dpkg -i /packages/second.deb
	is "SysV: it is left alone again" "$pid" vendor_pid
	check "SysV: removal" dpkg -r sipis-generator
	is "SysV: and again" "$pid" vendor_pid
	check "SysV: purge" dpkg -P sipis-generator
	is "SysV: and again, with all that it needs" "$pid $before" echo "$(vendor_pid) $(user_and_directories)"
	check "SysV: the service is the script's again" contains /etc/init.d/sipis property sipis SourcePath
	check "SysV: which can stop it" systemctl stop sipis
	check "SysV: and does" wait_for not vendor_pid
	check "SysV: and can start it" systemctl start sipis
	wait_for listening 5000
}

check_change_over() {
	dpkg -i /packages/first.deb >/dev/null
	check "SysV: the commands of the guide change over" eval "systemctl stop sipis; systemctl daemon-reload; systemctl start sipis"
	check "SysV: to the instance" active sipis@default
	is "SysV: which is all that runs" "$(property sipis@default MainPID)" vendor_pid
	dpkg -r sipis-generator >/dev/null
	is "SysV: it ends with the package" "" vendor_pid
	check "SysV: and the script starts SIPIS again" systemctl start sipis
	wait_for listening 5000
	check "SysV: really" vendor_pid
	systemctl stop sipis
}

# vendor_package DIRECTORY: a package with a unit of this name
vendor_package() {
	rm -rf /var/tmp/vendor
	mkdir -p "/var/tmp/vendor$1" /var/tmp/vendor/DEBIAN
	echo '# of the vendor' >"/var/tmp/vendor$1/sipis.service"
	printf '%s\n' 'Package: vendor-sipis' 'Version: 1' 'Architecture: all' 'Maintainer: nobody' 'Description: test' \
		>/var/tmp/vendor/DEBIAN/control
	dpkg-deb --build /var/tmp/vendor /var/tmp/vendor.deb >/dev/null
}

check_conflict() {
	local directory
	dpkg -P sipis-generator >/dev/null 2>&1
	for directory in /lib/systemd/system /usr/lib/systemd/system; do
		vendor_package $directory
		dpkg -i /var/tmp/vendor.deb >/dev/null
		check "a unit of the vendor in $directory: this package is refused" not dpkg -i /packages/first.deb
		is "a unit of the vendor in $directory: it is as it was" '# of the vendor' cat $directory/sipis.service
		check "a unit of the vendor in $directory: nothing is half installed" dpkg -P sipis-generator
		is "a unit of the vendor in $directory: nor left behind" "" dpkg --verify vendor-sipis
		dpkg -P vendor-sipis >/dev/null
	done
}

checks() {
	booted
	check_beside
	check_change_over
	check_conflict
}

main "$@"

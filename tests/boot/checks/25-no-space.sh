#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# No space, or no inode, where the generator writes: no hang, and no half unit.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	local n

	for n in {1..9}; do
		settings "$n"
	done
	backends Sipis1=0 Sipis2=1 Sipis3=2 Sipis4=3 Sipis5=4 Sipis6=5 Sipis7=6 Sipis8=7 Sipis9=8/1
	enable sipis LoadBalancer2
}

# The instances that have a link, and those that have a drop-in, are the same; no drop-in is cut, no directory empty.
whole_units() {
	local directory

	find $generator_directory -path '*/sipis.service.wants/*' -type l -printf '%f\n' | sort >/tmp/links
	find $generator_directory -name 50-sipis-generator.conf -path '*/sipis@*' -printf '%h\n' | sed 's|.*/||; s|\.d$||' | sort >/tmp/drop-ins
	diff -U0 /tmp/links /tmp/drop-ins
	[ -z "$(find $generator_directory -type d -empty -name 'sipis*')" ] || { find $generator_directory -empty; return 1; }
	while read -r directory; do
		cmp "/tmp/reference/$directory.d/50-sipis-generator.conf" "$generator_directory/$directory.d/50-sipis-generator.conf"
	done </tmp/drop-ins
}

# Anything between none and all of them, and systemd has seen that it failed.
some_missing() {
	[ "$(wc -l </tmp/links)" -lt 9 ]
	journalctl --sync
	journalctl -b -q --since "$1" | grep "sipis-generator'* failed with exit status 1"
}

checks() {
	local options since

	booted
	check "no space: all run at first" active sipis@{1..9}
	cp -a $generator_directory /tmp/reference
	# A unit takes three inodes, and the first one the directory of the links: in a row, they hit it at each of them.
	for options in size={4,8,20,36}k nr_inodes={2,4,5,6,7,8,9} nr_inodes={16,17,18}; do
		mount -t tmpfs -o "$options,mode=755" tmpfs $generator_directory
		since=$(date '+%F %T.%6N')
		check "no space, $options: daemon-reload comes back" timeout 30 systemctl daemon-reload
		check "no space, $options: no half unit" whole_units
		check "no space, $options: systemd saw the failure" some_missing "$since"
		umount $generator_directory
	done
	is "no space: everything still runs" 9 processes sipis
	systemctl daemon-reload
	is "no space: with space again, everything is generated" "$(cd /tmp/reference && find . -name '*sipis*' | sort)" \
		eval "cd $generator_directory && find . -name '*sipis*' | sort"
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl --root= in units where systemd blocks openat2(), as pipelines run it.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	mkdir -p "/srv/tree$confdir" "/srv/tree${load_balancer_settings%/*}" /srv/tree/data
	cp $confdir/*.xml /srv/tree/data/
	chmod 644 /srv/tree/data/*
	for n in 1 2 3 4; do ln -s "/../data/Settings$n.xml" "/srv/tree$confdir/Settings$n.xml"; done
	cp $load_balancer_settings "/srv/tree$load_balancer_settings"
}

generator() {
	/usr/lib/systemd/system-generators/sipis-generator --root=/srv/tree --dry-run
}

# in_unit PROPERTY COMMAND...: its output
in_unit() {
	systemd-run --quiet --wait --pipe --collect -p "$1" -- "${@:2}" </dev/null
}

checks() {
	booted
	for property in DynamicUser=yes RestrictSUIDSGID=yes; do
		is "$property: sipisctl --root reads the tree, with its links" "4 instances, 0 errors, 0 warnings" \
			in_unit $property sipisctl --root=/srv/tree check
		is "$property: and so does the generator" "$(generator)" in_unit $property \
			/usr/lib/systemd/system-generators/sipis-generator --root=/srv/tree --dry-run
	done
}

main "$@"

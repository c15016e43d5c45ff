#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The package's autopkgtest, in a booted system that has the package, and in a directory with what a source package has.

# shellcheck source=../boot/lib.sh
. /boot-test/lib.sh

prepare() {
	dpkg -i /packages/first.deb
	rm -f /usr/bin/sipis # it brings its own
}

autopkgtest() (
	cd /source
	packaging/debian/tests/instances
)

checks() {
	booted
	check "autopkgtest" autopkgtest
	is "it is still there when the test is over" "install ok installed" dpkg-query -W -f '${Status}' sipis-generator
}

main "$@"

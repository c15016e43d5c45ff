#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Run by deb.sh inside a root that has neither debhelper nor lintian: build the source package in /source with what it
# says that it needs, as a user who is not root and with all tests, and let this suite's lintian judge and dpkg install
# it. In /bind is a resolv.conf, for apt.

set -euo pipefail

install() {
	apt-get install -y -q --no-install-recommends "$@"
}

mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts # terminals, for script(1)
rm -f /etc/resolv.conf
cp /bind/resolv.conf /etc/resolv.conf
apt-get update -q
cp -r /source /var/tmp/build
cd /var/tmp/build/sipis-generator-*/
install dpkg-dev lintian
apt-get build-dep -y -q --no-install-recommends ./
useradd --create-home builder
chown -R builder: /var/tmp/build
su builder -c 'dpkg-buildpackage --no-sign'
su builder -c 'tests/packaging/lintian.sh ../*.changes'
rm ../*-dbgsym_*.deb
dpkg -i ../*.deb
dpkg --verify sipis-generator
sipisctl --version

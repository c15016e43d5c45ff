#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Run by run.sh inside a root: build the project in /source and the stand-ins, and install them into /bind/tree.

set -euo pipefail

# A copy, without what a build in the source tree may have left there.
mount -t tmpfs -o mode=755 tmpfs /mnt
cd /source
tar --exclude=.git --exclude='*.o' --exclude='*.a' --exclude=.deps --exclude=.dirstamp --exclude=./config.status \
	--exclude=./config.h --exclude=./Makefile --exclude=./build --exclude=autom4te.cache -c . | tar -C /mnt -x
cd /mnt

newer_than_generated() {
	[ ! -e configure ] || [ configure.ac -nt configure ] || [ Makefile.am -nt Makefile.in ]
}

if newer_than_generated; then
	autoreconf --force --install
fi
./configure --quiet
make --silent -j"$(nproc)"
make --silent install DESTDIR=/bind/tree

stand_in() {
	# shellcheck disable=SC2046 # flags
	gcc -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Wno-unused-parameter $(pkg-config --cflags libxml-2.0) \
		-o "/bind/tree/usr/bin/$1" "tests/boot/$2" tests/boot/stand-in.c $(pkg-config --libs libxml-2.0)
}

mkdir -p /bind/tree/usr/bin
stand_in sipis stand-in-sipis.c
stand_in LoadBalancer2 stand-in-loadbalancer.c
tool() {
	gcc -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -o "/bind/tree/usr/bin/$1" "tests/$2/$1.c" "${@:3}"
}

tool exchange boot
tool hang sipisctl
tool peer sipisctl -lsystemd
install -D -m 644 -t "/bind/tree$(pkg-config --variable=systemdsystemunitdir systemd)" tests/boot/LoadBalancer2.service

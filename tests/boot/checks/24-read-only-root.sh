#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A root that is mounted read-only, with a /var of its own.
#
# nspawn: --read-only --tmpfs=/var

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

checks() {
	booted
	check "read-only root: it is" not touch /etc/x
	check "read-only root: all instances run" active sipis sipis@{1,2,3,4} LoadBalancer2
	is "read-only root: LoadBalancer2 reaches them" "$(printf 'Sipis%s\n' 1 2 3 4)" ask 4998 00 40 80 C0
	check "read-only root: systemctl daemon-reload" systemctl daemon-reload
	check "read-only root: systemctl restart sipis" systemctl restart sipis
	check "read-only root: all run after it" active sipis sipis@{1,2,3,4}
}

main "$@"

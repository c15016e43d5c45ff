#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Root looks at another machine whose systemd answers with control characters, wrong names, and far too much: nothing of it
# reaches the terminal unescaped, and nothing crashes.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	mkdir -p /usr/local/bin
	printf '#!/bin/sh\nexec /usr/bin/peer $(cat /tmp/peer-arguments)\n' >/usr/local/bin/ssh
	chmod 755 /usr/local/bin/ssh
}

# looks ARGUMENTS...: at a peer with these arguments, as root on a terminal; leaves /tmp/seen
looks() {
	echo "$*" >/tmp/peer-arguments
	timeout 90 script -qec 'sipisctl -H elsewhere status; echo "exit $?"' /dev/null </dev/null >/tmp/seen 2>&1
}

# The colors of sipisctl and what script(1) adds are no text of the other machine.
is_clean() {
	! LC_ALL=C sed 's/\x1b\[[0-9;]*m//g; s/\r$//; s/\x1b\[?7[hl]//g' /tmp/seen | LC_ALL=C grep -q '[[:cntrl:]]' &&
		! grep -q $'\u202e' /tmp/seen && ! grep -q $'\x1b\\[31mo' /tmp/seen
}

checks() {
	booted
	looks sipis@1.service sipis@a sipis@.service sipis.service LoadBalancer2.service 'sipis@2.service'
	check "hostile machine: status ends by itself" grep -qE '^exit [013]' /tmp/seen
	check "hostile machine: nothing reaches the terminal unescaped" is_clean
	check "hostile machine: the instance is shown" grep -q 'sipis@1\|^1 ' /tmp/seen
	looks --many 100000
	check "hostile machine: 100,000 units are bounded" grep -qE '^exit [013]' /tmp/seen
	check "hostile machine: nothing of them is unescaped" is_clean
	is "hostile machine: nothing crashed" "" journalctl -q -b -o cat -g 'dumped core|segfault|stack smashing'
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# PID 1 cannot set up an instance, because /var/log/sipis is a link: the instance fails, and recovers by itself when the
# link is gone.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	local n
	for n in 1 2 3 4; do
		drop_in "sipis@$n.service" restart <<-'END'
			[Service]
			RestartSec=200ms
			RestartSteps=0
		END
	done
	printf 'd /srv/log - - - -\n' >/etc/tmpfiles.d/sipis-generator.conf # not the package's, which would complain
	rm -rf /var/log/sipis
	mkdir -p /srv/log
	ln -s /srv/log /var/log/sipis
}

fails() {
	[[ $(property sipis@1 Result) != success ]] && [ "$(property sipis@1 NRestarts)" -ge 1 ]
}

checks() {
	booted
	check "setup fails: the instance fails, and systemd tries again" wait_for fails
	check "setup fails: no instance runs" none_active
	rm /var/log/sipis
	check "setup fails: without the link they recover" wait_for active sipis@{1,2,3,4}
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The sandbox, seen from inside a running instance: it writes to its own directories and nowhere else.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	settings 1 log=/srv/one/sipis.log lock=/var/run/sipis/one/sipis.lock
	settings 2 log=/srv/two/sipis.log
	settings 3 log=/var/log/sipis/three/sipis.log instance_log=/srv/accounts/account.log
	settings 4 log="/srv/100% of four/sipis.log"
	install -d -o sipis -g sipis /srv/{one,two,accounts,"100% of four"} /home/sipis
	# where only the sandbox forbids it
	install -d -m 777 /etc/open /usr/open /var/lib/open /srv/open /opt/open
	: >/etc/open/file
	chmod 666 /etc/open/file
	install -m 666 /dev/null /srv/two/file
}

# may HTTP-PORT PATH WHO
may() {
	is "sandbox: $3 can write to $2" ok http "$1" "/write?path=$(sed 's/%/%25/g; s/ /%20/g' <<<"$2")"
}

# Only the sandbox forbids it: everybody may write there.
closed() {
	is "sandbox: instance 1 can't write to $1, though all may" EROFS http 5000 "/write?path=$1"
}

may_not() {
	check "sandbox: instance 1 can't write to $1" refused "$1"
}

refused() {
	[[ $(http 5000 "/write?path=$1") =~ ^(EROFS|EACCES|EPERM|ENOENT)$ ]]
}

private_tmp() {
	[ "$(http 5000 /write?path=/tmp/x)" = ok ]
	[ ! -e /tmp/x ]
	[ "$(http 5000 /write?path=/var/tmp/x)" = ok ]
	[ ! -e /var/tmp/x ]
}

checks() {
	booted
	check "sandbox: all instances run" active sipis@{1,2,3,4}
	may 5000 /run/sipis/x "instance 1"
	may 5000 /run/sipis/one/x "instance 1"
	may 5000 /var/log/sipis/x "instance 1"
	may 5000 /srv/one/x "instance 1"
	may_not /srv/two/x
	closed /srv/two/file
	may_not /srv/x
	closed /srv/open/x
	may_not /etc/x
	closed /etc/open/x
	closed /etc/open/file
	may_not /etc/sipis/Settings1.xml
	closed /usr/open/x
	closed /opt/open/x
	closed /var/lib/open/x
	may_not /home/sipis/x
	may_not /run/x
	may_not /sys/kernel/x
	may_not /proc/sys/kernel/hostname
	may_not /dev/x
	may 5010 /srv/two/x "instance 2"
	may 5020 /var/log/sipis/three/x "instance 3"
	may 5020 /srv/accounts/x "instance 3"
	may 5030 "/srv/100% of four/x" "instance 4"
	check "sandbox: /tmp and /var/tmp are its own" private_tmp
	is "sandbox: the user is sipis" "uid: $(id -u sipis)" eval 'http 5000 /uid | grep ^uid'
	is "sandbox: no capabilities" "$(printf 'CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1')" \
		eval 'http 5000 /uid | grep -E "^(Cap|NoNew)"'
	is "sandbox: its directories are its user's" "$(printf 'sipis 755\nsipis 750\nsipis 750\nsipis 750')" \
		stat -c '%U %a' /run/sipis /var/log/sipis /run/sipis/one /var/log/sipis/three
	check "sandbox: its logs are written" grep -r "listens on port" /srv/one /srv/two /var/log/sipis/three "/srv/100% of four"
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl check compares what the generator would write with what is in its directory: it reports every difference,
# whatever the times of the files are, and nothing else.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

# Findings with this code, or all of them, without the summary
findings() {
	sipisctl check 2>&1 | sed '$d' | grep -F "${1:-}" || :
}

stale() {
	findings '[stale-units]'
}

differs() {
	echo "$confdir/Settings$1.xml: warning: systemd has not read these settings: sipis@$1.service in $generator_directory" \
		"is out of date: systemctl daemon-reload, then systemctl restart sipis@$1 [stale-units]"
}

restart() {
	systemctl daemon-reload
	systemctl restart sipis
	listening 5030 || wait_for listening 5030
}

# Copies keep the times of what they are copied from, which is older than what systemd has read.
copies() {
	mkdir /srv/backup
	cp -a $confdir/Settings2.xml /srv/backup/
	printf '<!-- -->\n' >>/srv/backup/Settings2.xml
	touch -d '1 year ago' /srv/backup/Settings2.xml
	cp -a /srv/backup/Settings2.xml $confdir/
	is "stale: a copy with the times kept" "$(differs 2)" findings
	systemctl daemon-reload
	is "stale: not after a daemon-reload" "" stale
	restart
	sed -i '$d' /srv/backup/Settings2.xml
	touch -d '2 years ago' /srv/backup/Settings2.xml
	if command -v rsync >/dev/null; then
		rsync -a --checksum /srv/backup/Settings2.xml $confdir/
	else
		cp -p /srv/backup/Settings2.xml $confdir/
	fi
	is "stale: a restored backup" "$(differs 2)" findings
	restart
	is "stale: nothing" "" findings
}

# Editors create files beside the one they edit, and write it again unchanged.
editors() {
	touch $confdir/.Settings3.xml.swp
	rm $confdir/.Settings3.xml.swp
	cp $confdir/Settings3.xml $confdir/Settings3.xml~
	is "stale: backups of an editor" "" findings
	cp -p $confdir/Settings3.xml $confdir/new
	mv $confdir/new $confdir/Settings3.xml
	rm $confdir/Settings3.xml~
	touch $confdir/Settings3.xml $load_balancer_settings
	is "stale: files written again without a change" "" findings
}

files() {
	settings 5
	backends Sipis1=0/2 Sipis2=4/2 Sipis3=8/2 Sipis4=C/3 Sipis5=E/3
	is "stale: an added file" \
		"$confdir/Settings5.xml: warning: systemd has not read this file: sipis@5.service is missing from $generator_directory: systemctl daemon-reload, then systemctl start sipis@5 [stale-units]" \
		findings
	restart
	wait_for listening 5040
	is "stale: it is read" "" findings
	rm $confdir/Settings5.xml
	backends Sipis1=0/2 Sipis2=4/2 Sipis3=8/2 Sipis4=C/2
	is "stale: a file that is gone while its instance runs" "$(
		echo "$confdir: warning: sipis@5.service runs without a settings file: put the file back, or systemctl stop sipis@5.service [orphaned-instance]"
		echo "$confdir: warning: systemd still has units of files that were removed: sipis@5.service: systemctl daemon-reload [stale-units]"
	)" findings
	systemctl stop sipis@5
	is "stale: and when it has stopped" \
		"$confdir: warning: systemd still has units of files that were removed: sipis@5.service: systemctl daemon-reload [stale-units]" findings
	systemctl daemon-reload
	is "stale: not after a daemon-reload of less files" "" findings
}

# No advice to restart an instance that would be refused.
errors() {
	sed -i 's/Port="14988"/Port="14998"/' $confdir/Settings2.xml
	is "stale: not for a file with an error" "" stale
	is "stale: the error alone is reported" 1 eval 'findings | grep -c .'
	settings 2
	is "stale: the error is corrected" "" findings
	rm $confdir/Settings4.xml
	ln -s /nowhere/Settings4.xml $confdir/Settings4.xml
	is "stale: not for a link to nowhere" "" stale
	rm $confdir/Settings4.xml
	settings 4
	is "stale: the file is back" "" findings
	systemctl --quiet mask sipis@3
	printf '<!-- -->\n' >>$confdir/Settings3.xml
	is "stale: not for a masked unit" "" stale
	systemctl --quiet unmask sipis@3
	restart
	is "stale: nothing is left" "" findings
}

generator() {
	local own=/usr/lib/systemd/system-generators/sipis-generator other=/etc/systemd/system-generators/sipis-generator

	mkdir -p ${other%/*}
	ln -s /dev/null $other
	is "stale: a masked generator" \
		"$confdir: warning: sipis-generator is masked by $other, so the units of all instances are missing after the next daemon-reload: remove that file, then systemctl daemon-reload [stale-units]" \
		findings
	systemctl daemon-reload
	check "stale: the same after that" contains "$confdir: warning: sipis-generator is masked by $other" findings
	rm $other
	is "stale: unmasked, and nothing is generated yet" 5 eval 'stale | grep -c "missing from"'
	restart
	is "stale: generated again" "" findings
	printf '#!/bin/sh\nexec sleep 60\n' >$other
	chmod 755 $other
	check "stale: a generator that hangs is given up" contains \
		"$confdir: warning: cannot compare $generator_directory with what sipis-generator --dry-run prints: it did not end in time" \
		timeout 20 sipisctl check
	printf '#!/bin/sh\nexec %s --root=/nowhere "$@"\n' $own >$other
	is "stale: the generator of the administrator is asked" \
		"$confdir: warning: systemd still has units of files that were removed: sipis@1.service, sipis@2.service, sipis@3.service, sipis@4.service: systemctl daemon-reload [stale-units]" \
		eval 'findings | sed "s/removed: .*: systemctl/removed: $(findings | grep -o "sipis@[0-9].service" | sort | paste -sd , | sed "s|,|, |g"): systemctl/"'
	rm $other
}

checks() {
	booted
	wait_for listening 5030
	is "stale: nothing after a boot" "" findings
	copies
	editors
	files
	errors
	generator
}

main "$@"

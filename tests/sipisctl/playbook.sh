#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The example playbook is idempotent: run twice, it changes nothing the second time. Without ansible-playbook, the
# commands that it calls are run.
. "$(dirname "$0")/../lib.sh"
: "${SIPISCTL:?}"
make_work sipisctl-playbook 4
: "${work:?}"
playbook=$here/../../packaging/examples/sipis-instances.yml

single_process tree

# play ARGUMENTS...: how many tasks have changed something
play() {
	ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_NOCOLOR=1 HOME=$work timeout 120 ansible-playbook -i localhost, -c local \
		-e "{\"sipisctl\": [\"$SIPISCTL\", \"--root=$tree\"], \"sipis_become\": false, \"sipis_apply\": false}" \
		"$@" "$playbook" >"$work/played" 2>&1 || { tail -n 20 "$work/played"; return; }
	sed -n 's/^localhost.*changed=\([0-9]*\).*failed=0.*/\1/p' "$work/played"
}

# call [--dry-run]: the same without ansible
call() {
	local words changed=0
	while read -r words; do
		words=${words//sipis_instances | string/4}
		# shellcheck disable=SC2086
		[ "$(ctl --root="$tree" $words "$@")" != '{"changed":true}' ] || changed=$((changed + 1))
	done < <(sed -n "s/.*sipisctl + \[\(.*--json'\)\].*/\1/p" "$playbook" | tr -d "',")
	echo $changed
}

if command -v ansible-playbook >/dev/null; then run=play check=--check; else run=call check=--dry-run; fi
is "$run $check: what would be changed" "1" "$($run $check)"
is "$run $check: nothing was changed" "Settings.xml" "$(ls -A "$tree/etc/sipis")"
is "$run: the first time" "1" "$($run)"
is "$run: there are four instances" "4" "$(find "$tree/etc/sipis" -maxdepth 1 -name 'Settings*.xml' | wc -l)"
is "$run: the second time nothing changes" "0" "$($run)"
sed -i 's/Level="[^"]*"/Level="9"/' "$tree/etc/sipis/Settings1.xml"
is "$run: a file that differs" "1" "$($run)"
is "$run: and then nothing changes" "0" "$($run)"
is "$run: no warning is left" "yes" "$(ctl --root="$tree" check --strict >/dev/null 2>&1 && echo yes)"
done_testing

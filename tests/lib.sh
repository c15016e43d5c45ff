# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts that source this use the variables
#
# What the test scripts share: settings of the shell, the programs and their output, and installations to run them on.
# A script sources this first and calls done_testing last. GENERATOR, SIPISCTL, CONFDIR and LOADBALANCER_SETTINGS come
# from the Makefile.
set -uo pipefail
export LC_ALL=C.UTF-8
unset SYSTEMD_SCOPE SYSTEMD_IN_INITRD SYSTEMD_EXEC_PID
umask 022

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$tests/tap.sh"

golden=$tests/golden
good=$golden/four-processes/root
typo=$golden/four-processes-typo/root
read -r -a wrapper <<<"${TEST_WRAPPER:-}"

# --- programs ----------------------------------------------------------------------------------------------------

ctl() { timeout 60 "${wrapper[@]}" "$SIPISCTL" "$@"; }
generate() { timeout 60 "${wrapper[@]}" "$GENERATOR" "$@"; }

# read_text VARIABLE FILE: its content without the line ends at its end; forks nothing
read_text() {
	local text
	IFS= read -r -d '' text <"$2"
	printf -v "$1" %s "${text%"${text##*[!$'\n']}"}"
}

status=0 stdout='' stderr=''

# capture COMMAND...: run it; leaves status, stdout and stderr
capture() {
	"$@" >"$work/stdout" 2>"$work/stderr"
	status=$?
	read_text stdout "$work/stdout"
	read_text stderr "$work/stderr"
}

# run ARGUMENTS...: run sipisctl without input; leaves status, stdout and stderr
run() { capture ctl "$@" </dev/null; }

# plain TEXT: without what differs from run to run: the directories of this test, and dates
plain() {
	sed -E "s#${tree:-$work}##g; s#$work##g; s/20[0-9]{2}(-[0-9]{2}){2}[T ][0-9:]{8}Z?/DATE/g; s#(sipisctl-edit)\.\w*#\1#" <<<"$1"
}

# says PATTERN TEXT: print "yes" if a line of the text matches, else the text
says() { if grep -q -e "$1" <<<"$2"; then echo yes; else echo "$2"; fi; }

# same NAME EXPECTED ACTUAL: compare two files
same() {
	local difference
	if difference=$(diff -u "$2" "$3" 2>&1); then ok "$1"; else not_ok "$1" "$(head -n 100 <<<"$difference")"; fi
}

# json_is NAME EXPECTED FILTER: compare what the jq filter makes of stdout
json_is() {
	local seen
	[ -n "$(type -P jq)" ] || { skip "$1" "there is no jq"; return; }
	seen=$(jq -r "$3" <<<"$stdout" 2>&1)
	if [ "$seen" = "$2" ]; then ok "$1"; else not_ok "$1" "expected: $2"$'\n'"got: $seen"$'\n'"$stdout"; fi
}

# json NAME FILTER: the jq filter is true of stdout
json() { json_is "$1" true "$2"; }

# has_terminal: succeed if script(1) can give a program a terminal here
has_terminal() { script -qec true /dev/null >/dev/null 2>&1 </dev/null; }

# --- expected files ----------------------------------------------------------------------------------------------

# SIPIS_REWRITE_GOLDEN=1 replaces expected files by what was seen. Each replaced file counts as a failed test: read the
# difference, then run the tests again.
rewriting() { [ "${SIPIS_REWRITE_GOLDEN:-}" = 1 ]; }

# matches NAME EXPECTED ACTUAL: compare with an expected file, or rewrite it
matches() {
	if rewriting && ! cmp -s "$2" "$3"; then
		cp "$3" "$2"
		not_ok "$1 - updated" ""
	else
		same "$1" "$2" "$3"
	fi
}

# --- trees -------------------------------------------------------------------------------------------------------

# use_tree DIRECTORY: leaves tree, sipis (the directory of settings) and balancer (the load balancer's settings)
use_tree() {
	tree=$1
	sipis=$tree${CONFDIR:-/etc/sipis}
	balancer=$tree${LOADBALANCER_SETTINGS:-/etc/acrobits/LoadBalancer2/Settings.xml}
}

# new_tree NAME: make an empty installation and use it
new_tree() {
	use_tree "$work/$1"
	rm -rf "$tree"
	mkdir -p "$sipis" "${balancer%/*}"
}

# copy_tree FROM TO: copy an installation; the copy is writable
copy_tree() { cp -a "$1" "$2" && chmod -R u+rwX "$2"; }

filter='FilterInstancesAccordingToLoadBalancer2BackendSection="Yes"'

# settings INSTANCE NAME PORT HTTP MARK [ATTRIBUTES]: write a settings file of $tree. The instance "" has Settings.xml,
# the mark is part of the names of lock and log, and "-" as HTTP leaves that port out.
settings() {
	{
		echo '<Sipis>'
		echo "  <Server Name=\"$2\" Port=\"$3\"${6:+ $6} />"
		if [ "$4" = - ]; then echo '  <HttpServer />'; else echo "  <HttpServer Port=\"$4\" />"; fi
		echo "  <Lock FileName=\"/var/run/sipis/sipis$5.lock\"/>"
		echo "  <Log FileName=\"/var/log/sipis/sipis$5.log\" />"
		echo '</Sipis>'
	} >"$sipis/Settings$1.xml"
}

# backends ATTRIBUTES...: write the load balancer's settings of $tree, with one Sipis element for each argument
backends() {
	{
		printf '<LoadBalancer2>\n  <Frontend>\n    <Udp Address="0:4998" />\n  </Frontend>\n  <Backend>\n'
		printf '    <Sipis %s />\n' "$@"
		printf '  </Backend>\n</LoadBalancer2>\n'
	} >"$balancer"
}

# guide NAME: make the installation with which the vendor's guide begins
guide() {
	new_tree "$1"
	settings '' Sipis 14998 5000 ''
	backends 'Name="Sipis" SelectorPrefix="" Address=""'
}

# single_process NAME: make an installation of one process whose load balancer names no instance
single_process() {
	new_tree "$1"
	cp "$here/../golden/single-process/root/etc/sipis/Settings.xml" "$sipis/"
	backends 'Address="sipis:14998"'
}

# content: print one word for all names, bytes, modes and owners in $tree, without the state of splits
content() { tar -C "$tree" --exclude=.sipisctl-split --sort=name --mtime=@0 -cf - etc | md5sum; }

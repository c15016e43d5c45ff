#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What sipisctl list and sipisctl map print, against the files in expected/: these are the pictures.
# SIPIS_REWRITE_GOLDEN=1 rewrites them. Each rewritten file fails.
. "$(dirname "$0")/../lib.sh"
export TERM=xterm
unset COLUMNS NO_COLOR
: "${SIPISCTL:?}"
cd "$tests" || exit 99 # paths of settings files are shown, so they are relative

work=$(mktemp -d "${TMPDIR:-/tmp}/sipisctl-show.XXXXXX")
trap 'rm -rf "$work"' EXIT
expected=sipisctl/expected

# show FILE TREE ARGUMENTS...: standard output, and standard error where there is any; with squeeze=yes, any number of blanks
# is one
show() {
	local file=$1 tree=$2 status
	shift 2
	ctl --root="$tree" "$@" >"$work/seen" 2>"$work/stderr" </dev/null
	status=$?
	sed -i "s|$work|WORK|g${squeeze:+; s/  */ /g}" "$work/seen" "$work/stderr"
	[ ! -s "$work/stderr" ] || { echo '--- standard error:'; cat "$work/stderr"; } >>"$work/seen"
	[ $status = 0 ] || echo "--- exit status $status" >>"$work/seen"
	matches "$file: ${tree%/root} $*" "$expected/$file" "$work/seen"
}

# On a terminal of so many columns. script(1) ends its lines in \r\n.
# terminal COLUMNS FILE TREE ARGUMENTS...
terminal() {
	local columns=$1 file=$2 tree=$3
	shift 3
	script -qec "stty cols $columns; exec $(printf '%q ' "$SIPISCTL" --root="$tree" "$@")" /dev/null </dev/null |
		tr -d '\r' >"$work/seen"
	matches "$file: ${tree%/root} $* on a terminal of $columns columns" "$expected/$file" "$work/seen"
}

# An installation of N instances in $tree, N being a power of two.
fleet() {
	local n=$1 bits=0 digits i
	tree=$work/fleet-$n
	mkdir -p "$tree/etc/sipis" "$tree/etc/acrobits/LoadBalancer2"
	while [ $((1 << bits)) -lt "$n" ]; do bits=$((bits + 1)); done
	digits=$(((bits + 3) / 4))
	for ((i = 1; i <= n; i++)); do
		cat >"$tree/etc/sipis/Settings$i.xml" <<-END
			<Sipis>
			  <Server Name="Sipis$i" Port="$((15008 - 10 * i))" Realm="Sipis"
			          FilterInstancesAccordingToLoadBalancer2BackendSection="Yes"/>
			  <HttpServer Port="$((4990 + 10 * i))"/>
			  <Lock FileName="/run/sipis/$i.lock"/>
			  <Log FileName="/var/log/sipis/$i.log"/>
			</Sipis>
		END
	done
	{
		echo '<LoadBalancer2><Frontend><Udp Address="0:4998"/></Frontend><Backend>'
		for ((i = 1; i <= n; i++)); do
			printf '<Sipis Name="Sipis%d" SelectorPrefix="%0*X/%d"/>\n' \
				"$i" "$digits" $(((i - 1) << (4 * digits - bits))) "$bits"
		done
		echo '</Backend></LoadBalancer2>'
	} >"$tree/etc/acrobits/LoadBalancer2/Settings.xml"
}

# --- list ----------------------------------------------------------------------------------------------

good=golden/four-processes/root
day=sipisctl/trees/bad-day
names=sipisctl/trees/names

show list.txt $good list
show list-columns.txt $good list -o share,INSTANCE,share
show list-no-column.txt $good list -o INSTANCE,COLOR
# libsmartcols 2.38 leaves room for the headings that are not shown, 2.41 does not
squeeze=yes show list-noheadings.txt $good list --noheadings
show list-raw.txt golden/prefix-overlap/root list --raw
show list.json $good list --json
show list-bad-day.txt $day list
show list-bad-day.json $day list --json
show list-names.txt $names list
show list-names.json $names list --json
show list-hostile.txt golden/hostile-values/root list
LC_ALL=C show list-names-ascii.txt $names list
show list-nothing.txt golden/no-settings-files/root list
show list-nothing.json golden/no-settings-files/root list --json

show list-selected.txt $good list sipis@4.service 2 Settings2.xml sipis@2
show list-unknown.txt $good list 1 9
show map-selected.txt $good map Settings3.xml
show map-selected.json $good map --json sipis@1
show map-svg-selected.txt $good map --svg 1
show list-default.txt golden/single-process/root list Settings.xml

# --- map -----------------------------------------------------------------------------------------------

show map.txt $good map
show map.json $good map --json
show map-bad-day.txt $day map
show map-bad-day.json $day map --json
show map-gap.txt golden/prefix-gap/root map
show map-gap-tiny.txt golden/prefix-gap-tiny/root map
show map-fleet.txt golden/fleet/root map
show map-names.txt $names map
show map-one.txt sipisctl/trees/one map
show map-no-load-balancer.txt golden/load-balancer-missing/root map
show map-bad-load-balancer.txt golden/load-balancer-syntax/root map
show map-nothing.txt golden/no-settings-files/root map
show map-nothing.json golden/no-settings-files/root map --json
show map-color.txt $day --color=always map
LC_ALL=C show map-ascii.txt $day map
COLUMNS=20 show map-narrow.txt $day map
COLUMNS=150 show map-wide.txt $day map
fleet 16; show map-16.txt "$tree" map
fleet 64; show map-64.txt "$tree" map

# A bar fills the line, whatever its width: not a column more or less.
wrong=''
for columns in 72 79 80 81 100 131 200 317; do
	[ "$(COLUMNS=$columns ctl --root=$day map 2>/dev/null | grep -v '^$\|its prefix' | sed 1d | wc -L)" = $columns ] ||
		wrong+=" $columns"
done
verdict "a map is as wide as the terminal" "$wrong"

# --- map --svg -----------------------------------------------------------------------------------------

show map.svg $good map --svg
show map-bad-day.svg $day map --svg
show map-names.svg $names map --svg
show map-one.svg sipisctl/trees/one map --svg
show map-no-load-balancer.svg golden/hostile-values/root map --svg
show map-nothing.svg golden/no-settings-files/root map --svg
fleet 16; show map-16.svg "$tree" map --svg
fleet 64; show map-64.svg "$tree" map --svg
show map-svg-json.txt $good map --svg --json

# --- on a terminal -------------------------------------------------------------------------------------

if ! script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
	skip "on a terminal" "script gives no terminal here"
else
	terminal 80 terminal-list.txt $day list
	terminal 132 terminal-list-wide.txt $day list
	terminal 80 terminal-list-long.txt golden/prefix-gap-tiny/root list
	terminal 80 terminal-list-guide.txt $good list
	terminal 80 terminal-list-chosen.txt $good list -o SETTINGS,LOG,REALM,ADDRESS
	terminal 40 terminal-list-narrow.txt $day list
	terminal 20 terminal-list-too-narrow.txt $good list
	terminal 100 terminal-map.txt $day map
	terminal 100 terminal-map-no-color.txt $day --color=never map
fi

# --- help -------------------------------------------------------------------------------------------------------------

for command in check list map route split sync edit apply reload status metrics; do
	ctl $command --help
	echo
done >"$work/help" 2>&1
matches "the help of all commands" $expected/help.txt "$work/help"

# --- what holds for all of them -------------------------------------------------------------------------

# of EXTENSION PROGRAM ARGUMENTS...: does it take every expected file of this kind?
of() {
	local extension=$1 file wrong=''
	shift
	if [ -z "$(type -P "$1")" ]; then skip "every .$extension is well-formed for $1" "there is no $1"; return; fi
	for file in "$expected"/*."$extension"; do
		sed '/^--- standard error/,$d' "$file" | "$@" >/dev/null 2>&1 || wrong+=" $file"
	done
	verdict "every .$extension is well-formed for $1" "$wrong"
}

of json jq -e '.instances | type == "array"'
of svg xmllint --noout -
verdict "no password is shown" "$(grep -rl hunter2 $expected)"
verdict "no expected file is left over" "$(for file in "$expected"/*; do
	grep -q "\b${file##*/} " sipisctl/show.sh || echo "$file"
done)"
done_testing

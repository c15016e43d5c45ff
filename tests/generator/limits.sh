#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The largest and the worst that sipis-generator can be given, each with a bound of time and memory that only what
# grows faster than its input can break. What it took is printed, and is no part of a test.
set -uo pipefail
export LC_ALL=C.UTF-8
unset SYSTEMD_SCOPE SYSTEMD_IN_INITRD SYSTEMD_EXEC_PID
: "${GENERATOR:?}" "${CONFDIR:?}" "${LOADBALANCER_SETTINGS:?}" "${COST:?}"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tap.sh"

make_work sipis-limits 160
max=$((1024 * 1024))

# new_tree: leaves root, without any file
new_tree() {
	rm -rf "$work/root" "$work/units"
	root=$work/root
	mkdir -p "$root$CONFDIR" "$(dirname "$root$LOADBALANCER_SETTINGS")" "$work/units"
}

# cost SECONDS MIB NAME STATUS: the generator on the tree; leaves said in a file
slowest=0
cost() {
	local status took mib
	"$COST" "$1" "$2" "$work/cost" "$GENERATOR" --root="$root" "$work/units" >"$work/said" 2>&1
	status=$?
	read -r took mib <"$work/cost"
	is "$3: within $1 s of a processor and $2 MiB" "$4" "$status"
	echo "# $3: ${took:-?} ms, ${mib:-?} MiB"
	[ "${took:-0}" -le "$slowest" ] || slowest=$took
}

# repeat TEXT SIZE: as often as that fits into so many bytes; a # in it counts
repeat() {
	LC_ALL=C awk -v text="$1" -v size="$2" 'BEGIN {
		if (text == "") exit 1
		at = index(text, "#")
		before = substr(text, 1, at - 1); behind = substr(text, at + 1)
		for (n = 0; at && (size -= length(n) + length(text) - 1) >= 0; n++) printf "%s%d%s", before, n, behind
		if (at) exit
		for (all = text; length(all) < size;) all = all all
		printf "%s", substr(all, 1, int(size / length(text)) * length(text))
	}'
}

# fit HEAD PIECE TAIL: a document that is as large as one may be
fit() {
	printf '%s' "$1"
	repeat "$2" $((max - ${#1} - ${#3}))
	printf '%s' "$3"
}

# --- a settings file of 1 MiB ---------------------------------------------------------------------------------

server='<Sipis><Server Name="x" Port="14998"/>'
end='</Sipis>'
shapes=(
	"a comment" "$server<!--" "x" "-->$end" 0
	"a comment of newlines" "$server<!--" $'\n' "-->$end" 0
	"many comments" "$server" "<!---->" "$end" 0
	"a processing instruction" "$server<?x " "?" "?>$end" 0
	"many processing instructions" "$server" "<?x?>" "$end" 0
	"text" "$server" "x" "$end" 0
	"newlines" "$server" $'\n' "$end" 0
	"returns" "$server" $'\r' "$end" 0
	"ampersands" "$server" "&amp;" "$end" 0
	"references" "$server" "&amp;&lt;" "$end" 0
	"characters of four bytes" "$server" "😀" "$end" 0
	"a CDATA section" "$server<![CDATA[" "]" " ]]>$end" 0
	"many CDATA sections" "$server" "<![CDATA[]]>" "$end" 0
	"an attribute" "$server<a b='" "x" "'/>$end" 0
	"an attribute of ampersands" "$server<a b='" "&amp;" "'/>$end" 0
	"an attribute of newlines" "$server<a b='" $'\n' "'/>$end" 0
	"an attribute of quotes" "$server<a b='" '"' "'/>$end" 0
	"a name" "<Sipis><Server Port='14998' Name='" "x" "'/>$end" 1
	"a name of ampersands" "<Sipis><Server Port='14998' Name='" "&amp;" "'/>$end" 1
	"a name of controls" "<Sipis><Server Port='14998' Name='" $'\t' "'/>$end" 1
	"a path" "$server<Lock FileName='/" "x/" "x'/>$end" 1
	"a path of slashes" "$server<Lock FileName='/" "/." "/x'/>$end" 1
	"a pattern of paths" "$server<Log FileName='/var/log/sipis/x' InstanceFileName='/" "%/ " "x'/>$end" 0
	"an address" "<Sipis><Server Name='x' Port='14998' Address='" "1." "'/>$end" 1
	"a port" "<Sipis><Server Name='x' Port='" "1" "'/>$end" 1
	"attributes of an element" "$server<a" " b#=''" "/>$end" 1
	"attributes of many elements" "$server" "<a b='' c='' d='' e='' f='' g='' h=''/>" "$end" 0
	"namespaces" "$server" "<a xmlns='#'/>" "$end" 1
	"namespaces of an element" "$server<a" " xmlns:b#=''" "/>$end" 1
	"elements" "$server" "<a/>" "$end" 0
	"elements with names of their own" "$server" "<a#/>" "$end" 0
	"an element's name" "$server<" "x" "/>$end" 1
	"elements of the server's name" "$server" "<Server/>" "$end" 1
	"elements of the lock's name, deeper" "$server<a>" "<Lock/>" "</a>$end" 0
	"elements in each other" "$server" "<a>" "" 1
	"ends without a beginning" "$server" "</a>" "$end" 1
	"open brackets" "$server" "<" "" 1
	"closing brackets" "$server" ">" "$end" 0
	"a tag that does not end" "$server<a" " " "" 1
	"a value that does not end" "$server<a b='" ">" "" 1
	"doctypes that are none" "$server<!--" "<!DOCTYPE " "-->$end" 0
	"beginnings of comments" "$server" "<!-" "" 1
	"a declaration" "<?xml version='1.0'" " " "?>$server$end" 0
	"blanks before" "" " " "$server$end" 0
	"blanks behind" "$server$end" " " "" 0
	"comments behind" "$server$end" "<!---->" "" 0
	"one quote" "$server<a b=" "'" "/>$end" 1
)
for ((i = 0; i < ${#shapes[@]}; i += 5)); do
	new_tree
	fit "${shapes[@]:i+1:3}" >"$root$CONFDIR/Settings1.xml"
	cost 5 256 "${shapes[i]}" "${shapes[i + 4]}"
done
echo "# the slowest settings file of 1 MiB: $slowest ms"

# --- the load balancer's of 1 MiB, for two instances ------------------------------------------------------------

yes='FilterInstancesAccordingToLoadBalancer2BackendSection="Yes"'
head='<LoadBalancer2><Frontend><Udp Address="0:4998"/></Frontend><Backend>'
tail='</Backend></LoadBalancer2>'
shapes=(
	"backends" "$head" "<Sipis/>" "$tail"
	"backends of all names" "$head" "<Sipis Name='#'/>" "$tail"
	"backends of one instance" "$head" "<Sipis Name='x1'/>" "$tail"
	"backends of all prefixes" "$head" "<Sipis SelectorPrefix='#'/>" "$tail"
	"backends of all names and prefixes" "$head" "<Sipis Name='#' SelectorPrefix='#'/>" "$tail"
	"backends of all apps" "$head" "<Sipis AppIdPrefix='#'/>" "$tail"
	"backends of all names, apps and prefixes" "$head" "<Sipis Name='#' AppIdPrefix='#' SelectorPrefix='#'/>" "$tail"
	"backends of long prefixes" "$head" "<Sipis SelectorPrefix='0000000000000000000000000000000000000000'/>" "$tail"
	"backends with a wrong prefix" "$head" "<Sipis SelectorPrefix='x'/>" "$tail"
	"backends with a wrong address" "$head" "<Sipis Address='#'/>" "$tail"
	"frontends" "<LoadBalancer2><Frontend>" "<Udp Address='0:#'/>" "</Frontend><Backend><Sipis/></Backend></LoadBalancer2>"
	"frontends of one port" "<LoadBalancer2><Frontend>" "<Udp Address='1.2.3.4:14998'/>" "</Frontend><Backend><Sipis/></Backend></LoadBalancer2>"
)
slowest=0
for ((i = 0; i < ${#shapes[@]}; i += 4)); do
	new_tree
	echo "<Sipis><Server Name='x1' Port='14998' $yes/></Sipis>" >"$root$CONFDIR/Settings1.xml"
	echo "<Sipis><Server Name='x2' Port='14988' $yes/></Sipis>" >"$root$CONFDIR/Settings2.xml"
	fit "${shapes[@]:i+1:3}" >"$root$LOADBALANCER_SETTINGS"
	cost 20 512 "${shapes[i]}" 1
done

# App IDs that begin with each other, and selectors too: as many steps as fit
new_tree
echo "<Sipis><Server Name='x1' Port='14998' $yes/></Sipis>" >"$root$CONFDIR/Settings1.xml"
echo "<Sipis><Server Name='x2' Port='14988' $yes/></Sipis>" >"$root$CONFDIR/Settings2.xml"
awk -v head="$head" -v tail="$tail" -v size=$((max - 1000)) 'BEGIN {
	printf "%s", head
	for (id = "a"; size > 0; id = id "a") {
		piece = sprintf("<Sipis Name=\"%d\" AppIdPrefix=\"%s\" SelectorPrefix=\"%s\"/>", length(id), id, substr("0123456789012345678901234567890123456789", 1, length(id) % 40))
		size -= length(piece); if (size > 0) printf "%s", piece
	}
	print tail }' >"$root$LOADBALANCER_SETTINGS"
cost 20 512 "backends whose apps begin with each other" 1
echo "# the slowest load balancer's file of 1 MiB: $slowest ms"

# --- 10,000 files ---------------------------------------------------------------------------------------------

# Each with values of its own; a backend names each, and 16,384 prefixes divide all selectors.
new_tree
awk -v to="$root$CONFDIR/Settings" -v yes="$yes" 'BEGIN {
	for (i = 1; i <= 10000; i++) {
		file = to i ".xml"
		printf "<Sipis><Server Name=\"x%d\" Port=\"%d\" Realm=\"r\" %s/><HttpServer Port=\"%d\"/>", i, i + 10000, yes, i + 30000 >file
		printf "<Lock FileName=\"/run/sipis/%d.lock\"/><Log FileName=\"/var/log/sipis/%d.log\"/></Sipis>\n", i, i >file
		close(file)
	}
}'
awk -v head="$head" -v tail="$tail" 'BEGIN {
	printf "%s", head
	for (i = 0; i < 16384; i++) printf "<Sipis Name=\"x%d\" SelectorPrefix=\"%04X/14\"/>", i % 10000 + 1, i * 4
	print tail }' >"$root$LOADBALANCER_SETTINGS"
cost 20 512 "10,000 settings files" 0
is "10,000 settings files: each has its link and its drop-in" "10000 10001" \
	"$(find "$work/units/sipis.service.wants" -type l | wc -l) $(find "$work/units" -name 50-sipis-generator.conf -size +0 | wc -l)"

# All the same, so that each clashes with the first in everything.
for file in "$root$CONFDIR"/*; do echo "<Sipis><Server Name='x' Port='5'/></Sipis>" >"$file"; done
rm -rf "$work/units" && mkdir "$work/units"
cost 20 512 "10,000 settings files that clash" 1
is "10,000 settings files that clash: all but the first are told" 9999 "$(grep -c 'duplicate-name' "$work/said")"

new_tree
(cd "$root$CONFDIR" && seq -f 'Settings%g.xml' 10000 | xargs mkdir)
cost 20 512 "10,000 directories of such names" 1
is "10,000 directories of such names: each is told" 10000 "$(grep -c 'file-not-regular' "$work/said")"

# --- 64 MiB ---------------------------------------------------------------------------------------------------

new_tree
fit "$server" "<a b='&amp;'>&lt;</a>" "$end" >"$work/large"
truncate -s "$max" "$work/large" && sed -i 's/\x00/ /g' "$work/large"
for i in {1..70}; do ln "$work/large" "$root$CONFDIR/Settings$i.xml"; done
cost 30 512 "70 settings files of 1 MiB" 1
is "70 settings files of 1 MiB: six are too many" 6 "$(grep -c 'over 64 MiB' "$work/said")"
done_testing

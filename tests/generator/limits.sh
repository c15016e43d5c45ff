#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The largest and the worst that sipis-generator can be given, each with a bound of time and memory that only what
# grows faster than its input can break. What it took is printed, and is no part of a test.
. "$(dirname "$0")/../lib.sh"
: "${GENERATOR:?}" "${SIPISCTL:?}" "${CONFDIR:?}" "${LOADBALANCER_SETTINGS:?}" "${COST:?}"

make_work sipis-limits 160
max=$((1024 * 1024))

# new_root: leaves root, an installation without any file
new_root() {
	new_tree root
	root=$tree
	rm -rf "$work/units"
	mkdir "$work/units"
}

# cost SECONDS MIB NAME CODES: the generator on the tree, which has these errors; leaves said in a file. That there was no
# memory is none of them.
slowest=0
cost() { cost_of error "$@" "$GENERATOR" --root="$root" "$work/units"; }

# cost_of_check SECONDS MIB NAME CODES: the same for sipisctl check, and with these warnings
cost_of_check() { cost_of '(error|warning)' "$@" "$SIPISCTL" --root="$root" check; }

# cost_of SEVERITY SECONDS MIB NAME CODES COMMAND...
cost_of() {
	local status took mib codes severity=$1
	shift
	"$COST" "$1" "$2" "$work/cost" "${@:5}" >"$work/said" 2>&1
	status=$?
	read -r took mib <"$work/cost"
	# 100,000 lines: awk takes a fiftieth of the time of sed and sort
	codes=$(LC_ALL=C awk -F '[][]' -v severity=": $severity: " '
		/^(sipis-generator|sipisctl): / { said[$0] }
		$0 ~ severity && /\[[a-z-]*\]$/ { said[$(NF - 1)] }
		END { for (text in said) print text }' "$work/said" | sort | paste -sd ' ')
	# warnings alone are no failure
	is "$3: within $1 s of a processor and $2 MiB" "$([ -n "$4" ] && [ "$severity" = error ] && echo 1 || echo 0) $4" "$status $codes"
	echo "# $3: ${took:-?} ms, ${mib:-?} MiB"
	[ "${took:-0}" -le "$slowest" ] || slowest=$took
}

# repeat TEXT SIZE: as often as that fits into so many bytes; each # in it counts
repeat() {
	LC_ALL=C awk -v text="$1" -v size="$2" 'BEGIN {
		if (text == "") exit 1
		parts = split(text, part, "#")
		for (n = 0; parts > 1; n++) {
			piece = part[1]
			for (k = 2; k <= parts; k++) piece = piece n part[k]
			if ((size -= length(piece)) < 0) exit
			printf "%s", piece
		}
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
	"a comment" "$server<!--" "x" "-->$end" ""
	"a comment of newlines" "$server<!--" $'\n' "-->$end" ""
	"many comments" "$server" "<!---->" "$end" ""
	"a processing instruction" "$server<?x " "?" "?>$end" ""
	"many processing instructions" "$server" "<?x?>" "$end" ""
	"text" "$server" "x" "$end" ""
	"newlines" "$server" $'\n' "$end" ""
	"returns" "$server" $'\r' "$end" ""
	"ampersands" "$server" "&amp;" "$end" ""
	"references" "$server" "&amp;&lt;" "$end" ""
	"characters of four bytes" "$server" "😀" "$end" ""
	"a CDATA section" "$server<![CDATA[" "]" " ]]>$end" ""
	"many CDATA sections" "$server" "<![CDATA[]]>" "$end" ""
	"an attribute" "$server<a b='" "x" "'/>$end" ""
	"an attribute of ampersands" "$server<a b='" "&amp;" "'/>$end" ""
	"an attribute of newlines" "$server<a b='" $'\n' "'/>$end" ""
	"an attribute of quotes" "$server<a b='" '"' "'/>$end" ""
	"a name" "<Sipis><Server Port='14998' Name='" "x" "'/>$end" "bad-name"
	"a name of ampersands" "<Sipis><Server Port='14998' Name='" "&amp;" "'/>$end" "bad-name"
	"a name of controls" "<Sipis><Server Port='14998' Name='" $'\t' "'/>$end" "bad-name"
	"a path" "$server<Lock FileName='/" "x/" "x'/>$end" "bad-path"
	"a path of slashes" "$server<Lock FileName='/" "/." "/x'/>$end" "bad-path"
	"a pattern of paths" "$server<Log FileName='/var/log/sipis/x' InstanceFileName='/" "%/ " "x'/>$end" ""
	"an address" "<Sipis><Server Name='x' Port='14998' Address='" "1." "'/>$end" "bad-address"
	"a port" "<Sipis><Server Name='x' Port='" "1" "'/>$end" "bad-port"
	"attributes of an element" "$server<a" " b#=''" "/>$end" "xml-syntax"
	"attributes of many elements" "$server" "<a b='' c='' d='' e='' f='' g='' h=''/>" "$end" ""
	"namespaces" "$server" "<a xmlns='#'/>" "$end" "xml-syntax"
	"namespaces of an element" "$server<a" " xmlns:b#=''" "/>$end" "xml-syntax"
	"elements" "$server" "<a/>" "$end" ""
	"elements with names of their own" "$server" "<a#/>" "$end" ""
	"an element's name" "$server<" "x" "/>$end" "xml-syntax"
	"elements of the server's name" "$server" "<Server/>" "$end" "repeated-element"
	"elements of the lock's name, deeper" "$server<a>" "<Lock/>" "</a>$end" ""
	"elements in each other" "$server" "<a>" "" "xml-syntax"
	"ends without a beginning" "$server" "</a>" "$end" "xml-syntax"
	"open brackets" "$server" "<" "" "xml-syntax"
	"closing brackets" "$server" ">" "$end" ""
	"a tag that does not end" "$server<a" " " "" "xml-syntax"
	"a value that does not end" "$server<a b='" ">" "" "xml-syntax"
	"doctypes that are none" "$server<!--" "<!DOCTYPE " "-->$end" ""
	"beginnings of comments" "$server" "<!-" "" "xml-syntax"
	"a declaration" "<?xml version='1.0'" " " "?>$server$end" ""
	"blanks before" "" " " "$server$end" ""
	"blanks behind" "$server$end" " " "" ""
	"comments behind" "$server$end" "<!---->" "" ""
	"one quote" "$server<a b=" "'" "/>$end" "xml-syntax"
)
for ((i = 0; i < ${#shapes[@]}; i += 5)); do
	new_root
	fit "${shapes[@]:i+1:3}" >"$root$CONFDIR/Settings1.xml"
	cost 5 256 "${shapes[i]}" "${shapes[i + 4]}"
done
echo "# the slowest settings file of 1 MiB: $slowest ms"

# --- the load balancer's of 1 MiB, for two instances ------------------------------------------------------------

yes='FilterInstancesAccordingToLoadBalancer2BackendSection="Yes"'
head='<LoadBalancer2><Frontend><Udp Address="0:4998"/></Frontend><Backend>'
tail='</Backend></LoadBalancer2>'

# two_instances: leaves root, with nothing wrong but what the load balancer's settings will say
two_instances() {
	local i
	new_root
	for i in 1 2; do
		echo "<Sipis><Server Name='x$i' Port='149$((10 - i))8' $yes/><HttpServer Port='500$i'/>
			<Lock FileName='/run/sipis/$i.lock'/><Log FileName='/var/log/sipis/$i.log'/></Sipis>" >"$root$CONFDIR/Settings$i.xml"
	done
}

shapes=(
	"backends" "$head" "<Sipis/>" "$tail" "shadowed-backend"
	"backends of all names" "$head" "<Sipis Name='#'/>" "$tail" "dangling-backend shadowed-backend"
	"backends of one instance" "$head" "<Sipis Name='x1'/>" "$tail" "not-in-backend shadowed-backend"
	"backends of all prefixes" "$head" "<Sipis SelectorPrefix='#'/>" "$tail" "prefix-gap shadowed-backend"
	"backends of all names and prefixes" "$head" "<Sipis Name='#' SelectorPrefix='#'/>" "$tail" "dangling-backend prefix-gap shadowed-backend"
	"backends of all apps" "$head" "<Sipis AppIdPrefix='#'/>" "$tail" "prefix-gap shadowed-backend"
	"backends of all names, apps and prefixes" "$head" "<Sipis Name='#' AppIdPrefix='#' SelectorPrefix='#'/>" "$tail" "dangling-backend prefix-gap shadowed-backend"
	"backends of long prefixes" "$head" "<Sipis SelectorPrefix='0000000000000000000000000000000000000000'/>" "$tail" "prefix-gap shadowed-backend"
	"backends with a wrong prefix" "$head" "<Sipis SelectorPrefix='x'/>" "$tail" "bad-prefix"
	"backends of one address" "$head" "<Sipis Name='#' AppIdPrefix='#' Address='h:1'/>" "$tail" "duplicate-address prefix-gap shadowed-backend"
	"backends at other ports" "$head" "<Sipis Name='x1' AppIdPrefix='#' Address='h:#1'/>" "$tail" "address-mismatch bad-address not-in-backend prefix-gap shadowed-backend"
	"backends without a name" "$head" "<Sipis AppIdPrefix='#'/>" "$tail" "prefix-gap shadowed-backend"
	"backends with a wrong address" "$head" "<Sipis Address='#'/>" "$tail" "bad-address shadowed-backend"
	"frontends" "<LoadBalancer2><Frontend>" "<Udp Address='0:#'/>" "</Frontend><Backend><Sipis/></Backend></LoadBalancer2>" "bad-address duplicate-port"
	"frontends of one port" "<LoadBalancer2><Frontend>" "<Udp Address='1.2.3.4:14998'/>" "</Frontend><Backend><Sipis/></Backend></LoadBalancer2>" "duplicate-port"
)
slowest=0
for ((i = 0; i < ${#shapes[@]}; i += 5)); do
	two_instances
	fit "${shapes[@]:i+1:3}" >"$root$LOADBALANCER_SETTINGS"
	cost 20 512 "${shapes[i]}" "${shapes[i + 4]}"
done

# App IDs that begin with each other, and selectors too: as many steps as fit
two_instances
awk -v head="$head" -v tail="$tail" -v size=$((max - 1000)) 'BEGIN {
	printf "%s", head
	for (id = "a"; size > 0; id = id "a") {
		piece = sprintf("<Sipis Name=\"%d\" AppIdPrefix=\"%s\" SelectorPrefix=\"%s\"/>", length(id), id, substr("0123456789012345678901234567890123456789", 1, length(id) % 40))
		size -= length(piece); if (size > 0) printf "%s", piece
	}
	print tail }' >"$root$LOADBALANCER_SETTINGS"
cost 20 512 "backends whose apps begin with each other" "dangling-backend prefix-gap shadowed-backend"
echo "# the slowest load balancer's file of 1 MiB: $slowest ms"

# --- 10,000 files ---------------------------------------------------------------------------------------------

# Each with values of its own; a backend names each, and 16,384 prefixes divide all selectors.
new_root
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
cost 20 512 "10,000 settings files" ""
is "10,000 settings files: each has its link and its drop-in" "10000 10001" \
	"$(find "$work/units/sipis.service.wants" -type l | wc -l) $(find "$work/units" -name 50-sipis-generator.conf -size +0 | wc -l)"

# No backend names any, and each has nearly the name of one: only so many names are compared.
sed -i 's/Name="x/Name="X0/g' "$root$LOADBALANCER_SETTINGS"
rm -rf "$work/units" && mkdir "$work/units"
cost 20 512 "10,000 settings files with nearly the names of backends" "dangling-backend"
is "10,000 settings files with nearly the names of backends: each backend is reported" 16384 "$(grep -c 'dangling-backend' "$work/said")"

# Each clashes with the first in all but its HTTP port.
i=0
for file in "$root$CONFDIR"/*; do
	echo "<Sipis><Server Name='x' Port='5'/><HttpServer Port='$((++i + 100))'/></Sipis>" >"$file"
done
rm -rf "$work/units" && mkdir "$work/units"
cost 20 512 "10,000 settings files that clash" "dangling-backend duplicate-name duplicate-path duplicate-port"
is "10,000 settings files that clash: all but the first are reported" 9999 "$(grep -c 'duplicate-name' "$work/said")"

for file in "$root$CONFDIR"/*; do echo "<Sipis><Server Name='x' Port='5'/></Sipis>" >"$file"; done
rm -rf "$work/units" && mkdir "$work/units"
cost 20 512 "10,000 copies of a settings file" "copied-settings dangling-backend"
is "10,000 copies of a settings file: each is one error" "9999 9999" "$(grep -c 'copied-settings' "$work/said") $(grep -v dangling-backend "$work/said" | grep -c ': error: ')"

new_root
(cd "$root$CONFDIR" && seq -f 'Settings%g.xml' 10000 | xargs mkdir)
cost 20 512 "10,000 directories of such names" file-not-regular
is "10,000 directories of such names: each is told" 10000 "$(grep -c 'file-not-regular' "$work/said")"

new_root
(cd "$root$CONFDIR" && seq -f 'settings%g.XML' 10000 | xargs touch && echo "$server$end" >Settings1.xml)
cost_of_check 20 512 "10,000 names that are nearly those of settings files" "ignored-file left-to-default"

# --- the content of two files of 1 MiB that differ at their end -------------------------------------------------

shapes=(
	"elements" "<a/>"
	"elements with names" "<a#/>"
	"attributes" "<a b='' c='' d='' e='' f='' g='' h=''/>"
	"references" "<a b='&amp;&gt;'>&lt;</a>"
	"sections" "<![CDATA[x]]><!-- -->"
	"text" "x"
	"newlines" $'\n'
	"deep elements" "$(printf '<a>%.0s' {1..190})$(printf '</a>%.0s' {1..190})"
)
filter="FilterInstancesAccordingToLoadBalancer2BackendSection='Yes'"
for ((i = 0; i < ${#shapes[@]}; i += 2)); do
	new_root
	echo "<LoadBalancer2><Backend><Sipis Name='x1' SelectorPrefix='0/1'/><Sipis Name='x2' SelectorPrefix='8/1'/></Backend></LoadBalancer2>" \
		>"$root$LOADBALANCER_SETTINGS"
	for name in 1 2; do
		fit "<Sipis><Server Name='x$name' Port='1$name' Realm='x' $filter/><HttpServer Port='2$name'/><Lock FileName='/l$name'/><Log FileName='/o$name'/>" \
			"${shapes[i + 1]}" "<z y='$name'/>$end" >"$root$CONFDIR/Settings$name.xml"
	done
	cost_of_check 10 512 "${shapes[i]} in two files that differ at the end" "settings-differ"
done

# --- 64 MiB ---------------------------------------------------------------------------------------------------

new_root
fit "$server" "<a b='&amp;'>&lt;</a>" "$end" >"$work/large"
truncate -s "$max" "$work/large" && sed -i 's/\x00/ /g' "$work/large"
for i in {1..70}; do ln "$work/large" "$root$CONFDIR/Settings$i.xml"; done
cost 30 512 "70 settings files of 1 MiB" "copied-settings file-too-large"
is "70 settings files of 1 MiB: six are too many" 6 "$(grep -c 'over 64 MiB' "$work/said")"
done_testing

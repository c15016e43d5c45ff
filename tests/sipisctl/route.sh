#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl route: who serves a selector, or how many of a list each serves.
. "$(dirname "$0")/../lib.sh"
: "${SIPISCTL:?}"

work=$(mktemp -d "${TMPDIR:-/tmp}/sipisctl-route.XXXXXX")
trap 'rm -rf "$work"' EXIT
# instance INSTANCE NAME: write a settings file of $tree with this Server[Name] and unused ports
port=10000
instance() {
	port=$((port + 2))
	settings "$1" "$2" $port $((port + 1)) "$1" "$filter"
}

zeros=0000000000000000000000000000000000000000
efs=FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF

# --- selectors -------------------------------------------------------------------------------------------------

run --root="$good" route $zeros 7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF $efs
is "SELECTOR INSTANCE NAME PREFIX a line, in the order of the arguments" "0 $zeros 1 Sipis1 0/2
7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF 2 Sipis2 4/2
$efs 4 Sipis4 C/2" "$status $stdout$stderr"
for selector in abcdefabcdefabcdefabcdefabcdefabcdefabcd ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCD aBcDeFaBcDeFaBcDeFaBcDeFaBcDeFaBcDeFaBcD; do
	run --root="$good" route $selector
	is "any case is read, and printed as it was given: $selector" "0 $selector 3 Sipis3 8/2" "$status $stdout$stderr"
done
for suffix in :7C3A0D14 0 FF Z - _x '!' é; do
	run --root="$good" route "$efs$suffix"
	is "whatever suffix follows 40 digits: $suffix" "0 $efs$suffix 4 Sipis4 C/2" "$status $stdout$stderr"
done
run --root="$good" route 12869E0E5D1B9A7C3F20416A2A0011223344FFEE:7C3A0D14
is "a selector as it is seen in public" "0 12869E0E5D1B9A7C3F20416A2A0011223344FFEE:7C3A0D14 1 Sipis1 0/2" "$status $stdout"
for selector in 4 7 4a 7FFFFFFF 7fffffffffffffffffffffffffffffffffffff 7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF; do
	run --root="$good" route $selector
	is "fewer digits, all with one backend: $selector" "0 $selector 2 Sipis2 4/2" "$status $stdout$stderr"
done
selector_is="a selector: 40 hexadecimal digits and any suffix, or fewer digits"
for selector in '' x 4x 4: 4/2 ' 4' '4 ' 0x4 -- "${zeros:1}:7C3A0D14" "${zeros:1}g" é $'\xff'; do
	run --root="$good" route -- "$selector"
	is "no selector: $(printf %q "$selector") is wrong usage, said with what one is" \
		"2 sipisctl: \"${selector/$'\xff'/\\xff}\" is not $selector_is" "$status$stdout $stderr"
done
run --root="$good" route 4 zz C
is "one that is no selector does not cost the others" $'2 4 2 Sipis2 4/2\nC 4 Sipis4 C/2' "$status $stdout"
run --root="$good" route $'zz\e[31m'
is "nor is it shown raw" "sipisctl: \"zz\x1b[31m\" is not $selector_is" "$stderr"
run --root="$good" route "$efs"$'\e[31m\n'
is "a suffix is never shown raw" "$efs\\x1b[31m\\n 4 Sipis4 C/2" "$stdout"
run route $zeros --root="$good"
is "options stand behind the selectors too" "0 $zeros 1 Sipis1 0/2" "$status $stdout"

# --- who serves ------------------------------------------------------------------------------------------------

# Prefixes nested, of no round length, twice the same name, in the vendor's notation without bits.
new_tree odd
instance 1 One
instance -eu Two
instance '' Three
backends 'SelectorPrefix="00" Name="One"' 'Name="Far" SelectorPrefix="08/6" Address="10.0.0.9:14998"' \
	'Address="" SelectorPrefix="0/3" Name="Two"' 'SelectorPrefix="F8/5" Name="One"' \
	"SelectorPrefix=\"$efs\" Name=\"Two\"" 'SelectorPrefix="c" Name="Three"' \
	'SelectorPrefix="E" Address="far.example.com:1"' 'SelectorPrefix="D" Name="Afar" Address="far.example.com:2"'
while read -r selector expected; do
	run --root="$tree" route "$selector"
	is "the first that matches in the order of the document: $selector" "0 $selector $expected" "$status $stdout$stderr"
done <<-END
	00 1 One 00/8
	${zeros} 1 One 00/8
	00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF 1 One 00/8
	01 -eu Two 0/3
	0100000000000000000000000000000000000000 -eu Two 0/3
	1 -eu Two 0/3
	08 - Far 08/6
	0BFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF - Far 08/6
	0C -eu Two 0/3
	FF 1 One F8/5
	${efs} 1 One F8/5
	C default Three C/4
	E - - E/4
	D - Afar D/4
END
run --root="$tree" route 2
is "served by nobody: exit status 1, and - for what there is not" "1 2 - - -" "$status $stdout$stderr"
run --root="$tree" route 2 1
is "one that nobody serves is enough for exit status 1" $'1 2 - - -\n1 -eu Two 0/3' "$status $stdout"
capture ctl --root="$tree" route < <(printf '1\0x\n')
is "a selector with a NUL is shown with it" '1 sipisctl: line 1: "1\x00..." is not a selector: 40 hexadecimal digits and any suffix, or fewer digits' \
	"$status$stdout $stderr"
run --root="$tree" --json --raw route --count 1
is "JSON and raw: it is JSON" '0 {' "$status $(head -n 1 <<<"$stdout")"
for selector in 0 F; do
	run --root="$tree" route $selector
	is "fewer digits, not all with one backend: $selector is exit status 1, said with what to do" \
		"1 sipisctl: \"$selector\" is not served by a single backend: give more digits" "$status$stdout $stderr"
done
run --root="$tree" route 0 1
is "and does not cost the others" "1 1 -eu Two 0/3" "$status $stdout"
for arguments in "zz 2" "2 zz" "zz 0" "0 zz"; do
	# shellcheck disable=SC2086
	run --root="$tree" route $arguments
	is "wrong usage is exit status 2 wherever it stands: $arguments" 2 "$status"
done

run --root="$here/../golden/fleet/root" route 0 4 8 C
is "a backend of another machine has a name and no instance" "0 0 1 Sipis1 0/2
4 2 Sipis2 4/2
8 - East1 8/2
C - East2 C/2" "$status $stdout$stderr"
run --root="$here/../golden/single-catch-all/root" route $efs 0
is "a backend without name and prefix serves everything" "0 $efs - - /0"$'\n0 - - /0' "$status $stdout$stderr"
run --root="$here/../golden/bad-port/root" route 4
is "without Backend there are no routes: exit status 3, and it is said" \
	"3 sipisctl: the load balancer settings $here/../golden/bad-port/root/etc/acrobits/LoadBalancer2/Settings.xml do not exist: no backend is known" \
	"$status$stdout $stderr"

new_tree refused
instance 1 One
instance 2 Two
backends 'Name="One" SelectorPrefix="0/1"' 'Name="Two" SelectorPrefix="8/1"'
sed -i 's/Port="1/Port="x1/' "$tree/etc/sipis/Settings2.xml"
run --root="$tree" route 8
is "an instance that is refused keeps its selectors" "0 8 2 Two 8/1" "$status $stdout$stderr"
backends 'Name="One" SelectorPrefix="0/1"' 'Name="Two" SelectorPrefix="9/1"' 'Name="One" SelectorPrefix="8/1"'
run --root="$tree" route 8
is "what a bad prefix takes is unknown, and that is said" \
	"0 8 1 One 8/1sipisctl: $balancer has a prefix that is not valid (see sipisctl check), so shares are unknown" \
	"$status $stdout$stderr"
run --root="$tree" list -nr -o INSTANCE,PREFIXES,SHARE
is "list: nor is the share of any instance known" \
	$'0 1 0/1\\x208/1 -\n2 - -'"sipisctl: $balancer has a prefix that is not valid (see sipisctl check), so shares are unknown" \
	"$status $stdout$stderr"

# A backend of this machine whose instance does not exist serves nobody; if that is unknown, it is said.
new_tree dangling
instance 1 One
instance 2 Two
backends 'Name="One" SelectorPrefix="0/2"' 'Name="Two" SelectorPrefix="4/2"' 'Name="Tow" SelectorPrefix="8/2"' \
	'SelectorPrefix="C/3"' 'Name="Far" SelectorPrefix="E/3" Address="far:1"'
run --root="$tree" route 8 C E
is "backends without an instance serve nobody" $'1 8 - Tow 8/2\nC - - C/3\nE - Far E/3' "$status $stdout$stderr"
run --root="$tree" route --count -nr 0 4 8 9 C E
is "--count: nor do they there" $'1 1 One 1 16.67%\n2 Two 1 16.67%\n- Far 1 16.67%\n- - 3 50.00%' "$status $stdout$stderr"
run --root="$tree" map
is "map: nor on the map" "0 - - 8/2 C/3 37.50% nobody" "$status $(sed -n 's/ *[^ ]*$//; /nobody/p' <<<"$stdout" | tr -s ' ')"
echo >"$tree/etc/sipis/Settings2.xml"
for command in "route 8" map; do
	# shellcheck disable=SC2086
	run --root="$tree" $command
	is "$command: which instance it is may be unknown" \
		"0 sipisctl: the Server name of $tree/etc/sipis/Settings2.xml is unknown (see sipisctl check), so a backend without an instance may belong to it" \
		"$status $stderr"
done
run --root="$tree" route 0 C
is "without a Name it can be that of nobody" $'1 0 1 One 0/2\nC - - C/3' "$status $stdout"
new_tree unsplit
instance '' One
backends 'Name="Tow" SelectorPrefix="0/1"' 'SelectorPrefix="8/1"'
run --root="$tree" route 0 8
is "before the first split, a backend without a Name is not dangling" $'1 0 - Tow 0/1\n8 - - 8/1' "$status $stdout$stderr"
new_tree covered
instance 1 One
instance 2 Two
backends 'Name="One" SelectorPrefix="0/1"' 'Name="Two" SelectorPrefix="8/1"' 'Name="Tow" SelectorPrefix="0/2"'
run --root="$tree" map
is "map: a dangling backend that takes nothing changes nothing" "0 0" "$status $(grep -c 'nobody\|earlier backend' <<<"$stdout")"
new_tree hostile
instance 1 'a&#9;&#x202e;b'
instance 2 Two
backends 'Name="a&#9;&#x202e;b" SelectorPrefix="0/1"' 'Name="&#27;" SelectorPrefix="8/1" Address="far:1"'
sed -i 's/&#27;/x\&#x9b;31m/' "$tree/etc/acrobits/LoadBalancer2/Settings.xml"
run --root="$tree" route 8
is "a name is never shown raw" '0 8 - x\xc2\x9b31m 8/1' "$status $stdout"

# --- --app-id ----------------------------------------------------------------------------------------------------

new_tree apps
instance 1 One
instance 2 Two
instance 3 Three
backends 'Name="Two" SelectorPrefix="0/1" AppIdPrefix="com.example"' 'Name="Three" SelectorPrefix="" AppIdPrefix="org."' \
	'Name="One" SelectorPrefix="" AppIdPrefix=""' 'Name="Two" SelectorPrefix="" AppIdPrefix="net."'
while read -r app expected; do
	run --root="$tree" route --app-id="$app" 0
	is "--app-id='$app' is for those backends whose AppIdPrefix it begins with" "0 0 $expected" "$status $stdout$stderr"
done <<-'END'
	com.example 2 Two 0/1
	com.example.softphone 2 Two 0/1
	com.exampl 1 One /0
	xcom.example 1 One /0
	Com.example 1 One /0
	org.example 3 Three /0
	org 1 One /0
	net.example 1 One /0
	com.example* 2 Two 0/1
END
run --root="$tree" route 0
is "without --app-id only an empty AppIdPrefix matches" "0 0 1 One /0" "$status $stdout"
run --root="$tree" route --app-id= 0
is "an empty --app-id is none" "0 0 1 One /0" "$status $stdout"
run --root="$tree" --app-id com.example route 8
is "--app-id and the selector's prefix both decide" "0 8 1 One /0" "$status $stdout"
run --root="$tree" --app-id=com.example route --count 0 8 --raw --noheadings
is "--app-id decides for --count too" $'1 One 1 50.00%\n2 Two 1 50.00%\n3 Three 0 0.00%\n- - 0 0.00%' "$stdout"
run --root="$here/../golden/prefix-gap/root" route C
is "where only one app is served, others are not" "1 C - - -" "$status $stdout"
run --root="$here/../golden/prefix-gap/root" route C --app-id=com.example
is "and that app is" "0 C 4 Sipis4 C/2" "$status $stdout"

# --- standard input ------------------------------------------------------------------------------------------------

expected="$zeros:7C3A0D14 1 Sipis1 0/2
4 2 Sipis2 4/2
c 4 Sipis4 C/2"
capture ctl --root="$good" route <<<"$zeros:7C3A0D14"$'\n4\nc'
is "without argument selectors are read from standard input, one a line" "0 $expected" "$status $stdout$stderr"
capture ctl --root="$good" route < <(printf '%s:7C3A0D14\r\n4\r\nc\r\n' $zeros)
is "lines may end in CRLF" "0 $expected" "$status $stdout$stderr"
capture ctl --root="$good" route < <(printf '%s:7C3A0D14\n4\nc' $zeros)
is "the last line may have no end" "0 $expected" "$status $stdout$stderr"
capture ctl --root="$good" route < <(printf '\n%s:7C3A0D14\n\n4\n\r\nc\n\n' $zeros)
is "empty lines are none" "0 $expected" "$status $stdout$stderr"
run --root="$good" route
is "no line at all is good" "0 " "$status $stdout$stderr"
capture ctl --root="$good" route < <(printf '4\nnobody\n%s:7C3A0D14\nC0:12\nc\n' $zeros)
is "a bad line is exit status 1" 1 "$status"
is "a bad line does not cost the others" $'4 2 Sipis2 4/2\n'"$zeros:7C3A0D14 1 Sipis1 0/2"$'\nc 4 Sipis4 C/2' "$stdout"
is "a bad line is named by its number" "sipisctl: line 2: \"nobody\" is not $selector_is
sipisctl: line 4: \"C0:12\" is not $selector_is" "$stderr"
capture ctl --root="$good" route < <(printf '4\n\nselector\n')
is "empty lines are counted" "sipisctl: line 3: \"selector\" is not $selector_is" "$stderr"
capture ctl --root="$good" route < <(printf '4\0zz\n')
is "a line with a NUL byte in fewer than 40 digits is bad" "1 " "$status $stdout"
capture ctl --root="$good" route < <(printf '%s\e[31m\xff\n\e[31m\n' $zeros)
is "what a line holds is never shown raw" "1 $zeros\\x1b[31m\\xff 1 Sipis1 0/2 sipisctl: line 2: \"\x1b[31m\" is not $selector_is" \
	"$status $stdout $stderr"
capture ctl --root="$good" route < <(printf '%s' $zeros; head -c 1000000 /dev/zero | tr '\0' x; printf '\n4\n')
is "a line of a megabyte is a line" "0 2 4 2 Sipis2 4/2" "$status $(wc -l <<<"$stdout") $(tail -n 1 <<<"$stdout")"
capture ctl --root="$good" route 4 < <(printf 'c\n')
is "with an argument standard input is not read" "0 4 2 Sipis2 4/2" "$status $stdout"
capture ctl --root="$good" route <"$work"
is "a standard input that can't be read is exit status 3, and said" "3 yes" "$status$stdout $([ -n "$stderr" ] && echo yes)"

# --- --count -----------------------------------------------------------------------------------------------------------

# Ones serves 3, Two 2, of another machine 2 and 1; nobody 2; two lines are bad.
new_tree count
instance 1 One
instance 2 Two
instance 3 Three
backends 'Name="One" SelectorPrefix="0"' 'Name="Two" SelectorPrefix="1"' 'Name="One" SelectorPrefix="2"' \
	'Name="Far" SelectorPrefix="4" Address="10.0.0.9:1"' 'Name="Far" SelectorPrefix="5" Address="10.0.0.9:1"' \
	'Name="Three" SelectorPrefix="01"'
selectors=$'00\n0a\n2\n1:\n10\n11\n4\n5\nF0\nE\nzz'
capture ctl --root="$tree" route --count <<<"$selectors"
is "--count: a table with headings" 'INSTANCE NAME ACCOUNTS SHARE' "$(head -n 1 <<<"$stdout" | tr -s ' ')"
is "--count: one that nobody serves is exit status 1, bad lines are said" "1 2" "$status $(wc -l <<<"$stderr")"
capture ctl --root="$tree" route --count --raw --noheadings <<<"$selectors"
is "--count: every instance in order, several prefixes in one row" $'1 One 3 33.33%\n2 Two 2 22.22%\n3 Three 0 0.00%' \
	"$(head -n 3 <<<"$stdout")"
is "--count: a backend of another machine has a row by its name, whatever prefixes it has" "- Far 2 22.22%" "$(grep Far <<<"$stdout")"
is "--count: the last row is what nobody serves" "- - 2 22.22%" "$(tail -n 1 <<<"$stdout")"
capture ctl --root="$good" route --count --noheadings --raw < <(printf '%s\r\n' 0 $zeros $efs C0 7 80)
is "--count: all are served: exit status 0, and a last row of none" \
	$'0 1 Sipis1 2 33.33%\n2 Sipis2 1 16.67%\n3 Sipis3 1 16.67%\n4 Sipis4 2 33.33%\n- - 0 0.00%' "$status $stdout$stderr"
run --root="$good" route --count --noheadings --raw
is "--count: no accounts are no share" $'0 1 Sipis1 0 0.00%\n2 Sipis2 0 0.00%\n3 Sipis3 0 0.00%\n4 Sipis4 0 0.00%\n- - 0 0.00%' "$status $stdout$stderr"
run --root="$good" route --count 0 4 4 --noheadings --raw
is "--count: of arguments too, the same one twice is two" $'1 Sipis1 1 33.33%\n2 Sipis2 2 66.67%' "$(head -n 2 <<<"$stdout")"
capture ctl --root="$good" route --count < <(printf '%s\n' 0 4 8 C)
is "--count: on a screen, numbers to the right" "INSTANCE NAME   ACCOUNTS  SHARE
1        Sipis1        1 25.00%
2        Sipis2        1 25.00%
3        Sipis3        1 25.00%
4        Sipis4        1 25.00%
-        -             0  0.00%" "$stdout"

# --- JSON ----------------------------------------------------------------------------------------------------------------

check_json() {
	run --root="$good" --json route 4 C
	is "JSON: exit status 0" "0 " "$status $stderr"
	json "JSON: the routes" '. == {routes: [{selector: "4", instance: "2", name: "Sipis2", prefix: "4/2"},
		{selector: "C", instance: "4", name: "Sipis4", prefix: "C/2"}]}'
	run --root="$work/odd" route --json 2 E 08 1 C
	is "JSON: one that nobody serves is exit status 1" "1 " "$status $stderr"
	json "JSON: what there is not is null" '[.routes[] | [.instance, .name, .prefix]] ==
		[[null, null, null], [null, null, "E/4"], [null, "Far", "08/6"], ["-eu", "Two", "0/3"], ["default", "Three", "C/4"]]'
	run --root="$good" route --json
	json "JSON: no selector is an empty array" '. == {routes: []}'
	capture ctl --root="$good" route --json < <(printf '4\nzz\n')
	is "JSON: a bad line is said on standard error, exit status 1" "1 sipisctl: line 2: \"zz\" is not $selector_is" "$status $stderr"
	json "JSON: and is no route" '.routes | length == 1'
	run --root="$good" route --json "$efs"$'"\\\e\xff\n'
	is "JSON is UTF-8 whatever a selector is" 0 "$(iconv -f UTF-8 -t UTF-8 <<<"$stdout" >/dev/null 2>&1; echo $?)"
	json_is "JSON: quotes and backslashes are themselves, other bytes and controls are escaped" "$efs\"\\\\x1b\\xff\\n" \
		'.routes[0].selector'
	capture ctl --root="$work/count" --json --count route <<<"$selectors"
	is "JSON --count: exit status 1" 1 "$status"
	json "JSON --count: accounts and shares are numbers" \
		'[.routes[] | (.accounts | type), (.share | type)] | unique == ["number"]'
	json "JSON --count: keys are the columns" '[.routes[] | keys] | unique == [["accounts", "instance", "name", "share"]]'
	json "JSON --count: the rows" '[.routes[] | select(.instance)] == [{instance: "1", name: "One", accounts: 3, share: 33.33},
		{instance: "2", name: "Two", accounts: 2, share: 22.22}, {instance: "3", name: "Three", accounts: 0, share: 0}]'
	json "JSON --count: the last is what nobody serves" '.routes[-1] == {instance: null, name: null, accounts: 2, share: 22.22}'
	json "JSON --count: every account is in one row" '[.routes[].accounts] | add == 9'
	capture ctl --root="$good" --json --count route < <(yes 4 | head -n 3)
	json "JSON --count: all of them are 100" '.routes[1].share == 100'
}

check_json

# --- where there is nothing to route by ------------------------------------------------------------------------------------

for case in single-process load-balancer-syntax load-balancer-missing load-balancer-root; do
	case $case in
	load-balancer-syntax | load-balancer-root) fault="cannot be used (see sipisctl check)" ;;
	*) fault="do not exist" ;;
	esac
	for arguments in "4" "--count 4" "--json 4"; do
		# shellcheck disable=SC2086
		run --root="$here/../golden/$case/root" route $arguments
		is "no load balancer settings that can be used: $case, $arguments is exit status 3, and said" \
			"3 sipisctl: the load balancer settings /etc/acrobits/LoadBalancer2/Settings.xml $fault: no backend is known" \
			"$status$stdout ${stderr/"$here/../golden/$case/root"/}"
	done
done
new_tree balancer
backends 'Name="East" SelectorPrefix="0/1" Address="10.0.0.1:1"' 'Name="West" SelectorPrefix="8/1" Address="10.0.0.2:1"'
run --root="$tree" route 0 8
is "a machine that only balances has routes too" $'0 0 - East 0/1\n8 - West 8/1' "$status $stdout$stderr"
rmdir "$tree/etc/sipis"
run --root="$tree" route 0 8
is "and without a settings directory" $'0 0 - East 0/1\n8 - West 8/1' "$status $stdout$stderr"
if [ -c /dev/full ]; then
	for arguments in "4" "--count 4" "--json 4" "--help"; do
		# shellcheck disable=SC2086
		stderr=$(ctl --root="$good" route $arguments 2>&1 >/dev/full </dev/null)
		is "a standard output that is full: $arguments is exit status 3, and said" \
			"3 sipisctl: standard output: No space left on device" "$? $stderr"
	done
fi

# --- against a naive first match ----------------------------------------------------------------------------------------------

# A tree with nested and odd prefixes, some of them for some apps, some of other machines. Numbers come
# from a generator of our own, so that they are the same with every awk.
new_tree random
for i in 1 2 3 4 5; do instance "$i" "Name$i"; done
awk '
	function next_number(below) { seed = (seed * 16807) % 2147483647; return int(seed / 2147483647 * below) }
	# HEX/BITS of the first digits of a text of 40
	function prefix_of(digits, bits,    n, kept, value, unit) {
		n = int((bits + 3) / 4)
		value = index("0123456789ABCDEF", substr(digits, n, 1)) - 1
		unit = 2 ^ (4 * n - bits)
		kept = substr("0123456789ABCDEF", int(value / unit) * unit + 1, 1)
		return substr(digits, 1, n - 1) (n ? kept : "") (bits % 4 || next_number(2) ? "/" bits : "")
	}
	function digits_of_random(    i, text) {
		for (i = 0; i < 40; i++) text = text substr("0123456789ABCDEF", next_number(16) + 1, 1)
		return text
	}
	BEGIN {
		seed = 20240229
		split("1 2 3 4 5 6 7 8 9 11 12 13 16 17 21 33 64 79 127 159 160", lengths, " ")
		split("|||com.|com.example|org", apps, "|")
		base = digits_of_random()
		for (i = 1; i <= 90; i++) {
			# nested: most share the first digits of one another
			if (i % 5 == 0) base = digits_of_random()
			digits = substr(base, 1, next_number(7)) digits_of_random()
			bits = lengths[1 + (i < 45 ? 5 + next_number(16) : next_number(11))]
			if (bits > 60) digits = base
			app = apps[1 + next_number(6)]
			name = next_number(8) + 1
			printf "Name=\"%s\" SelectorPrefix=\"%s\"%s%s\n", (name > 5 ? "Far" : "Name") name, prefix_of(digits, bits), \
				(app == "" ? "" : " AppIdPrefix=\"" app "\""), (name > 5 ? " Address=\"10.0.0." name ":1\"" : "")
		}
	}' >"$work/backends"
mapfile -t elements <"$work/backends"
backends "${elements[@]}"
section=$tree/etc/acrobits/LoadBalancer2/Settings.xml

# 2,000 selectors: half of them at random, half below or beside a prefix of the section.
awk '
	function next_number(below) { seed = (seed * 16807) % 2147483647; return int(seed / 2147483647 * below) }
	BEGIN { seed = 4711 }
	match($0, /SelectorPrefix="[0-9A-F]*/) { prefixes[n++] = substr($0, RSTART + 16, RLENGTH - 16) }
	END {
		for (i = 0; i < 2000; i++) {
			text = i % 2 ? prefixes[next_number(n)] : ""
			if (i % 16 == 1) text = substr(text, 1, length(text) - 1)
			while (length(text) < 40) text = text substr(i % 32 == 3 ? "0000000000000000" : "0123456789ABCDEF", next_number(16) + 1, 1)
			print (i % 3 ? text : tolower(text)) (i % 4 ? "" : ":" i)
		}
	}' "$section" >"$work/selectors"
# The same, with fewer digits.
awk '{ print substr($0, 1, 1 + NR % 12) }' "$work/selectors" >"$work/short"

# naive APP-ID FILE: what route must print, by trying backend after backend, bit after bit. `several`
# where some selectors of a prefix go to another backend than others.
cat >"$work/naive.awk" <<-'END'
	function attribute(name,    at) {
		at = index($0, " " name "=\"")
		return at ? substr($0, at + length(name) + 3, index(substr($0, at + length(name) + 3), "\"") - 1) : ""
	}
	function bits_of(hex,    i, text) {
		for (i = 1; i <= length(hex); i++) text = text digit[substr(hex, i, 1)]
		return text
	}
	BEGIN {
		n = 0
		split("0000 0001 0010 0011 0100 0101 0110 0111 1000 1001 1010 1011 1100 1101 1110 1111", four, " ")
		for (i = 1; i <= 16; i++) {
			digit[substr("0123456789ABCDEF", i, 1)] = four[i]
			digit[substr("0123456789abcdef", i, 1)] = four[i]
		}
	}
	FNR == NR && /<Sipis / {
		app = attribute("AppIdPrefix")
		if (substr(app_id, 1, length(app)) != app) next
		prefix = attribute("SelectorPrefix")
		slash = index(prefix, "/")
		hex = slash ? substr(prefix, 1, slash - 1) : prefix
		length_of[n] = slash ? substr(prefix, slash + 1) : 4 * length(hex)
		bits[n] = substr(bits_of(hex), 1, length_of[n])
		name[n] = attribute("Name")
		shown[n] = (name[n] ~ /^Name/ ? substr(name[n], 5) : "-") " " name[n] " " hex "/" length_of[n]
		n++
	}
	FNR == NR { next }
	{
		match($0, /^[0-9A-Fa-f]*/)
		selector = bits_of(substr($0, 1, RLENGTH > 40 ? 40 : RLENGTH))
		result = "- - -"
		for (i = 0; i < n; i++) {
			if (substr(selector, 1, length_of[i]) == bits[i]) { result = shown[i]; break }
			if (substr(bits[i], 1, length(selector)) == selector) { result = "several"; break }
		}
		print $0, result
	}
END
naive() { awk -v app_id="$1" -f "$work/naive.awk" "$section" "$2"; }

for app in '' com.example.softphone com. org.example; do
	naive "$app" "$work/selectors" >"$work/expected"
	ctl --root="$tree" route --app-id="$app" <"$work/selectors" >"$work/seen" 2>"$work/stderr"
	same "2,000 selectors go where a naive first match sends them, app '$app'" "$work/expected" "$work/seen"
	naive "$app" "$work/short" >"$work/expected"
	ctl --root="$tree" route --app-id="$app" <"$work/short" >"$work/seen" 2>"$work/stderr"
	grep -v ' several$' "$work/expected" >"$work/single"
	same "2,000 prefixes of selectors too, app '$app'" "$work/single" "$work/seen"
	is "and those of several backends are refused, app '$app'" "$(grep -c ' several$' "$work/expected")" \
		"$(grep -c 'is not served by a single backend' "$work/stderr")"
	naive "$app" "$work/selectors" | awk '
		{ count[$2 " " $3]++ }
		END { for (who in count) print who, count[who] }' | sort >"$work/expected"
	ctl --root="$tree" route --count --app-id="$app" --raw --noheadings <"$work/selectors" | awk '
		$3 { count[$1 " " $2] += $3 }
		END { for (who in count) print who, count[who] }' | sort >"$work/seen"
	same "--count: everyone has as many, app '$app'" "$work/expected" "$work/seen"
done
is "this is a test: all of them are there, served and unserved, by everyone" "2000 9" \
	"$(naive '' "$work/selectors" | wc -l) $(naive '' "$work/selectors" | awk '{ print $3 }' | sort -u | wc -l)"
# --- input that never ends ---------------------------------------------------------------------------------------

capture ctl --root="$good" route </dev/zero
is "a line without an end: exit status 3, and said" \
	"3 sipisctl: standard input: a line is longer than 16 MiB: give one selector a line" "$status$stdout $stderr"
capture ctl --root="$good" route --count </dev/zero
is "and with --count" \
	"3 sipisctl: standard input: a line is longer than 16 MiB: give one selector a line" "$status$stdout $stderr"
printf '%s:' $zeros | cat - <(head -c 16777000 /dev/zero | tr '\0' 7) >"$work/long"
capture ctl --root="$good" route <"$work/long"
is "a suffix of almost 16 MiB is a suffix" "0 1 Sipis1 0/2" "$status ${stdout#* }$stderr"

# --- wrong usage ----------------------------------------------------------------------------------------------------

for arguments in "-o NAME 0" "--output=NAME 0" "-n 0" "-r 0"; do
	# shellcheck disable=SC2086
	run --root="$good" route $arguments
	is "without --count, $arguments is exit status 2, and said" \
		"2 sipisctl: -o, --noheadings and --raw are for the table of --count" "$status$stdout $stderr"
done
run --root="$good" route --count -o SELECTOR 0
is "the columns of --count are others" \
	"2 sipisctl: there is no column \"SELECTOR\"; there are INSTANCE NAME ACCOUNTS SHARE" "$status$stdout $stderr"
run --root="$good" route --json -o NAME 0
is "JSON with chosen columns: exit status 0" 0 "$status$stderr"
json_is "JSON has the columns that were chosen" Sipis1 '.routes[0] | select(keys == ["name"]) | .name'
run --root="$good" list --raw -o +LOCK,NAME 1
is "+COLUMN adds to the default ones, once" \
	"0 INSTANCE NAME PORT HTTP REALM PREFIXES SHARE STATE SETTINGS LOCK" "$status $(head -n 1 <<<"$stdout")$stderr"
run --root="$good" list -o +NONE
is "+COLUMN that does not exist" "2 sipisctl: there is no column \"NONE\"; there are" "$status $(grep -o '.*there are' <<<"$stderr")"

# --- settings that the caller may not read ---------------------------------------------------------------------------

# as_other COMMAND...: run as a user who may not read what has mode 0
as_other() {
	if [ "$(id -u)" = 0 ]; then
		stdout=$(cd / && setpriv --reuid=65534 --regid=65534 --clear-groups "$work/sipisctl" "$@" 2>"$work/stderr")
	else
		stdout=$("$work/sipisctl" "$@" 2>"$work/stderr")
	fi
	status=$?
	stderr=$(<"$work/stderr")
}
chmod 755 "$work"
install -m 755 "$SIPISCTL" "$work/sipisctl"
cp -a "$good" "$work/closed" && chmod -R u+w,go=u-w "$work/closed"
as_other --root="$work/closed" list
if [ "$status" != 0 ]; then
	skip "unreadable settings" "another user cannot run sipisctl here: $stderr"
else
	chmod 0 "$work/closed/etc/sipis/Settings2.xml"
	as_other --root="$work/closed" list --raw --noheadings -o INSTANCE,NAME,PREFIXES,SHARE,STATE
	is "list shows which settings cannot be read, and nothing that is unknown" "0 1 Sipis1 0/2 25.00% ok
2 - - - unreadable
3 Sipis3 8/2 25.00% ok
4 Sipis4 C/2 25.00% ok" "$status $stdout"
	is "and says that the others may clash with it" \
		"sipisctl: not all settings can be read: $work/closed/etc/sipis/Settings2.xml: run this as root" "$stderr"
	as_other --root="$work/closed" check --refused 1
	is "check --refused calls nothing good" \
		"78 Settings1.xml: not all settings can be read: sipisctl check as root shows what is wrong" "$status $stdout$stderr"
	as_other apply --json
	is "apply --json ends with its object, also when it does nothing" '3 {"changed":false}' "$status $stdout"
	for arguments in "map" "map --json" "map --svg" "route 0" "route --count 0" "split 2 --yes" "split 2 --dry-run" "check" "check 1" "check --json" \
		"edit 1" "edit 2" "edit --load-balancer" "sync --yes"; do
		# shellcheck disable=SC2086
		as_other --root="$work/closed" $arguments
		is "settings that cannot be read: $arguments is exit status 3, and said" \
			"3 sipisctl: not all settings can be read: $work/closed/etc/sipis/Settings2.xml: run this as root" "$status$stdout $stderr"
	done
	rm -f "$work/closed/etc/sipis/Settings2.xml"
	ln -s /nowhere "$work/closed/etc/sipis/Settings2.xml"
	as_other --root="$work/closed" check
	is "a dangling link is an error, whoever asks" \
		"1 $work/closed/etc/sipis/Settings2.xml: error: this is a link to /nowhere, which does not exist [file-unreadable]
4 instances, 1 error, 0 warnings" "$status $stdout"
	rm "$work/closed/etc/sipis/Settings2.xml" && cp "$good/etc/sipis/Settings2.xml" "$work/closed/etc/sipis/"
	chmod 0 "$work/closed/etc/acrobits/LoadBalancer2/Settings.xml"
	as_other --root="$work/closed" list --raw --noheadings -o INSTANCE,PREFIXES,SHARE
	is "load balancer settings that cannot be read: nothing is known of prefixes" "0 1 - -" "$status $(head -n 1 <<<"$stdout")"
	as_other --root="$work/closed" map
	is "and map is exit status 3" \
		"3 sipisctl: not all settings can be read: $work/closed/etc/acrobits/LoadBalancer2/Settings.xml: run this as root" \
		"$status$stdout $stderr"
	chmod 644 "$work/closed/etc/acrobits/LoadBalancer2/Settings.xml"
	state=$work/closed/etc/sipis/.sipisctl-split
	mkdir -m 755 "$state"
	as_other --root="$work/closed" check
	is "no split was interrupted" "0 4 instances, 0 errors, 0 warnings" "$status $stdout$stderr"
	mkdir -m 700 "$state/1-2026-01-01T00:00:00Z.pending"
	as_other --root="$work/closed" check
	is "a split that was interrupted is an error, whoever asks" "1 yes" "$status $(says '\[interrupted-split\]$' "$stdout")"
	chmod 0 "$state"
	as_other --root="$work/closed" check
	is "who may not look does not hear that no split was interrupted" \
		"3 4 instances, 0 errors, 0 warnings sipisctl: cannot tell whether a split was interrupted: run this as root" \
		"$status $stdout $stderr"
	chmod 700 "$state"
fi
done_testing

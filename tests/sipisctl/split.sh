#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl split in loops: all numbers of instances, chains of splits, wrong usage and --max-imbalance. Single splits are
# cases in ../golden-split.
. "$(dirname "$0")/../lib.sh"
: "${SIPISCTL:?}"

# Every split waits for the disk many times, which is not tested here: work in memory.
make_work sipisctl-split 64

# rows: print of each settings file, in order: INSTANCE NAME PORT HTTP REALM LOCK LOG
rows() {
	local file instance
	while read -r file; do
		instance=${file##*/Settings} instance=${instance%.xml}
		sed -n "s|.*<Server Name=\"\([^\"]*\)\" Port=\"\([^\"]*\)\"\( Realm=\"\([^\"]*\)\"\)\?.*|${instance:-default} \1 \2 \4|p
			s|.*<HttpServer Port=\"\([^\"]*\)\".*|\1|p; s|.*<Lock FileName=\".*/\([^/\"]*\)\".*|\1|p
			s|.*<Log FileName=\".*/\([^/\"]*\)\".*|\1|p" "$file" | paste -sd' '
	done < <(printf '%s\n' "$sipis"/Settings*.xml | sort -V) | awk '{ $1 = $1; print }'
}

# prefixes: print the backends, in their order: NAME PREFIX ADDRESS
prefixes() {
	sed -n 's|^ *<Sipis Name="\([^"]*\)" SelectorPrefix="\([^"]*\)" Address="\([^"]*\)" />$|\1 \2 \3|p' "$balancer"
}

# --- the state ---------------------------------------------------------------------------------------------------

# splits: print how many splits the state holds
splits() { find "$sipis/.sipisctl-split" -mindepth 1 -maxdepth 1 | wc -l; }

guide state
run --root="$tree" split 4 --yes
before=$(content)
is "only root may enter the state; it has one directory for one split" "0 700 1" \
	"$status$stderr $(stat -c %a "$sipis/.sipisctl-split") $(splits)"
run --root="$tree" split 4 --yes
is "the same split again adds nothing to the state" "0 $before 1" "$status$stderr $(content) $(splits)"

guide options
run split --root="$tree" --yes 2
is "options may precede and follow N" "0 2" "$status$stderr $(rows | wc -l)"

# --- for all N ---------------------------------------------------------------------------------------------------

# oracle N...: judge the trees of 1 to N instances of the guide: print `N: COMPLAINT` for each, and write what `list` must
# print into $work/expected-N. Only the bytes of the files count: sipisctl does not run.
oracle() {
	local n i arguments=()
	for n; do
		for ((i = 1; i <= n; i++)); do arguments+=("$work/$n/etc/sipis/Settings$i.xml"); done
		arguments+=("n=$n" "$work/$n/etc/acrobits/LoadBalancer2/Settings.xml")
	done
	awk -v expected="$work/expected-" '
	function attribute(name,   at) {
		at = index($0, " " name "=\"")
		if (!at)
			return "(none)"
		at = substr($0, at + length(name) + 3)
		return substr(at, 1, index(at, "\"") - 1)
	}
	function number(hex,   i, sum) {
		for (i = 1; i <= length(hex); i++)
			sum = sum * 16 + index("0123456789ABCDEF", substr(hex, i, 1)) - 1
		return sum + 0
	}
	function complain(text) { complaints = complaints "," text }
	function once(what, value) {
		if (value == "" || value == "(none)" || seen[what, value]++)
			complain(what " " value " is missing or used twice")
	}
	function judge(   bits, small, large, at, j, last, units) {
		if (i != n)
			complain(i " instances")
		# The fewest bits with which shares of whole units are equal enough.
		for (bits = 0; 2 ^ bits < n; bits++)
			;
		for (;; bits++) {
			small = int(2 ^ bits / n); large = small + (small * n < 2 ^ bits)
			if (large * 100 <= small * 105)
				break
		}
		if (most > bits)
			complain(most " bits, where " bits " are enough")
		at = last = 0
		for (j = 1; j <= k; j++) {
			if (first[j] != at)
				complain(text[j] " is not where the one before ends")
			at = first[j] + size[j]
			if (whose[j] != last && whose[j] != last + 1)
				complain(text[j] " is not the next one\047s")
			if (whose[j] == last && size[j] == size[j - 1] && first[j - 1] / (2 * size[j]) % 1 == 0)
				complain(text[j] " and the one before could be one")
			last = whose[j]
			share[last] += size[j]; count[last]++
		}
		if (at != 1 || last != n)
			complain("it ends at " at " with " last)
		for (j = 1; j <= n; j++) {
			units = share[j] * 2 ^ bits
			if (units != small && units != large)
				complain(name[j] " has " share[j])
			if (small == large && count[j] > 1)
				complain(name[j] " has several prefixes")
			printf "%s %s %s %.2f%%\n", name[j], port[j], http[j], share[j] * 100 + 1e-9 >(expected n)
		}
		close(expected n)
		print n ":" complaints
		complaints = ""
		i = k = most = 0
		split("", seen); split("", owner); split("", share); split("", count)
	}
	/<Server / {
		i++
		name[i] = attribute("Name"); port[i] = attribute("Port"); owner[name[i]] = i
		once("name", name[i]); once("port", port[i])
		if (attribute("Realm") != "Sipis")
			complain(name[i] " has another realm")
		if (attribute("FilterInstancesAccordingToLoadBalancer2BackendSection") != "Yes")
			complain(name[i] " has no filter")
	}
	/<HttpServer / { http[i] = attribute("Port"); once("port", http[i]) }
	/<Lock / || /<Log / { once("path", attribute("FileName")) }
	/<Sipis / {
		split(attribute("SelectorPrefix"), part, "/")
		if (length(part[1]) != int((part[2] + 3) / 4))
			complain(attribute("SelectorPrefix") " is no prefix")
		k++
		first[k] = number(part[1]) / 16 ^ length(part[1]); size[k] = 2 ^ -part[2]
		whose[k] = owner[attribute("Name")] + 0
		text[k] = attribute("SelectorPrefix")
		if (part[2] + 0 > most)
			most = part[2] + 0
	}
	/<\/LoadBalancer2>/ { judge() }' "${arguments[@]}"
}

# judge N...: require that the oracle, check and list agree on each of the trees
judge() {
	local n complaint
	while IFS=: read -r n complaint; do
		tree=$work/$n
		run --root="$tree" check --strict
		[ "$status$stdout$stderr" = "0$n instances, 0 errors, 0 warnings" ] || complaint+=$stdout$stderr
		run --root="$tree" list --raw --noheadings -o NAME,PORT,HTTP,SHARE
		cmp -s "$work/stdout" "$work/expected-$n" || complaint+=$stdout
		verdict "1 to $n" "$complaint"
	done < <(oracle "$@")
}

guide one
for n in {2..64} 128 256; do
	cp -r "$work/one" "$work/$n"
	run --root="$work/$n" split "$n" --yes
	[ "$status$stderr" = 0 ] || not_ok "split $n" "$status $stderr"
done
judge {2..64} 128 256
for n in 2 8 16; do
	use_tree "$work/$n"
	case $n in
	2) expected="0/1 8/1" ;;
	8) expected="0/3 2/3 4/3 6/3 8/3 A/3 C/3 E/3" ;;
	16) expected="0/4 1/4 2/4 3/4 4/4 5/4 6/4 7/4 8/4 9/4 A/4 B/4 C/4 D/4 E/4 F/4" ;;
	esac
	is "$n instances, a power of two, are divided as in the guide" "$expected" "$(prefixes | cut -d' ' -f2 | paste -sd' ')"
done

# The bytes for N do not depend on the splits that led to it.
guide chain
sed -i 's| />| Realm="Sipis" '"$filter"' />|; s|Port="5000".*/>|Port="5000" />|; s|\.log".*/>|.log" />|' "$sipis/Settings.xml"
before=$(content)
steps=0 states=("$before")
for n in 4 6 3 1 5 2 64 63 1 7 8 4 1 33 256 17 128 256 1; do
	run --root="$tree" split "$n" --yes
	steps=$((steps + 1))
	complaint=$([ "$status$stderr" = 0 ] || echo "$status $stderr")
	if [ "$n" != 1 ]; then
		complaint+=$(diff -rq -x .sipisctl-split "$work/$n/etc" "$tree/etc")
	elif [ "$(content)" != "$before" ]; then
		complaint+="not as it was: $(content)"
	fi
	states[steps]=$(content)
	verdict "step $steps of a chain: $n" "$complaint"
done
while [ $steps -gt 0 ]; do
	run --root="$tree" split --undo --yes
	[ "$status$stderr" = 0 ] || break
	steps=$((steps - 1))
done
is "the last ten splits of the chain are kept, and --undo takes them back one at a time" "9 ${states[9]}" "$steps $(content)"
run --root="$tree" split --undo --yes
is "after that there is nothing to undo" "1 sipisctl: there is no split to undo" "$status$stdout $stderr"

new_tree no-directory
rm -r "$sipis"
run --root="$tree" split --undo --yes
is "without a settings directory there is nothing to undo" "$status yes" "$status$stdout ${stderr:+yes}"

# --- limits --------------------------------------------------------------------------------------------------------

guide large
{
	sed '$d' "$sipis/Settings.xml"
	echo "<!--$(head -c 1047000 /dev/zero | tr '\0' x)--></Sipis>"
} >"$work/padded"
cp "$work/padded" "$sipis/Settings.xml"
before=$(content)
run --root="$tree" split 64 --dry-run --stat
is "settings of nearly 64 MiB can be planned" "0 66" "$status$stderr $(wc -l <<<"$stdout")"
run --root="$tree" split 65 --yes
is "settings of over 64 MiB are not written" "1 $sipis/Settings65.xml: error: all settings together are over 64 MiB [file-too-large]
sipisctl: the settings would have these errors; nothing was changed $before" "$status $stderr $(content)"

# --- wrong usage ---------------------------------------------------------------------------------------------------

guide usage
before=$(content)
# usage WHAT ARGUMENTS...: require exit status 2 and a message
usage() {
	local what=$1
	shift
	run --root="$tree" split --yes "$@"
	is "wrong usage: $what" "2 yes" "$status$stdout ${stderr:+yes}"
}
for n in 0 257 x -- -1 4x x4 '' ' ' ' 4' '4 ' 4.0 0x4 +4 99999999999999999999 $'4\n'; do usage "split $(printf %q "$n")" "$n"; done
usage "split --1" -- -1
for command in "split 2 --yes" "sync --yes" "edit 1"; do
	# shellcheck disable=SC2086
	run --root=/nowhere --json $command
	is "a tree that is not there: $command --json ends with its object" \
		'3 {"changed":false} sipisctl: /nowhere: No such file or directory' "$status $stdout $stderr"
done
usage "no N"
for option in --undo --resume --list; do
	usage "$option with an option of a new split: --without" $option --without=1 --yes
	usage "$option with an option of a new split: --server-port-step" $option --server-port-step=10 --yes
	usage "$option with an option of a new split: --http-port-step" $option --http-port-step=10 --yes
	usage "$option with an option of a new split: --max-imbalance" $option --max-imbalance=5% --yes
done
usage "two N" 4 4
for step in 0 x '' ' 1' 1x - + +-1 -65536 65536 1.5 99999999999999999999; do
	usage "--server-port-step=$step" 4 "--server-port-step=$step"
	usage "--http-port-step=$step" 4 "--http-port-step=$step"
done
for imbalance in x '' % 5%% 5%5 -1 +1 1e3 . .% 1..5 1.5.5 1.2345% ' 5' '5 ' 5,5 99999999999 nan; do
	usage "--max-imbalance=$imbalance" 4 "--max-imbalance=$imbalance"
done
usage "--undo with N" --undo 4
usage "--resume with N" 4 --resume
usage "--undo and --resume" --undo --resume
usage "--resume --dry-run" --resume --dry-run
usage "--stat without --dry-run" 4 --stat
usage "--list with N" --list 4
usage "--raw without --list" 4 --raw
usage "--without an unknown instance" 4 --without=9
usage "--without of too many" 4 --without=default
usage "--strict" 4 --strict
usage "a step without a value" 4 --http-port-step
is "wrong usage changes nothing" "$before no" "$(content) $([ ! -e "$sipis/.sipisctl-split" ] && echo no)"
run --root="$tree" split $'x\e[31m'
is "a wrong argument is escaped in the message" "2 sipisctl: \"x\x1b[31m\" is not a number from 1 to 256" "$status $stderr"
run --root="$tree" split --undo --yes
is "nothing to undo: exit status 1" "1 sipisctl: there is no split to undo" "$status$stdout $stderr"
run --root="$tree" split --resume --yes
is "nothing to resume: exit status 1" "1 sipisctl: there is no split to finish" "$status$stdout $stderr"
is "and this leaves no trace" "$before no" "$(content) $([ ! -e "$sipis/.sipisctl-split" ] && echo no)"

# bits IMBALANCE: the most bits of the prefixes that three instances get
bits() {
	guide bits
	run --root="$tree" split 3 "--max-imbalance=$1" --yes
	echo "$status$stderr $(prefixes | sed 's|.*/\([0-9]*\) $|\1|' | sort -n | tail -n 1)"
}
for pair in 100%:2 100:2 99.999%:4 50:3 49.999:4 50.0%:3 20%:4 19.999%:6 20.:4 5%:6 5.000:6 .5%:10 0.1%:10 0.05:12; do
	# 2^b units make shares of floor and ceiling, which differ by one unit
	expected=$(awk -v limit="${pair%%[:%]*}" 'BEGIN { for (b = 2;; b++) { small = int(2 ^ b / 3); if (100 <= small * limit + 1e-9) { print b; exit } } }')
	is "--max-imbalance=${pair%:*}: no more bits than it wants" "0 $expected" "$(bits "${pair%:*}")"
done
run split --help
for option in --dry-run --yes --server-port-step --http-port-step --max-imbalance --undo --resume; do
	is "help names $option" yes "$(says "^      ${option}[ =]" "$stdout")"
done

# --- locks and logs that each process has for itself ---------------------------------------------------------------

for path in /dev/stdout /dev/stderr /dev/fd/3 /proc/self/fd/1 //dev//stdout /dev/./null; do
	guide own
	sed -i "s|/var/run/sipis/sipis.lock|$path|; s|<Log FileName=.*|<Log FileName=\"$path\" InstanceFileName=\"$path\" />|" "$sipis/Settings.xml"
	run --root="$tree" split 2 --yes
	is "$path stays in every file" "0 3 3" \
		"$status$stderr $(grep -o "\"$path\"" "$sipis/Settings1.xml" | wc -l) $(grep -o "\"$path\"" "$sipis/Settings2.xml" | wc -l)"
	run --root="$tree" split 1 --yes
	is "$path stays on the way back" "0 3" "$status$stderr $(grep -o "\"$path\"" "$sipis/Settings.xml" | wc -l)"
done

# --- a reader that stops early --------------------------------------------------------------------------------------

guide reader
is "--dry-run prints no error when its reader stops early" "" \
	"$({ ctl --root="$tree" split 64 --dry-run 2>&1 >&3 | cat >&4; } 3> >(head -n 1 >/dev/null) 4>&1)"
done_testing

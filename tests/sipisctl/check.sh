#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl check as scripts and systemd use it, and what the command line of sipisctl takes at all.
. "$(dirname "$0")/../lib.sh"
: "${SIPISCTL:?}"
work=$(mktemp -d "${TMPDIR:-/tmp}/sipisctl-check.XXXXXX")
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
last_line() { tail -n 1 <<<"$stdout"; }
findings() { grep -c '\[[a-z-]*\]$' <<<"$stdout"; }

# --- text ----------------------------------------------------------------------------------------------

run --root="$good" check
is "a good installation is one line and exit status 0" "0 4 instances, 0 errors, 0 warnings" "$status $stdout$stderr"
run --root="$typo" check
is "an error is exit status 1" 1 "$status"
is "a finding is FILE:LINE:COLUMN: SEVERITY: TEXT [CODE]" \
	"$typo/etc/sipis/Settings3.xml:3:49: error: Server[Port] \"1498x\" is not a decimal number from 1 to 65535 [bad-port]" \
	"$(head -n 1 <<<"$stdout")"
is "the summary is the last line" "4 instances, 1 error, 0 warnings" "$(last_line)"
is "nothing is said on standard error" "" "$stderr"
is "there is no caret and no escape sequence where standard output is no terminal" 2 "$(wc -l <<<"$stdout")"

new_tree whole
settings 1 Sipis1 100 200 1
ln -s nowhere "$tree/etc/sipis/Settings2.xml"
run --root="$tree" check
is "a finding about a whole file has no place" \
	"/etc/sipis/Settings2.xml: error: this is a link to nowhere, which does not exist [file-unreadable]
2 instances, 1 error, 0 warnings" "$(plain "$stdout")"

new_tree none
run --root="$tree" check
is "no settings file is no instance, which it says, and good" \
	"0 0 instances, 0 errors, 0 warnings sipisctl: there are no instances: $tree/etc/sipis has no settings files" "$status $stdout $stderr"
run --root="$tree/etc" check
is "--root of the directory above the settings is recognized" \
	"0 sipisctl: there are no instances: $tree/etc/etc/sipis does not exist (--root is the directory above /etc/sipis; did you mean --root=$tree?)" "$status $stderr"
run --root="$tree/etc/sipis" check
is "--root of the settings is recognized" "did you mean --root=$tree?)" "${stderr#*; }"
for command in "list" "map" "route 0" "split 2 --dry-run" "sync --dry-run"; do
	# shellcheck disable=SC2086
	run --root="$tree/etc" $command
	is "--root of the directory above the settings is recognized: $command" "did you mean --root=$tree?)" "${stderr#*; }"
done
run --root="$tree/etc" edit 1
is "--root of the directory above the settings is recognized: edit 1" \
	"sipisctl: there are no instances: /etc/etc/sipis does not exist (--root is the directory above /etc/sipis; did you mean --root=?)
sipisctl: there is no instance \"1\": sipisctl list shows them" "$(plain "$stderr")"
run --root= check
is "--root without a directory is wrong usage" "2 sipisctl: --root needs a directory" "$status $stderr"
mkdir "$work/nothing"
run --root="$work/nothing" check
is "no settings directory is no instance, which it says, and good" \
	"0 0 instances, 0 errors, 0 warnings sipisctl: there are no instances: $work/nothing/etc/sipis does not exist" "$status $stdout $stderr"
mkdir "$work/nothing/etc"
ln -s /srv/sipis "$work/nothing/etc/sipis"
run --root="$work/nothing" check
is "a link to no settings directory shows where it points" \
	"sipisctl: there are no instances: $work/nothing/etc/sipis is a link to /srv/sipis, which does not exist" "$stderr"

new_tree plurals
settings 1 Sipis1 100 200 1
sed -i '/HttpServer/d' "$tree/etc/sipis/Settings1.xml"
run --root="$tree" check
is "one instance with one warning is good" "0 1 instance, 0 errors, 1 warning" "$status $(last_line)"
run --root="$tree" check --strict
is "--strict: the same is exit status 1" "1 1 instance, 0 errors, 1 warning" "$status $(last_line)"
run --root="$tree" --strict --json check
is "--strict: in JSON too" 1 "$status"
sed -i 's/100/x/' "$tree/etc/sipis/Settings1.xml"
run --root="$tree" check
is "one of each is singular" "1 1 instance, 1 error, 1 warning" "$status $(last_line)"
sed -i '/Lock/d' "$tree/etc/sipis/Settings1.xml"
settings 2 Sipis2 y 201 2
run --root="$tree" check
is "two of each are plural" "1 2 instances, 2 errors, 2 warnings" "$status $(last_line)"
run --root="$good" check --strict
is "--strict: nothing to warn of is good" 0 "$status"

# --- INSTANCE ------------------------------------------------------------------------------------------

# 2 clashes with 1, 3 has a fault of its own, default is left over; -eu is good.
new_tree some
settings 1 Sipis1 100 200 1
settings 2 Sipis2 100 202 2
settings 3 Sipis3 x 203 3
settings -eu Sipis-eu 104 204 -eu
settings '' Sipis 105 205 ''
clash="/etc/sipis/Settings2.xml:2:31: error: Server port 100 is already used by Settings1.xml (see /etc/sipis/Settings1.xml:2:31) [duplicate-port]"
good_now="Settings-eu.xml: the settings are good now: systemctl daemon-reload is due, then systemctl start sipis@-eu"
run --root="$tree" check
is "without INSTANCE everything is shown" "1 5 instances, 2 errors, 1 warning" "$status $(last_line)"
run --root="$tree" check 3
is "an instance: its own findings" "1 1 1 instance, 1 error, 0 warnings" "$status $(findings) $(last_line)"
is "and no others" "/etc/sipis/Settings3.xml:2:31: error: Server[Port] \"x\" is not a decimal number from 1 to 65535 [bad-port]" \
	"$(plain "$(head -n 1 <<<"$stdout")")"
run --root="$tree" check 1
is "an instance: what another has wrong because of it" "1 1 1 instance, 1 error, 0 warnings" \
	"$status $(findings) $(last_line)"
is "that names the other file, and this one's place" \
	"$clash
1 instance, 1 error, 0 warnings" "$(plain "$stdout")"
run --root="$tree" check 2
is "an instance that clashes: once" "1 1 1 instance, 1 error, 0 warnings" "$status $(findings) $(last_line)"
run --root="$tree" check -- -eu
is "an instance without fault is good, whatever others have" "0 1 instance, 0 errors, 0 warnings" "$status $stdout"
run --root="$tree" check default
is "Settings.xml is the instance default" "0 1 1 instance, 0 errors, 1 warning" "$status $(findings) $(last_line)"
run --root="$tree" check default --strict
is "--strict looks at the warnings of that instance" 1 "$status"
run --root="$tree" --strict check 3 -- -eu
is "two instances" "1 1 2 instances, 1 error, 0 warnings" "$status $(findings) $(last_line)"
run --root="$tree" check 1 2
is "both sides of a clash are one finding" "1 1 2 instances, 1 error, 0 warnings" "$status $(findings) $(last_line)"
run --root="$tree" check 3 3
is "the same instance twice counts once" "1 1 1 instance, 1 error, 0 warnings" "$status $(findings) $(last_line)"
run --root="$tree" check 3 1
first=$stdout
run --root="$tree" check 1 3
is "findings keep the order of the files, not that of the arguments" "2 $first" "$(findings) $stdout"
for name in 2 sipis@2 sipis@2.service Settings2.xml; do
	run --root="$tree" check "$name"
	is "$name names an instance" "1 1 1 instance, 1 error, 0 warnings" "$status $(findings) $(last_line)"
done
for name in default sipis@default sipis@default.service Settings.xml; do
	run --root="$tree" check "$name"
	is "$name is the instance default" "0 1 1 instance, 0 errors, 1 warning" "$status $(findings) $(last_line)"
done
for name in 9 Settings9.xml sipis@9.service sipis@ sipis@.service Settings1 1.xml 01 '' "$(printf '%01000d' 1)"; do
	run --root="$tree" check 1 "$name"
	is "\"$name\" is no instance: exit status 2, nothing on standard output" "2 " "$status $stdout"
	[[ $name != 0000* ]] || continue # the message has the beginning only
	is "\"$name\" is named, and where to look" "sipisctl: there is no instance \"$name\": sipisctl list shows them" "$stderr"
done
run --root="$tree" check 9 --json
is "an unknown instance prints no JSON" "2 " "$status $stdout"
touch "$tree/etc/sipis/Settings x.xml"
run --root="$tree" check ' x'
is "a file whose name describes no instance is none" "2 " "$status $stdout"

# --- --refused -------------------------------------------------------------------------------------------

run --root="$tree" check --refused -- 3
is "--refused exits 78" 78 "$status"
is "--refused prints the findings of that file, and nothing else" \
	"$tree/etc/sipis/Settings3.xml:2:31: error: Server[Port] \"x\" is not a decimal number from 1 to 65535 [bad-port]" "$stdout$stderr"
run --root="$tree" check --refused 2
is "--refused shows a clash of the file" "78 $clash" "$status $(plain "$stdout")"
run --root="$tree" check --refused 1
is "--refused shows no finding of another file" "78 0" "$status $(findings)"
run --root="$tree" check --refused -- -eu
is "--refused: what is good now is said, with what to do" "78 $good_now" "$status $stdout"
run check --refused --root="$tree" -- -eu
is "--refused takes options in any place before the --" "78 $good_now" "$status $stdout"
run --root="$tree" check --refused default
is "--refused: warnings alone refuse nobody" \
	"78 /etc/sipis/Settings.xml: warning: Settings.xml is beside other settings files, and is an instance too: if the others replaced it in a split, move it out of this directory [leftover-default]
Settings.xml: the settings are good now: systemctl daemon-reload is due, then systemctl start sipis@default" "$status $(plain "$stdout")"
run --root="$tree" check --refused 9
is "--refused: a file that is gone is said, with what to do" \
	"78 Instance 9 no longer has a settings file: systemctl daemon-reload is due" "$status $stdout"
for arguments in "" "1 2" "1 1"; do
	# shellcheck disable=SC2086
	run --root="$tree" check --refused $arguments
	is "--refused with instances '$arguments' is wrong usage" "2 sipisctl: check --refused takes one instance" "$status$stdout $stderr"
done

# --- JSON --------------------------------------------------------------------------------------------------

check_json() {
	local expected

	run --root="$good" --json check
	is "JSON: nothing found is exit status 0" "0 " "$status $stderr"
	json "JSON: nothing found is an empty array" '. == {diagnostics: []}'
	run --root="$work/nothing" --json check
	json "JSON: no settings directory is an empty array" '. == {diagnostics: []}'
	run --root="$typo" --json check
	is "JSON: an error is exit status 1" "1 " "$status $stderr"
	json "JSON: a finding has these keys and no others, flat" \
		'.diagnostics | length == 1 and (.[0] | keys == ["code","column","file","instance","line","message","related","severity"])'
	# shellcheck disable=SC2016
	json "JSON: a finding's values" ".diagnostics[0] == {file: \"$typo/etc/sipis/Settings3.xml\", line: 3, column: 49, severity: \"error\",
		code: \"bad-port\", instance: \"3\", message: \"Server[Port] \\\"1498x\\\" is not a decimal number from 1 to 65535\", related: null}"
	json "JSON: numbers are numbers" '.diagnostics[0] | (.line | type) == "number" and (.column | type) == "number"'
	run check 1 --json --root="$tree"
	json "JSON: with INSTANCE its clashes" '[.diagnostics[] | [.instance, .code]] == [["2", "duplicate-port"]]'
	json "JSON: related is FILE:LINE:COLUMN of the first claimant" \
		".diagnostics[0].related == \"$tree/etc/sipis/Settings1.xml:2:31\""
	is "JSON: the exit status is that of the text" 1 "$status"
	run --root="$tree" --json check -- -eu
	json "JSON: an instance without fault is an empty array" '.diagnostics == []'
	run --root="$tree" --json check
	json "JSON: what has no place has null as line and column" \
		'.diagnostics[] | select(.code == "leftover-default") | .line == null and .column == null and .severity == "warning" and .instance == "default"'
	json "JSON: a file that describes no instance has none" \
		'.diagnostics[] | select(.code == "bad-instance-name") | .instance == null'
	run --root="$tree" check
	expected=$(findings)
	run --root="$tree" --json check
	json_is "JSON has as many findings as the text" "$expected" '.diagnostics | length'

	new_tree $'odd "q" \\b\xff\e'
	settings 1 Sipis1 '1&quot;\&#9;&#x202e;' 200 1
	printf '<Sipis' >"$tree/etc/sipis/Settings"$'\xc3\x28\x01'.xml
	run --root="$tree" --json check
	is "JSON is UTF-8 whatever the file names are" 0 "$(iconv -f UTF-8 -t UTF-8 <<<"$stdout" >/dev/null 2>&1; echo $?)"
	json_is "JSON: of a path other bytes and controls are escaped, quotes and backslashes are themselves" \
		"$work/odd \"q\" \\b\\xff\\x1b/etc/sipis/Settings1.xml" '.diagnostics[] | select(.code == "bad-port") | .file'
	json_is "JSON: of a value as well" 'Server[Port] "1"\\t\xe2\x80\xae" is not a decimal number from 1 to 65535' \
		'.diagnostics[] | select(.code == "bad-port") | .message'
	json "JSON: a file name that is not UTF-8 is escaped" \
		'[.diagnostics[] | select(.code == "bad-instance-name") | .file | endswith("/Settings\\xc3(\\x01.xml")] == [true]'
}

check_json

# --- the command line ----------------------------------------------------------------------------------------

run --root="$typo" check --json
expected=$stdout
for arguments in "--json check" "check --json 1 2 3 4" "check 1 --json 2 3 4" "--json --color=always check"; do
	# shellcheck disable=SC2086
	run --root="$typo" $arguments
	is "options before and after the command: $arguments" "1 $expected" "$status $stdout"
done
run check --json --root "$typo"
is "--root stands behind the command too, its directory as a word of its own" "1 $expected" "$status $stdout"
for arguments in "check -J" "-J check" "check -J 1 2 3 4"; do
	# shellcheck disable=SC2086
	run --root="$typo" $arguments
	is "-J is --json: $arguments" "1 $expected" "$status $stdout"
	# shellcheck disable=SC2086
	POSIXLY_CORRECT=1 run --root="$typo" $arguments
	is "POSIXLY_CORRECT changes nothing: $arguments" "1 $expected" "$status $stdout"
done
run --root="$typo" list --noheadings --raw
expected=$stdout
run --root="$typo" list -nr
is "-nr is --noheadings --raw" "0 $expected" "$status $stdout"
run --root="$typo" -- check 3
is "-- before the command" 1 "$status"
run --root="$typo" check -- --json
is "what follows -- is no option" "2 sipisctl: there is no instance \"--json\": sipisctl list shows them" "$status $stderr"

# usage ARGUMENTS MESSAGE: wrong usage, of which standard error says this
usage() {
	# shellcheck disable=SC2086
	run $1
	is "wrong usage '$1' exits 2, nothing on standard output" "2 " "$status $stdout"
	is "wrong usage '$1' is said with a hint" "sipisctl: $2" "$stderr"
}

usage "" 'no command is given: sipisctl --help lists them'
usage "--json" 'no command is given: sipisctl --help lists them'
usage "--no-such-option check" 'unknown option --no-such-option: sipisctl check --help lists the options'
usage "check --no-such-option" 'unknown option --no-such-option: sipisctl check --help lists the options'
usage "check -x" 'unknown option -x: sipisctl check --help lists the options'
usage "check -eu" 'unknown option -e: sipisctl check --help lists the options'
usage "check --strict=yes" '--strict takes no argument: sipisctl check --help lists the options'
usage "check --root" '--root takes an argument: sipisctl check --help lists the options'
usage "check --color=blue" '--color is auto, always or never, not "blue"'
usage "check --color=" '--color is auto, always or never, not ""'
usage "check --foo" 'unknown option --foo: sipisctl check --help lists the options'
usage "-x" 'unknown option -x: sipisctl --help lists the options'
usage "check --root" '--root takes an argument: sipisctl check --help lists the options'
usage "list -o" '--output takes an argument: sipisctl list --help lists the options'
usage "check --count" 'check does not take --count: sipisctl check --help lists its options'
usage "check --app-id=x" 'check does not take --app-id: sipisctl check --help lists its options'
usage "check -o FILE" 'check does not take --output: sipisctl check --help lists its options'
usage "check -n" 'check does not take --noheadings: sipisctl check --help lists its options'
usage "--svg split 4" 'split does not take --svg: sipisctl split --help lists its options'
usage "route --strict" 'route does not take --strict: sipisctl route --help lists its options'
usage "list --svg" 'list does not take --svg: sipisctl list --help lists its options'
usage "list 99" 'there is no instance "99": sipisctl list shows them'
usage "map 99" 'there is no instance "99": sipisctl list shows them'
usage "chekc" 'there is no command "chekc": did you mean check?'
usage "CHECK" 'there is no command "CHECK": sipisctl --help lists them'
usage "lst" 'there is no command "lst": did you mean list?'
usage "mpa" 'there is no command "mpa": did you mean map?'
usage "rout" 'there is no command "rout": did you mean route?'
usage "frobnicate" 'there is no command "frobnicate": sipisctl --help lists them'
usage "settings1.xml-and-a-very-long-word-that-is-like-no-command" 'there is no command "settings1.xml-and-a-very-long-word-that-is-like-no-command": sipisctl --help lists them'
usage "--help chekc" 'there is no command "chekc": did you mean check?'

# fits NAME: a help text that is seen whole on the smallest terminal
fits() {
	is "$1 exits 0, says nothing on standard error" "0 " "$status $stderr"
	is "$1 has an end, and fits 24 lines" yes "$(lines=$(wc -l <<<"$stdout"); [ "$lines" -gt 3 ] && [ "$lines" -le 24 ] && echo yes)"
	is "$1 fits 80 columns" "" "$(grep -E '.{81}' <<<"$stdout")"
}

run --help
fits "--help"
help=$stdout
for command in check list map route; do
	is "--help names $command" yes "$(says "^  $command " "$help")"
	run $command --help
	fits "$command --help"
	first=$stdout
	for arguments in "--help $command" "help $command" "$command -h"; do
		# shellcheck disable=SC2086
		run $arguments
		is "$arguments is the same" "0 $first" "$status $stdout"
	done
done
run help
is "help is --help" "0 $help" "$status $stdout"
run --version
is "--version exits 0 with one line that ends in a version" "0 sipisctl (sipis-generator) N" \
	"$status $(sed -E 's/ [0-9]+\.[0-9][^ ]*$/ N/' <<<"$stdout")"

# --- what it could not do ------------------------------------------------------------------------------------

for option in --strict --json; do
	run check --refused $option -- 1
	is "--refused with $option is wrong usage" "2 sipisctl: --refused cannot be combined with $option" "$status $stdout$stderr"
done
if [ -c /dev/full ]; then
	for arguments in "check" "check --json" "check --strict" "list" "map" "map --svg" "--help" "check --help" "--version"; do
		# shellcheck disable=SC2086
		stderr=$(ctl --root="$good" $arguments 2>&1 >/dev/full)
		is "a standard output that is full: $arguments exits 3 and says it" \
			"3 sipisctl: standard output: No space left on device" "$? $stderr"
	done
else
	skip "a standard output that is full" "there is no /dev/full"
fi
run --root="$work/nowhere" check
is "a root that is not there exits 3 and is named" \
	"3 sipisctl: $work/nowhere: No such file or directory" "$status$stdout $stderr"
mkdir -p "$work/unlisted/etc"
touch "$work/unlisted/etc/sipis"
for arguments in check "check --json" "check --strict"; do
	# shellcheck disable=SC2086
	run --root="$work/unlisted" $arguments
	is "a settings directory that can't be listed: $arguments exits 3 and names it" \
		"3 sipisctl: $work/unlisted/etc/sipis: Not a directory" "$status$stdout $stderr"
done
if [ "$(id -u)" != 0 ]; then
	new_tree forbidden
	chmod 000 "$tree/etc/sipis"
	run --root="$tree" check
	is "a settings directory that may not be read exits 3 and is named" \
		"3 sipisctl: $tree/etc/sipis: Permission denied" "$status$stdout $stderr"
fi
done_testing

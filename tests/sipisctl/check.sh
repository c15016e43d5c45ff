#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl check as scripts and systemd use it, and what the command line of sipisctl takes at all.
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/sipisctl-check.XXXXXX")
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
good=$here/../golden/four-processes/root
typo=$here/../golden/four-processes-typo/root

# run ARGUMENTS...: leaves status, stdout and stderr
run() {
	stdout=$(ctl "$@" 2>"$work/stderr" </dev/null)
	status=$?
	stderr=$(<"$work/stderr")
}

# new_tree NAME: an empty installation, in $tree
new_tree() {
	tree=$work/$1
	mkdir -p "$tree/etc/sipis"
}

# settings INSTANCE PORT HTTP-PORT: a settings file of $tree without a fault, if the ports are good
settings() {
	cat >"$tree/etc/sipis/Settings$1.xml" <<-END
		<Sipis>
		  <Server Name="Sipis$1" Port="$2"/>
		  <HttpServer Port="$3"/>
		  <Lock FileName="/run/sipis/sipis$1.lock"/>
		  <Log FileName="/var/log/sipis/sipis$1.log"/>
		</Sipis>
	END
}

last_line() { tail -n 1 <<<"$stdout"; }
findings() { grep -c '\[[a-z-]*\]$' <<<"$stdout"; }

# says PATTERN TEXT: "yes", or the text
says() { if grep -q -e "$1" <<<"$2"; then echo yes; else echo "$2"; fi; }

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
settings 1 100 200
ln -s nowhere "$tree/etc/sipis/Settings2.xml"
run --root="$tree" check
is "a finding about a whole file has no place" yes \
	"$(says "^$tree/etc/sipis/Settings2.xml: error: .* \[file-unreadable\]$" "$stdout")"

new_tree none
run --root="$tree" check
is "no settings file is no instance, and good" "0 0 instances, 0 errors, 0 warnings" "$status $stdout$stderr"
mkdir "$work/nothing"
run --root="$work/nothing" check
is "no settings directory is no instance, and good" "0 0 instances, 0 errors, 0 warnings" "$status $stdout$stderr"

new_tree plurals
settings 1 100 200
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
settings 2 y 201
run --root="$tree" check
is "two of each are plural" "1 2 instances, 2 errors, 2 warnings" "$status $(last_line)"
run --root="$good" check --strict
is "--strict: nothing to warn of is good" 0 "$status"

# --- INSTANCE ------------------------------------------------------------------------------------------

# 2 clashes with 1, 3 has a fault of its own, default is left over; -eu is good.
new_tree some
settings 1 100 200
settings 2 100 202
settings 3 x 203
settings -eu 104 204
settings '' 105 205
run --root="$tree" check
is "without INSTANCE everything is shown" "1 5 instances, 2 errors, 1 warning" "$status $(last_line)"
run --root="$tree" check 3
is "an instance: its own findings" "1 1 1 instance, 1 error, 0 warnings" "$status $(findings) $(last_line)"
is "and no others" yes "$(says 'Settings3.xml:2:.*\[bad-port\]$' "$(head -n 1 <<<"$stdout")")"
run --root="$tree" check 1
is "an instance: what another has wrong because of it" "1 1 1 instance, 1 error, 0 warnings" \
	"$status $(findings) $(last_line)"
is "that names the other file, and this one's place" yes \
	"$(says 'Settings2.xml:2:.*Settings1.xml:2:.*\[duplicate-port\]$' "$stdout")"
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
for name in 9 Settings1.xml sipis@1.service 01 ''; do
	run --root="$tree" check 1 "$name"
	is "\"$name\" is no instance: exit status 2, nothing on standard output" "2 " "$status $stdout"
	is "\"$name\" is named, and where to look" yes "$(says "\"$name\".*sipisctl list" "$stderr")"
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
is "--refused shows a clash of the file" "78 1 yes" "$status $(wc -l <<<"$stdout") $(says '\[duplicate-port\]$' "$stdout")"
run --root="$tree" check --refused 1
is "--refused shows no finding of another file" "78 0" "$status $(findings)"
run --root="$tree" check --refused -- -eu
is "--refused: what is good now is said, with what to do" "78 yes" \
	"$status $(says 'Settings-eu.xml is good now.*systemctl daemon-reload' "$stdout")"
run check --refused --root="$tree" -- -eu
is "--refused takes options in any place before the --" "78 yes" "$status $(says 'good now' "$stdout")"
run --root="$tree" check --refused default
is "--refused: warnings alone refuse nobody" "78 yes yes" \
	"$status $(says '\[leftover-default\]$' "$stdout") $(says 'good now' "$stdout")"
run --root="$tree" check --refused 9
is "--refused: a file that is gone is said, with what to do" "78 yes" \
	"$status $(says '9 has no settings file any more.*systemctl daemon-reload' "$stdout")"
for arguments in "" "1 2" "1 1"; do
	# shellcheck disable=SC2086
	run --root="$tree" check --refused $arguments
	is "--refused with instances '$arguments' is wrong usage" "2 yes" "$status$stdout $(says 'one instance' "$stderr")"
done

# --- JSON --------------------------------------------------------------------------------------------------

# json NAME FILTER: the filter is true of standard output
json() {
	local seen
	seen=$(jq "$2" <<<"$stdout" 2>&1)
	if [ "$seen" = true ]; then ok "$1"; else not_ok "$1" "$seen"$'\n'"$stdout"; fi
}

check_json() {
	local path

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
	is "JSON has as many findings as the text" "$(findings)" "$(ctl --root="$tree" --json check | jq '.diagnostics | length')"

	new_tree $'odd "q" \\b\xff\e'
	settings 1 '1&quot;\&#9;&#x202e;' 200
	printf '<Sipis' >"$tree/etc/sipis/Settings"$'\xc3\x28\x01'.xml
	run --root="$tree" --json check
	is "JSON is UTF-8 whatever the file names are" 0 "$(iconv -f UTF-8 -t UTF-8 <<<"$stdout" >/dev/null 2>&1; echo $?)"
	path=$(jq -r '.diagnostics[] | select(.code == "bad-port") | .file' <<<"$stdout")
	is "JSON: of a path other bytes and controls are escaped, quotes and backslashes are themselves" \
		"$work/odd \"q\" \\b\\xff\\x1b/etc/sipis/Settings1.xml" "$path"
	is "JSON: of a value as well" 'Server[Port] "1"\\t\xe2\x80\xae" is not a decimal number from 1 to 65535' \
		"$(jq -r '.diagnostics[] | select(.code == "bad-port") | .message' <<<"$stdout")"
	json "JSON: a file name that is not UTF-8 is escaped" \
		'[.diagnostics[] | select(.code == "bad-instance-name") | .file | endswith("/Settings\\xc3(\\x01.xml")] == [true]'
}

if command -v jq >/dev/null; then check_json; else ok "JSON # SKIP there is no jq"; fi

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
run --root="$typo" -- check 3
is "-- before the command" 1 "$status"
run --root="$typo" check -- --json
is "what follows -- is no option" "2 yes" "$status $(says '"--json"' "$stderr")"

# usage ARGUMENTS PATTERN: wrong usage, of which standard error says this
usage() {
	# shellcheck disable=SC2086
	run $1
	is "wrong usage '$1' exits 2, nothing on standard output" "2 " "$status $stdout"
	is "wrong usage '$1' is said with a hint" yes "$(says "$2" "$stderr")"
}

usage "" --help
usage "--json" --help
usage "--no-such-option check" --help
usage "check --no-such-option" --help
usage "check -x" --help
usage "check -eu" --help
usage "check --strict=yes" --help
usage "check --root" --help
usage "check --color=blue" 'auto, always or never.*"blue"'
usage "check --color=" 'auto, always or never'
usage "check --count" 'sipisctl check --help'
usage "check --app-id=x" 'sipisctl check --help'
usage "check -o FILE" 'sipisctl check --help'
usage "route --strict" 'sipisctl route --help'
usage "list --svg" 'sipisctl list --help'
usage "list 1" 'list takes no argument'
usage "map 1" 'map takes no argument'
usage "chekc" 'did you mean check?'
usage "CHECK" --help
usage "lst" 'did you mean list?'
usage "mpa" 'did you mean map?'
usage "rout" 'did you mean route?'
usage "frobnicate" '"frobnicate".*--help'
usage "settings1.xml-and-a-very-long-word-that-is-like-no-command" --help
usage "--help chekc" 'did you mean check?'

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
	run --help $command
	is "--help $command is the same" "0 $first" "$status $stdout"
done
run --version
is "--version exits 0 with one line that ends in a version" "0 1 yes" \
	"$status $(wc -l <<<"$stdout") $(says ' [0-9][0-9]*\.[0-9][^ ]*$' "$stdout")"

# --- what it could not do ------------------------------------------------------------------------------------

if [ -c /dev/full ]; then
	for arguments in "check" "check --json" "check --strict" "--help" "check --help" "--version"; do
		# shellcheck disable=SC2086
		stderr=$(ctl --root="$good" $arguments 2>&1 >/dev/full)
		is "a standard output that is full: $arguments exits 3 and says it" "3 yes" "$? $(says 'standard output' "$stderr")"
	done
else
	ok "a standard output that is full # SKIP there is no /dev/full"
fi
run --root="$work/nowhere" check
is "a root that is not there exits 3 and is named" "3 yes" "$status$stdout $(says "$work/nowhere: No such file" "$stderr")"
mkdir -p "$work/unlisted/etc"
touch "$work/unlisted/etc/sipis"
for arguments in check "check --json" "check --strict"; do
	# shellcheck disable=SC2086
	run --root="$work/unlisted" $arguments
	is "a settings directory that can't be listed: $arguments exits 3 and names it" "3 yes" \
		"$status$stdout $(says "$work/unlisted/etc/sipis: Not a directory" "$stderr")"
done
if [ "$(id -u)" != 0 ]; then
	new_tree forbidden
	chmod 000 "$tree/etc/sipis"
	run --root="$tree" check
	is "a settings directory that may not be read exits 3 and is named" "3 yes" \
		"$status$stdout $(says "$tree/etc/sipis: Permission denied" "$stderr")"
fi
done_testing

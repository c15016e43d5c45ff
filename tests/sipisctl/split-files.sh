#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl split and what is not content: modes, owners, access control lists, extended attributes, links, the question on
# a terminal, the lock, and a state that must not be trusted. Splits of content are cases in ../golden-split.
. "$(dirname "$0")/../lib.sh"
export TERM=xterm SHELL=/bin/bash
: "${SIPISCTL:?}"
work=$(mktemp -d "${TMPDIR:-/tmp}/sipisctl-split-files.XXXXXX") # where access control lists and attributes work
trap 'rm -rf "$work"' EXIT

# --- mode, owner, access control list, extended attributes ---------------------------------------------------------

# about FILE: print all that it has besides its bytes, in a line
about() {
	{
		stat -c '%a %u:%g' "$1"
		if [ -n "${with_lists:-}" ]; then getfacl -cnp "$1"; fi
		if [ -n "${with_attributes:-}" ]; then getfattr -d -m '^user\.' -e hex --absolute-names "$1" | sed 1d; fi
	} | paste -sd' '
}

guide about
rest="mode"
chmod 640 "$sipis/Settings.xml"
chmod 604 "$balancer"
if [ "$(id -u)" = 0 ]; then
	rest+=", owner"
	chown 1234:2345 "$sipis/Settings.xml"
	chown 11:12 "$balancer"
fi
if setfacl -m u:1357:r,g:246:rw "$sipis/Settings.xml" 2>/dev/null && setfacl -m u:1358:--- "$balancer"; then
	with_lists=yes rest+=", access control list"
else
	skip "access control lists stay" "setfacl does not work here"
fi
if setfattr -n user.note -v "$(printf 'kept\n')" "$sipis/Settings.xml" 2>/dev/null && setfattr -n user.empty "$balancer"; then
	with_attributes=yes rest+=", extended attributes"
else
	skip "extended attributes stay" "setfattr does not work here"
fi
of_settings=$(about "$sipis/Settings.xml") of_balancer=$(about "$balancer") before=$(content)
run --root="$tree" split 3 --yes
is "new files get these from the first: $rest" "0"$'\n'"$of_settings"$'\n'"$of_settings"$'\n'"$of_settings" \
	"$status$stderr"$'\n'"$(for i in 1 2 3; do about "$sipis/Settings$i.xml"; done)"
is "the load balancer's settings keep these: $rest" "$of_balancer" "$(about "$balancer")"
chmod 600 "$sipis/Settings2.xml"
of_second=$(about "$sipis/Settings2.xml")
run --root="$tree" split 4 --yes
run --root="$tree" split 2 --yes
is "a file that stays keeps its mode" "0 $of_second" "$status$stderr $(about "$sipis/Settings2.xml")"
for i in 1 2 3; do run --root="$tree" split --undo --yes; done
is "--undo restores bytes and these: $rest" "0 $before $of_settings $of_balancer" \
	"$status$stderr $(content) $(about "$sipis/Settings.xml") $(about "$balancer")"

if [ -n "${with_lists:-}" ]; then
	guide default-list
	chmod 640 "$sipis/Settings.xml"
	of_settings=$(about "$sipis/Settings.xml")
	setfacl -d -m u:1357:rw "$sipis"
	run --root="$tree" split 2 --yes
	is "a default access control list of the directory gives no access" "0 $of_settings $of_settings" \
		"$status$stderr $(about "$sipis/Settings1.xml") $(about "$sipis/Settings2.xml")"
	is "nor to the state" "" "$(find "$sipis/.sipisctl-split" -perm /077)"
else
	skip "a default access control list of the directory gives no access" "setfacl does not work here"
fi

guide umask
umask=077
[ "$(id -u)" != 0 ] || umask=777 # others could not enter their own directories
(umask $umask; ctl --root="$tree" split 2 --yes >/dev/null 2>"$work/stderr")
is "the umask does not change modes" "644 644 644" "$(<"$work/stderr")$(stat -c %a "$sipis"/Settings?.xml "$balancer" | paste -sd' ')"
is "only its owner can read the state" "" "$(find "$sipis/.sipisctl-split" -perm /077)"

# --- links ---------------------------------------------------------------------------------------------------------

# not_undone NUMBER: how a message ends that refuses --undo of this split
not_undone() { echo "so the split of DATE is not undone; its old files are in /etc/sipis/.sipisctl-split/$1-DATE/before; nothing was changed"; }

guide links
run --root="$tree" split 2 --yes
mv "$sipis/Settings1.xml" "$sipis/real.xml" && ln -s real.xml "$sipis/Settings1.xml"
before=$(content)
run --root="$tree" split --undo --yes
is "--undo is refused if a link replaced a file" \
	"1 sipisctl: /etc/sipis/Settings1.xml is a symbolic link, and would be replaced by a file, $(not_undone 1) $before" \
	"$status $(plain "$stderr") $(content)"
is "and leaves nothing beside the files" "" \
	"$(find "$tree" -name '.sipisctl-split.*'; find "$sipis/.sipisctl-split" -mindepth 1 -maxdepth 1 -name '*.*')"
# not_undone NUMBER: how a message ends that refuses --undo of this split
not_undone() { echo "so the split of DATE is not undone; its old files are in /etc/sipis/.sipisctl-split/$1-DATE/before; nothing was changed"; }

guide links
mv "$sipis" "$tree/etc/elsewhere" && ln -s elsewhere "$sipis"
run --root="$tree" split 2 --yes
is "directories may be links" "0 Settings1.xml Settings2.xml" "$status$stderr $(cd "$tree/etc/elsewhere" && echo *)"

# --- --dry-run and --undo ------------------------------------------------------------------------------------------

guide dry
before=$(content)
run --root="$tree" split 4 --dry-run --yes
is "--dry-run changes nothing and leaves nothing" "0 $before Settings.xml" "$status$stderr $(content) $(ls -A "$sipis")"
ctl --root="$tree" split 2 --dry-run >"$work/patch"
is "--dry-run prints the paths of the files, and /dev/null for files that are added or removed" "--- a/etc/sipis/Settings.xml
+++ /dev/null
--- /dev/null
+++ b/etc/sipis/Settings1.xml
--- /dev/null
+++ b/etc/sipis/Settings2.xml
--- a/etc/acrobits/LoadBalancer2/Settings.xml
+++ b/etc/acrobits/LoadBalancer2/Settings.xml" "$(grep -E '^(---|\+\+\+) ' "$work/patch")"
is "--dry-run without diff: exit status 3" "3 sipisctl: diff (of diffutils): No such file or directory" \
	"$(PATH=/nowhere "${wrapper[@]}" "$SIPISCTL" --root="$tree" split 2 --dry-run 2>"$work/stderr" </dev/null; echo $?) $(<"$work/stderr")"

guide undo
first=$(content)
run --root="$tree" split 4 --yes
second=$(content)
run --root="$tree" split 2 --yes
third=$(content)
# changed WHAT FILE [NUMBER]: require that --undo of this split is refused, because of this file, and changes nothing
changed() {
	before=$(content)
	run --root="$tree" split --undo --yes
	is "--undo is refused: $1" "1 sipisctl: ${2#"$tree"} was changed since, $(not_undone "${3:-2}") $before" "$status $(plain "$stderr") $(content)"
}
cp -p "$sipis/Settings2.xml" "$work/kept"
cp -p "$balancer" "$work/kept-balancer"
echo >>"$balancer"
changed "a file that it changed was changed" "$balancer"
cp -p "$work/kept-balancer" "$balancer"
echo x >"$sipis/Settings4.xml"
changed "a file that it removed is there" "$sipis/Settings4.xml"
rm "$sipis/Settings4.xml"
rm "$balancer"
changed "a file that it changed is gone" "$balancer"
cp -p "$work/kept-balancer" "$balancer"
echo '<!-- mine -->' >>"$sipis/Settings2.xml"
run --root="$tree" split --undo --yes
is "--undo keeps changes of files that the split did not change" "0 <!-- mine -->" "$status$stderr $(tail -n 1 "$sipis/Settings2.xml")"
cp -p "$work/kept" "$sipis/Settings2.xml"
is "--undo restores the files of the split before" "$second" "$(content)"
echo x >>"$sipis/Settings3.xml"
changed "a file that it made was changed" "$sipis/Settings3.xml" 1
sed -i '$d' "$sipis/Settings3.xml"
run --root="$tree" split --undo --yes
is "--undo twice restores the files of the first split" "0 $first" "$status$stderr $(content)"
run --root="$tree" split --undo --yes
is "a third --undo has nothing to undo" "1 $first" "$status $(content)"
run --root="$tree" split 4 --yes
run --root="$tree" split 2 --yes
is "the same splits again lead to the same files" "0 $third" "$status$stderr $(content)"
run --root="$tree" split --resume --yes
is "--resume has nothing to finish" "1 sipisctl: there is no split to finish $third" "$status $stderr $(content)"

# --- the question ----------------------------------------------------------------------------------------------------

if ! has_terminal; then
	skip "the question on a terminal" "script gives no terminal here"
else
	# ask ANSWER ARGUMENTS...: run sipisctl on a terminal and type the answer; leaves status and seen
	ask() {
		local answer=$1 command
		shift
		printf -v command ' %q' timeout --foreground 60 "${wrapper[@]}" "$SIPISCTL" --color=never "$@"
		seen=$(printf '%s' "$answer" | script -qec "stty -opost -echo;$command" /dev/null)
		status=$?
	}

	guide question
	before=$(content)
	for answer in $'n\n' $'\n' '' $'no\n' $'maybe\n' $' y\n'; do
		ask "$answer" --root="$tree" split 3
		is "the question on a terminal: $(printf %q "$answer") is no" "1 yes yes $before" \
			"$status $(says '\[y/N\]' "$seen") $(says 'nothing was changed' "$seen") $(content)"
	done
	is "an answer of no leaves no trace" Settings.xml "$(ls -A "$sipis")"
	is "the question shows the new installation" "yes yes" \
		"$(says '3  *Sipis3  *14978  *5020  *Sipis  *[0-9A-F/ ]*  *[0-9.]*%' "$seen") $(says 'Write these files?' "$seen")"
	is "the question names the file that is removed" "Removed: Settings.xml" "$(grep Removed <<<"$seen")"
	for answer in $'y\n' $'Y\n' $'yes\n'; do
		guide question
		ask "$answer" --root="$tree" split 2
		is "$(printf %q "$answer") is yes" "0 yes Settings1.xml Settings2.xml" "$status $(says 'Done\.' "$seen") $(cd "$sipis" && echo *)"
	done
	ask '' --root="$tree" split 2
	is "nothing is asked if there is nothing to do" "0 The settings are already like this: there is nothing to do." "$status $seen"
	ask '' --root="$tree" split 4 --yes
	is "--yes asks nothing" "0 no" "$status $([[ $seen =~ 'y/N' ]] || echo no)"
	ask '' --root="$tree" split 3 --dry-run
	is "--dry-run asks nothing" "0 no" "$status $([[ $seen =~ 'y/N' ]] || echo no)"
	ask $'n\n' --root="$tree" split 2
	is "the question names all files that are removed" "Removed: Settings3.xml, Settings4.xml" "$(grep Removed <<<"$seen")"
	ask $'n\n' --root="$tree" split 5
	is "the question names no file if none is removed" "1 yes " "$status $(says 'Write these files?' "$seen") $(grep Removed <<<"$seen")"
	ask $'n\n' --root="$tree" split --undo
	is "--undo asks and names the split that it takes back" "1 yes yes" \
		"$status $(says 'Undoing: 4 -> 2 instances, split of 20[0-9 :-]*' "$seen") $(says '\[y/N\]' "$seen")"
	ask $'y\n' --root="$tree" split --undo
	is "--undo restores the files after the answer y" "0 yes" "$status $(says 'as they were before the split of 20[0-9 :-]*\.' "$seen")"
fi

guide no-terminal
for arguments in "split 2" "split --undo" "sync" "sync --undo" "split 2 --json"; do
	# shellcheck disable=SC2086
	seen=$(ctl --root="$tree" $arguments 2>&1 </dev/null)
	is "$arguments needs --yes without a terminal" \
		"2 sipisctl: ${arguments/ 2*/} needs --yes if standard input is not a terminal: nothing was changed Settings.xml" "$? $seen $(ls -A "$sipis")"
done
is "--dry-run needs no --yes" 0 "$(ctl --root="$tree" split 2 --dry-run >/dev/null 2>&1 </dev/null; echo $?)"

# --- the lock and the state -------------------------------------------------------------------------------------------------

guide lock
run --root="$tree" split 2 --yes
before=$(content)
exec 9<"$sipis/.sipisctl-split"
flock -n 9 || not_ok "the lock is free"
for arguments in "split 4" "split --undo" "split --resume"; do
	# shellcheck disable=SC2086
	run --root="$tree" $arguments --yes
	is "$arguments waits for no lock: exit status 3" \
		"3 sipisctl: /etc/sipis/.sipisctl-split: another sipisctl is changing the settings $before" "$status $(plain "$stderr") $(content)"
done
run --root="$tree" split 4 --dry-run
is "--dry-run needs no lock" 0 "$status$stderr"
exec 9<&-
run --root="$tree" split --undo --yes
is "--undo works when the lock is free" 0 "$status$stderr"

# distrusts WHAT: require that no kind of split uses this state
distrusts() {
	before=$(content)
	for arguments in "--undo" "--resume" "4"; do
		run --root="$tree" split "$arguments" --yes
		is "split $arguments: $1, so it is refused" \
			"3 sipisctl: /etc/sipis/.sipisctl-split: not owned by you or writable by others, refusing to trust it $before" \
			"$status $(plain "$stderr") $(content)"
	done
}

guide trust
state=$sipis/.sipisctl-split
run --root="$tree" split 2 --yes
chmod o+w "$state"
distrusts "others can write the state"
chmod 720 "$state"
distrusts "the group can write the state"
chmod 700 "$state"
mv "$state" "$tree/state" && ln -s "$tree/state" "$state"
distrusts "the state is a link"
rm "$state"
echo >"$state"
distrusts "the state is a file"
rm "$state" && mv "$tree/state" "$state"
if [ "$(id -u)" = 0 ]; then
	chown 1234 "$state"
	distrusts "the state belongs to another user"
	chown 0 "$state"
else
	skip "a state that belongs to another user is refused" "only root can make one"
fi
split=$(echo "$state"/1-*)
before=$(content)
# distrusts_undo WHAT: require that --undo does not use this part of the state
distrusts_undo() {
	run --root="$tree" split --undo --yes
	is "split --undo: $1, so it is refused" \
			"3 sipisctl: /etc/sipis/.sipisctl-split: not owned by you or writable by others, refusing to trust it $before" \
			"$status $(plain "$stderr") $(content)"
}
for file in . journal before before/Settings.xml after/Settings2.xml; do
	mode=$(stat -c %a "$split/$file")
	chmod o+w "$split/$file"
	distrusts_undo "others can write $file"
	chmod "$mode" "$split/$file"
done
for file in journal after/LoadBalancer2.xml; do
	ln "$split/$file" "$tree/other"
	distrusts_undo "$file has a second name"
	rm "$tree/other"
	mv "$split/$file" "$tree/other" && ln -s "$tree/other" "$split/$file"
	distrusts_undo "$file is a link"
	mv "$tree/other" "$split/$file"
done
cp "$split/journal" "$work/journal"
for name in ../passwd .. . /etc/passwd Settings Settings1.xml.bak 'Settings x.xml' Settings/.xml Settingsdefault.xml passwd; do
	sed "s|Settings.xml|$name|" "$work/journal" >"$split/journal"
	run --root="$tree" split --undo --yes
	is "a journal with the file name $name is refused" "3 $before" "$status $(content)"
done
for edit in '1s/split/splat/' '1s/[0-9]* /x /' '1s/$/ x/' '1p' '2s/before/between/' 's/settings/home/' '2s/[0-9]* /x /' '2s/644/77777/' '2s/$/ x/' '2p' '2ixattr 61 62' '$axattr 6 62' '$axattr 61' '$axattr 6g 61'; do
	sed "$edit" "$work/journal" >"$split/journal"
	run --root="$tree" split --undo --yes
	is "a journal with a mistake is refused: $edit" "3 $before" "$status $(content)"
done
cp "$work/journal" "$split/journal"
run --root="$tree" split --undo --yes
is "the unchanged state is accepted" "0 Settings.xml" "$status$stderr $(cd "$sipis" && echo *)"
done_testing

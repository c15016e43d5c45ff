#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The commands that replace settings: split --list, --without, --stat and --json, sync and edit.
. "$(dirname "$0")/../lib.sh"
: "${SIPISCTL:?}"
make_work sipisctl-replace 8
use_tree "${work:?}/tree"

# in_tree ARGUMENTS...: run sipisctl on $tree; leaves status, stdout and stderr
in_tree() { run --root="$tree" "$@"; }

# secret_settings NUMBER PORT HTTP [SERVER [REST]]: write a settings file with a password
secret_settings() {
	cat >"$sipis/Settings$1.xml" <<-END
		<Sipis>
		  <Server Name="Sipis$1" Port="$2" Realm="r" FilterInstancesAccordingToLoadBalancer2BackendSection="Yes"${4:-}/>
		  <HttpServer Port="$3"/>
		  <Database OpenString="password=secret1"/>
		  <Lock FileName="/run/sipis/sipis$1.lock"/>
		  <Log FileName="/var/log/sipis/sipis$1.log" Level="3"/>${5:-}
		</Sipis>
	END
}

# Make the four instances of the guide.
four_instances() {
	rm -rf "$tree"
	mkdir -p "$sipis" "${balancer%/*}"
	secret_settings 1 14998 5000
	secret_settings 2 14988 5010
	secret_settings 3 14978 5020
	secret_settings 4 14968 5030
	printf '<LoadBalancer2>\n  <Frontend><Udp Address="0:4998"/></Frontend>\n  <Backend>\n%s  </Backend>\n</LoadBalancer2>\n' "$(
		for i in 1:0/2 2:4/2 3:8/2 4:C/2; do printf '    <Sipis Name="Sipis%s" SelectorPrefix="%s"/>\n' "${i%:*}" "${i#*:}"; done
		echo x
	)" | sed 's/x  </  </' >"$balancer"
}

# --- split: --without, --list, --stat, --json --------------------------------------------------------------------------

four_instances
in_tree check
is "the installation has no error" "0 4 instances, 0 errors, 0 warnings" "$status $stdout$stderr"
before=$(content)
in_tree split 2 --without=1,sipis@3.service --yes
is "--without removes the instances that it names" "0 Settings2.xml Settings4.xml" "$status$stderr $(cd "$sipis" && echo *)"
in_tree route 0 8
is "and the others get their prefixes" "0 0 2 Sipis2 0/1 8 4 Sipis4 8/1" "$status $(tr -s ' \n' ' ' <<<"$stdout" | sed 's/ $//')"
in_tree split --undo --yes
is "--undo brings them back" "0 $before" "$status$stderr $(content)"
in_tree split 2 --without=1 --yes
is "--without of less than N wants: the last ones go too" "0 Settings2.xml Settings3.xml" "$status$stderr $(cd "$sipis" && echo *)"
in_tree split --undo --yes
for list in 9 1,9 '' 1,,2; do
	in_tree split 2 --without="$list" --yes
	[[ $list = *9* ]] && name=9 || name=
	is "--without='$list' is wrong usage" "2 sipisctl: there is no instance \"$name\": sipisctl list shows them $before" "$status $stderr $(content)"
done
in_tree split 4 --without=Settings1.xml --yes
is "--without cannot leave fewer than N" "2 sipisctl: --without leaves 3 instances, fewer than 4 $before" "$status $stderr $(content)"

four_instances
in_tree split --list
is "--list: nothing" "0" "$status$stdout$stderr"
in_tree split --list --json
is "--list --json: exit status 0" 0 "$status$stderr"
json "--list --json: nothing is an empty array" '. == {splits: []}'
in_tree split 5 --yes --json
is "--json: changed" '0 {"changed":true}' "$status$stderr $stdout"
in_tree split 5 --yes --json
is "--json: not changed" '0 {"changed":false}' "$status$stderr $stdout"
in_tree split 6 --dry-run --json
is "--dry-run --json: would be changed, and no password" '0 {"changed":true}' "$status$stderr $stdout"
in_tree split 6 --yes
in_tree split --list --raw --noheadings -o COMMAND,BEFORE,AFTER,STATE
is "--list: the last one first" "0 split 5 6 complete split 4 5 complete" "$status$stderr $(paste -sd' ' <<<"$stdout")"
in_tree split --list --json
json "--list --json: numbers are numbers" '.splits[0] | .before == 5 and .after == 6 and .date[0:2] == "20"'
in_tree split --undo --dry-run --stat
is "--undo --dry-run --stat: files and attributes, no values" "0 /etc/sipis/Settings6.xml: removed
/etc/acrobits/LoadBalancer2/Settings.xml: changed: Sipis[SelectorPrefix] Sipis[Name]" "$status$stderr $stdout"
in_tree split --undo --dry-run
is "--undo --dry-run: the difference, backwards" "0 yes 6" "$status$stderr $(says '^--- a/etc/sipis/Settings6.xml +++ /dev/null' "$(grep -A 1 '^--- a/etc/sipis/Settings6.xml' <<<"$stdout" | paste -sd ' ')") $(find "$sipis" -maxdepth 1 -name "Settings*" | wc -l)"
in_tree split --undo --yes --json
is "--undo --json" '0 {"changed":true}' "$status$stderr $stdout"
in_tree split --undo --yes
is "--undo says what it takes back" "0 Undoing: 5 -> 4 instances, split of DATE
Done. The files are as they were before the split of DATE." "$status$stderr $(plain "$stdout")"
in_tree split --undo --yes --json
is "--json: nothing to undo" '1 {"changed":false}' "$status $stdout"
in_tree split --list
is "records that were taken back are not listed" "0" "$status$stdout$stderr"

four_instances
for i in $(seq 5 16); do
	in_tree split "$i" --yes
	[ "$status" = 0 ] || not_ok "split $i" "$stderr"
done
in_tree split --list --raw --noheadings -o BEFORE
is "the newest ten are kept" "0 15 14 13 12 11 10 9 8 7 6" "$status $(paste -sd' ' <<<"$stdout")"
is "and the others are gone" 10 "$(find "$sipis/.sipisctl-split" -mindepth 1 -maxdepth 1 | wc -l)"
four_instances
in_tree split 5 --yes
in_tree split 6 --yes
seen=$(ctl --root="$tree" split 3 --dry-run 2>&1 >/dev/full </dev/null)
is "--dry-run: what cannot be written is said" yes "$(says 'diff' "$seen")"
mkdir "$work/bin"
printf '#!/bin/sh\nkill -9 $$\n' >"$work/bin/diff"
chmod +x "$work/bin/diff"
is "--dry-run: diff that is killed is exit status 3" "3 sipisctl: diff: Input/output error" \
	"$(PATH=$work/bin:$PATH in_tree split 3 --dry-run; echo "$status $stderr")"
printf '#!/bin/sh\nexit 2\n' >"$work/bin/diff"
is "--dry-run: diff that fails is exit status 3" "3 sipisctl: diff: Input/output error" \
	"$(PATH=$work/bin:$PATH in_tree split 3 --dry-run; echo "$status $stderr")"
printf '#!/bin/sh\nkill -13 $$\n' >"$work/bin/diff"
is "--dry-run: a reader that has gone is no error" "yes " "$(PATH=$work/bin:$PATH in_tree split 3 --dry-run; [ "$status" -gt 128 ] && echo yes "$stderr")"

four_instances
before=$(content)
capture ctl --root="$tree" split 5 --yes <&-
is "split with a closed standard input" "0 5 instances, 0 errors, 0 warnings" "$status$stderr $(in_tree check; echo "$stdout")"
capture ctl --root="$tree" split --undo --yes <&-
is "and --undo" "0 $before" "$status$stderr $(content)"

# --- records that cannot be believed -----------------------------------------------------------------------------------

four_instances
in_tree split 5 --yes
record=$(echo "$sipis/.sipisctl-split"/1-*)
before=$(content)
mv "$record/journal" "$work/journal"
in_tree split --undo --yes
damaged="sipisctl: /etc/sipis/.sipisctl-split/1-DATE: this is not what a split has written: move it away"
is "a record without its list is not undone" "3 $damaged $before" \
	"$status $(plain "$stderr") $(content)"
{ cat "$work/journal"; printf '\0\n'; } >"$record/journal"
in_tree split --undo --yes
is "nor one with a NUL in it" "3 $damaged $before" \
	"$status $(plain "$stderr") $(content)"
in_tree split --list --raw --noheadings -o STATE
is "and --list says so" "0 damaged" "$status $stdout$stderr"
mv "$work/journal" "$record/journal"
mv "$record/before" "$work/kept"
in_tree split --undo --yes
is "nor one without its files" "3 $damaged $before" "$status $(plain "$stderr") $(content)"
in_tree split --list --raw --noheadings -o COMMAND,BEFORE,STATE
is "nor is that one listed as complete" "0 split - damaged" "$status $stdout$stderr"
mv "$record" "$record.pending"
in_tree split --resume
is "a damaged record cannot be finished, and is named" \
	"3 sipisctl: /etc/sipis/.sipisctl-split/1-DATE.pending: this is not what a split has written: move it away" "$status $(plain "$stderr")"
mv "$record.pending" "$record"
mv "$work/kept" "$record/before"
long=$sipis/.sipisctl-split/9-$(printf '%061d' 0)
mkdir "$long" # 63 characters
mkdir "${long}0" # 64
in_tree split --list --raw --noheadings -o STATE
is "a name of 63 characters is a record's, one of 64 is not" $'0 damaged\ncomplete' "$status $stdout"
rmdir "$long"
in_tree split --list --raw --noheadings -o COMMAND
is "which is left alone" "0 split yes" "$status$stderr $stdout $([ -d "${long}0" ] && echo yes)"
rmdir "${long}0"
in_tree split --undo --yes
is "and all is well again" 0 "$status$stderr"

four_instances
in_tree split 5 --yes
record=$(echo "$sipis/.sipisctl-split"/1-*)
mv "$record" "$record.pending"
echo "saved by another program" >"$sipis/.sipisctl-split.0"
before=$(content)
in_tree split --resume --yes
is "an interrupted split: a file that another program has saved under a temporary name is not removed" \
	"1 sipisctl: /etc/sipis/.sipisctl-split.0 was saved by another program while files were replaced: move it away, then run this again; nothing was changed $before" \
	"$status $(plain "$stderr") $(content)"
rm "$sipis/.sipisctl-split.0"
in_tree split --resume --yes
is "and without it the split is completed" 0 "$status$stderr"

four_instances
odd="$work/it's \$(here)"
mv "$tree" "$odd"
run --root="$odd" split 5 --yes
mv "$odd" "$tree"
is "a command that is told can be typed, whatever the root is called" "--root='/it'\\''s \$(here)' split --undo" \
	"$(grep -o -- "--root='.*--undo" <<<"${stdout//$work/}")"

# --- sync --------------------------------------------------------------------------------------------------------------

four_instances
in_tree sync --yes --json
is "sync: nothing to do" '0 {"changed":false}' "$status$stderr $stdout"
sed -i 's/secret1/secret2/; s/Level="3"/Level="5"/' "$sipis/Settings1.xml"
before=$(content)
in_tree check
is "settings differ" "$(for i in 2 3 4; do
	echo "/etc/sipis/Settings$i.xml:4:25: warning: Database[OpenString] differs from Settings1.xml: only names, addresses, ports, locks and logs should differ between settings files (see /etc/sipis/Settings1.xml:4:25) [settings-differ]"
done)
4 instances, 0 errors, 3 warnings" "$(plain "$stderr$stdout")"
in_tree sync --dry-run --stat
is "sync --dry-run --stat: no value" "0 $(for i in 2 3 4; do echo "/etc/sipis/Settings$i.xml: changed: Database[OpenString] Log[Level]"; done)" "$status$stderr $stdout"
in_tree sync --dry-run
is "sync --dry-run changes nothing" "0 yes $before" "$status$stderr $(says '+ .*secret2' "$stdout") $(content)"
in_tree sync 3 --yes
is "sync INSTANCE: only this one" "0 1 0 1 0" "$status$stderr $(for i in 1 2 3 4; do grep -c secret2 "$sipis/Settings$i.xml"; done | paste -sd' ')"
in_tree sync --undo --yes
is "sync --undo" "0 Undoing: sync of DATE
Done. The files are as they were before the sync of DATE. $before" "$status$stderr $(plain "$stdout") $(content)"
in_tree sync --yes
is "sync: all of them" "0 1 1 1 1" "$status$stderr $(for i in 1 2 3 4; do grep -c secret2 "$sipis/Settings$i.xml"; done | paste -sd' ')"
in_tree check
is "and then nothing differs" "0 4 instances, 0 errors, 0 warnings" "$status $stdout$stderr"
is "each keeps what is its own" "Sipis3 14978 5020 sipis3.lock sipis3.log" \
	"$(sed -n 's/.*Name="\([^"]*\)" Port="\([0-9]*\)".*/\1 \2/p; s/.*HttpServer Port="\([0-9]*\)".*/\1/p; s|.*/run/sipis/\([^"]*\).*|\1|p; s|.*/log/sipis/\([^"]*\).*|\1|p' "$sipis/Settings3.xml" | paste -sd' ')"
in_tree split --undo --yes
is "split --undo does not take back a sync" \
	'1 sipisctl: the last change is not a split, but the sync of DATE: "sipisctl --root= sync --undo" undoes it; nothing was changed' \
	"$status $(plain "$stderr")"
sed -i 's/secret2/secret3/' "$sipis/Settings4.xml"
in_tree sync --from=Settings4.xml --yes
is "sync --from" "0 1 1 1 1" "$status$stderr $(for i in 1 2 3 4; do grep -c secret3 "$sipis/Settings$i.xml"; done | paste -sd' ')"
for arguments in "--from=9" "9" "--from="; do
	in_tree sync "$arguments" --yes
	[[ $arguments = *9* ]] && name=9 || name=
	is "sync $arguments: wrong usage" "2 sipisctl: there is no instance \"$name\": sipisctl list shows them" "$status $stderr"
done
in_tree sync 1 --yes
is "sync of the instance that is copied alone: wrong usage" "2 sipisctl: instance 1 is the one that the others become copies of: name others, or another one with --from" "$status $stderr"
in_tree sync --undo 2 --yes
is "sync --undo takes no instance" 2 "$status"

four_instances
secret_settings 1 14998 5000 '' $'\n  <Certificate FileName="/new"/>'
secret_settings 2 14988 5010 " Address='10.0.0.1'"
sed -i "s/Name=\"Sipis2\"/Name='Sipis2'/; s/ InstanceFileName=\"[^\"]*\"//" "$sipis/Settings2.xml"
sed -i 's/Level="3"/Level="3" InstanceFileName="\/one"/' "$sipis/Settings1.xml"
in_tree sync --yes
is "sync: attributes that one has and the other lacks" "0 yes no" \
	"$status$stderr $(says "Name=\"Sipis2\" Port=\"14988\".*Address=\"10.0.0.1\"/>" "$(<"$sipis/Settings2.xml")") $(grep -q InstanceFileName "$sipis/Settings2.xml" || echo no)"
in_tree sync --yes --json
is "sync: run twice, nothing changes" '0 {"changed":false}' "$status$stderr $stdout"
sed -i '/<Lock/d' "$sipis/Settings3.xml"
before=$(content)
in_tree sync --yes
is "sync: an element that one lacks is the administrator's to add" \
	"1 sipisctl: /etc/sipis/Settings3.xml: this file has no Lock, but Settings1.xml has; nothing was changed $before" \
	"$status $(plain "$stderr") $(content)"

# as_interrupted COMMAND: have the record of the last sync look like that of an interrupted COMMAND
as_interrupted() {
	record=$(echo "$sipis/.sipisctl-split"/1-*)
	sed -i "s/^made-by sync/made-by $1/" "$record/journal"
	mv "$record" "$record.pending"
}
four_instances
sed -i s/secret1/secret2/ "$sipis/Settings1.xml"
in_tree sync --yes
as_interrupted sync
in_tree split --resume --yes
is "a sync that is finished is undone by sync" \
	'0 Done. The old files are in /etc/sipis/.sipisctl-split/1-DATE; "sipisctl --root= sync --undo" restores them.' \
	"$status$stderr $(plain "$stdout")"
as_interrupted edit
in_tree split --resume --yes
is "an edit that is finished has no undo" "0 Done. The edited file is saved." "$status$stderr $(plain "$stdout")"
in_tree split --list --raw --noheadings
is "and no record" "0" "$status$stdout$stderr"

four_instances
sed -i 's|</Sipis>|</Sip>|' "$sipis/Settings3.xml"
before=$(content)
in_tree sync --yes
is "sync: a file that is not well-formed is not replaced" \
	"1 sipisctl: $sipis/Settings3.xml: this file has an error that must be corrected first: see \"sipisctl check\"; nothing was changed $before" \
	"$status $stderr $(content)"

# --- edit --------------------------------------------------------------------------------------------------------------

# edit SCRIPT ARGUMENTS...: the editor is sed
edit() {
	export EDITOR="sed -i $1"
	shift
	in_tree edit "$@"
	unset EDITOR
}

four_instances
export TMPDIR=$work/temporary
mkdir "$TMPDIR"
chmod 640 "$sipis/Settings2.xml"
[ "$(id -u)" != 0 ] || chown 1234:2345 "$sipis/Settings2.xml"
setfacl -m u:1357:r "$sipis/Settings2.xml" 2>/dev/null
about=$(stat -c '%a %u:%g' "$sipis/Settings2.xml"; getfacl -cnp "$sipis/Settings2.xml" 2>/dev/null)
edit s/secret1/secret2/ sipis@2
is "edit: the file is saved" "0 Done. /etc/sipis/Settings2.xml is saved. 1" "$status$stderr $(plain "$stdout") $(grep -c secret2 "$sipis/Settings2.xml")"
is "with mode, owner and access control list" "$about" "$(stat -c '%a %u:%g' "$sipis/Settings2.xml"; getfacl -cnp "$sipis/Settings2.xml" 2>/dev/null)"
is "and no copy or record is left" "" "$(find "$TMPDIR" "$sipis/.sipisctl-split" -mindepth 1)"
edit s/secret1/secret2/ 2 --json
is "edit: nothing edited" '0 {"changed":false}' "$status$stderr $stdout"
edit s/secret2/secret3/ Settings2.xml --json
is "edit --json" '0 {"changed":true}' "$status$stderr $stdout"
before=$(content)
edit s/14988/14998/ 2
is "edit: what has errors is not saved without a terminal" \
	"1 /etc/sipis/Settings2.xml:2:31: error: Server port 14998 is already used by Settings1.xml (see /etc/sipis/Settings1.xml:2:31) [duplicate-port]
sipisctl: discarded; nothing was changed $before" "$status $(plain "$stderr") $(content)"
edit s,/Sipis,/Sip, 2
is "edit: nor what is not well-formed" "1 /etc/sipis/Settings2.xml:7:7: error: this end tag does not close the element that is open here [xml-syntax]
sipisctl: discarded; nothing was changed $before" "$status $(plain "$stderr") $(content)"
edit 's/4998/4997/' --load-balancer
is "edit --load-balancer" "0 Done. /etc/acrobits/LoadBalancer2/Settings.xml is saved. 1" "$status$stderr $(plain "$stdout") $(grep -c 4997 "$balancer")"
before=$(content)
EDITOR=false in_tree edit 1
is "edit: an editor that fails" "3 sipisctl: edit: the editor failed; nothing was changed $before" "$status $stderr $(content)"
EDITOR=/nowhere/vi in_tree edit 1
is "edit: an editor that is not there" "3 $before" "$status $(content)"
TMPDIR=/nowhere EDITOR=true in_tree edit 1
is "edit: no directory for the copy" "3 sipisctl: edit: No such file or directory; nothing was changed $before" "$status $stderr $(content)"
EDITOR="rm -f" in_tree edit 1
is "edit: a copy that is removed" "3 $before" "$status $(content)"
for arguments in "" "1 2" "1 --load-balancer"; do
	# shellcheck disable=SC2086
	in_tree edit $arguments
	is "edit $arguments: wrong usage" "2 sipisctl: edit needs one INSTANCE, or --load-balancer" "$status $stderr"
done
in_tree edit 9
is "edit 9: there is none" "2 sipisctl: there is no instance \"9\": sipisctl list shows them" "$status $stderr"
SUDO_EDITOR="sed -i s/secret1/from-sudo/" VISUAL=false EDITOR=false in_tree edit 1
is "edit: SUDO_EDITOR comes first" "0 1" "$status$stderr $(grep -c from-sudo "$sipis/Settings1.xml")"
SUDO_EDITOR="" VISUAL="sed -i s/from-sudo/visual/" EDITOR=false in_tree edit 1
is "edit: then VISUAL" "0 1" "$status$stderr $(grep -c visual "$sipis/Settings1.xml")"
cat >"$work/slow" <<END
#!/bin/sh
echo '<!-- saved by another -->' >>$sipis/Settings1.xml
sed -i s/visual/mine/ "\$1"
END
chmod +x "$work/slow"
EDITOR=$work/slow in_tree edit 1
is "edit: a file that another program has saved meanwhile is not replaced" \
	"1 sipisctl: the settings were changed meanwhile; nothing was changed
sipisctl: the edited copy is kept in /temporary/sipisctl-edit/Settings1.xml 1 0" \
	"$status $(plain "$stderr") $(grep -c 'saved by another' "$sipis/Settings1.xml") $(grep -c mine "$sipis/Settings1.xml")"
is "and what was edited is kept" 1 "$(grep -c mine "$TMPDIR"/*/Settings1.xml)"
rm -rf "${TMPDIR:?}"/*
edit 's/Realm=.r./Realm=\"other\"/' 2
is "edit: warnings are shown, and do not keep it from being saved" "0 1 Done. /etc/sipis/Settings2.xml is saved." \
	"$status $(grep -c "warning: .*\[realm-differs\]" <<<"$stderr") $(plain "$stdout")"
edit 's/Realm=.other./Realm=\"r\"/' 2
echo '<Sipis/>' >"$sipis/Settings2 (copy).xml"
edit s/14988/14989/ 2
is "edit: the error of a file that is not read counts too" "1 yes 0" \
	"$status $(says '\[bad-instance-name\]$' "$stderr") $(grep -c 14989 "$sipis/Settings2.xml")"
rm "$sipis/Settings2 (copy).xml"
mv "$balancer" "$work/balancer" && mkdir "$balancer"
edit s/14988/14989/ 2
is "edit: load balancer settings that are not read are not called missing" \
	"1 /etc/acrobits/LoadBalancer2/Settings.xml: error: this is a directory, not a file [file-not-regular]
sipisctl: discarded; nothing was changed" "$status $(plain "$stderr" | sed 's/: this is .*directory.*, / : /; s/ : .* \[/: error: this is a directory, not a file [/; s/error: error/error/')"
rmdir "$balancer" && mv "$work/balancer" "$balancer"
kept="sipisctl: the edited copy is kept in /temporary/sipisctl-edit/Settings1.xml"
before=$(content)
EDITOR="head -c 1100000 /dev/zero >>" in_tree edit 1
is "edit: a copy that got too large is kept" "3 sipisctl: /temporary/sipisctl-edit/Settings1.xml is over 1 MiB; nothing was changed
$kept $before" "$status $(plain "$stderr") $(content)"
rm -rf "${TMPDIR:?}"/*
EDITOR="sh -c 'ln \"\$1\" \"\$1~\"' -" in_tree edit 1
is "edit: a copy that the editor has linked is kept" "3 sipisctl: /temporary/sipisctl-edit/Settings1.xml has several names (hard links), and would lose the others; nothing was changed
$kept $before" "$status $(plain "$stderr") $(content)"
rm -rf "${TMPDIR:?}"/*
mv "$sipis/Settings1.xml" "$sipis/real" && ln -s real "$sipis/Settings1.xml"
edit s/sipis1.log/other.log/ 1
is "edit: a symbolic link is not replaced" \
	"1 sipisctl: /etc/sipis/Settings1.xml is a symbolic link, and would be replaced by a file; nothing was changed
sipisctl: the edited copy is kept in /temporary/sipisctl-edit/Settings1.xml yes" \
	"$status $(plain "$stderr") $([ -L "$sipis/Settings1.xml" ] && echo yes)"
rm -rf "${TMPDIR:?}"/*
unset TMPDIR

if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
	# ask ANSWERS ARGUMENTS...: on a terminal, where this is typed; leaves status, and seen
	ask() {
		local answers=$1 command
		shift
		printf -v command ' %q' timeout --foreground 60 "${wrapper[@]}" "$SIPISCTL" --color=never --root="$tree" "$@"
		seen=$(printf '%s' "$answers" | script -qec "stty -opost -echo;$command" /dev/null)
		status=$?
	}
	four_instances
	export EDITOR="sed -i s/14988/14998/;"
	EDITOR="sed -i s/14988/14998/" ask $'d\n' edit 2
	is "edit on a terminal: discard" "1 yes yes" "$status $(says '(e)dit again, (d)iscard, or (s)ave' "$seen") $(grep -q 14988 "$sipis/Settings2.xml" && echo yes)"
	EDITOR="sed -i -e s/14998/14987/ -e s/14988/14998/" ask $'e\n' edit 2
	is "edit on a terminal: edit again" "0 yes 1" "$status $(says 'duplicate-port.*Done. .*/etc/sipis/Settings2.xml is saved\.' "${seen//$'\n'/ }") $(grep -c 14987 "$sipis/Settings2.xml")"
	EDITOR="sed -i s/14987/14998/" ask $'x\ns\n' edit 2
	is "edit on a terminal: save despite the errors" "0 1" "$status $(grep -c 14998 "$sipis/Settings2.xml")"
	four_instances
	sed -i s/secret1/secret2/ "$sipis/Settings1.xml"
	ask $'n\n' sync
	is "sync on a terminal: asked, no" "1 yes 0" "$status $(says 'Settings2.xml: changed: Database\[OpenString\].*Write these files? \[y/N\]' "${seen//$'\n'/ }") $(grep -c secret2 "$sipis/Settings2.xml")"
	ask $'y\n' sync
	is "sync on a terminal: yes" "0 1" "$status $(grep -c secret2 "$sipis/Settings2.xml")"

	# while_asked COMMAND ARGUMENTS...: run COMMAND while the question waits, then answer yes; leaves status, seen and before
	while_asked() {
		local command
		printf -v command ' %q' timeout --foreground 60 "${wrapper[@]}" "$SIPISCTL" --color=never --root="$tree" "${@:2}"
		rm -f "$work/typed" "$work/seen"
		mkfifo "$work/typed"
		script -qec "stty -opost -echo;$command" /dev/null <"$work/typed" >"$work/seen" &
		exec 7>"$work/typed"
		until grep -q 'y/N' "$work/seen" 2>/dev/null || ! kill -0 $! 2>/dev/null; do read -rt 0.05 <>"$work/never" 2>/dev/null || :; done
		$1
		before=$(content)
		echo y >&7
		wait $!
		status=$?
		exec 7>&-
		seen=$(<"$work/seen")
	}
	meanwhile="the settings were changed meanwhile; nothing was changed"
	four_instances
	while_asked "secret_settings 4 14967 5030" split 5
	is "settings that change while the question waits" "1 yes $before" "$status $(says "$meanwhile" "$seen") $(content)"
	four_instances
	in_tree split 5 --yes
	while_asked "in_tree split --undo --yes" split --undo
	is "a split that is undone while the question waits" "1 yes $before" "$status $(says "sipisctl: $meanwhile" "$seen") $(content)"
else
	skip "the questions on a terminal" "script gives no terminal here"
fi

# --- directories and files that cannot be replaced ---------------------------------------------------------------------

if [ "$(id -u)" = 0 ] && { four_instances; chattr +i "$sipis"; } 2>/dev/null; then
	chattr -i "$sipis"
	for flag in i a; do
		for directory in "$sipis" "${balancer%/*}"; do
			four_instances
			chattr +$flag "$directory"
			for arguments in "split 5 --yes" "split 5 --dry-run"; do
				# shellcheck disable=SC2086
				in_tree $arguments
				is "$arguments: chattr +$flag ${directory#"$tree"}" \
					"1 sipisctl: ${directory#"$tree"} is immutable or append-only, so its files cannot be replaced: see \"lsattr -d\" and chattr(1); nothing was changed no" \
					"$status $(plain "$stderr") $([ -e "$sipis/.sipisctl-split" ] || echo no)"
			done
			chattr -$flag "$directory"
			in_tree split 5 --yes
			before=$(content)
			chattr +$flag "$directory"
			in_tree split --undo --yes
			chattr -$flag "$directory"
			is "split --undo: chattr +$flag ${directory#"$tree"}" \
				"1 sipisctl: ${directory#"$tree"} is immutable or append-only, so its files cannot be replaced: see \"lsattr -d\" and chattr(1), so the split of DATE is not undone; its old files are in /etc/sipis/.sipisctl-split/1-DATE/before; nothing was changed $before" \
				"$status $(plain "$stderr") $(content)"
		done
		four_instances
		chattr +$flag "$sipis/Settings2.xml" "$balancer"
		before=$(content)
		in_tree split 1 --yes
		chattr -$flag "$sipis/Settings2.xml" "$balancer"
		is "a file with chattr +$flag" \
			"1 sipisctl: /etc/sipis/Settings2.xml is immutable or append-only (chattr), and cannot be replaced; nothing was changed $before" \
			"$status $(plain "$stderr") $(content)"
	done
else
	skip "chattr" "chattr does not work here"
fi
four_instances
if unshare --mount true 2>/dev/null; then
	seen=$(unshare --mount sh -c 'mount --bind "$1" "$1" && exec "$2" --root="$3" split 5 --yes' sh "$balancer" "$SIPISCTL" "$tree" 2>&1)
	is "a file that is a mount point" "1 sipisctl: /etc/acrobits/LoadBalancer2/Settings.xml is mounted there, and cannot be replaced; nothing was changed" \
		"$? $(plain "$seen")"
else
	skip "a file that is a mount point" "mount namespaces are not permitted"
fi

four_instances
in_tree split 5 --yes
rm -r "${balancer%/*}"
in_tree split --undo --yes
is "a directory that is gone" \
	"1 sipisctl: /etc/acrobits/LoadBalancer2/Settings.xml is gone, with its directory, so the split of DATE is not undone; its old files are in /etc/sipis/.sipisctl-split/1-DATE/before; nothing was changed" \
	"$status $(plain "$stderr")"

four_instances
if mount -t tmpfs -o size=64k tmpfs "$sipis" 2>/dev/null; then
	secret_settings 1 14998 5000
	printf '<LoadBalancer2><Frontend><Udp Address="0:4998"/></Frontend><Backend><Sipis Name="Sipis1"/></Backend></LoadBalancer2>\n' >"$balancer"
	head -c 48k /dev/zero >"$sipis/full"
	before=$(content)
	in_tree split 9 --yes
	is "a disk that is full: the directory is named, and nothing is changed" \
		"3 sipisctl: split: /etc/sipis: No space left on device; nothing was changed $before" "$status $(plain "$stderr") $(content)"
	umount "$sipis"
	four_instances
	before=$(content)
	mount --bind "${balancer%/*}" "${balancer%/*}"
	mount -o remount,bind,ro "${balancer%/*}"
	in_tree split 5 --yes
	is "a directory that is read-only is named" \
		"3 sipisctl: split: /etc/acrobits/LoadBalancer2/Settings.xml: Read-only file system; nothing was changed $before" \
		"$status $(plain "$stderr") $(content)"
	umount "${balancer%/*}"
else
	skip "a disk that is full, or read-only" "nothing can be mounted here"
fi

# --- modes that were changed since -------------------------------------------------------------------------------------

four_instances
rm "$sipis"/Settings[234].xml
mv "$sipis/Settings1.xml" "$sipis/Settings.xml"
printf '<LoadBalancer2><Frontend><Udp Address="0:4998"/></Frontend><Backend><Sipis Name="Sipis1"/></Backend></LoadBalancer2>\n' >"$balancer"
in_tree split 3 --yes
chmod 600 "$sipis"/*.xml "$balancer"
in_tree split --undo --yes
is "--undo: files that were closed since stay closed" "0 600 600" "$status$stderr $(stat -c %a "$sipis/Settings.xml" "$balancer" | paste -sd' ')"
done_testing

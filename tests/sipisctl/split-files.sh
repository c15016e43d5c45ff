#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl split and the files themselves: no byte changes but those of the values, nor mode, owner,
# access control list or extended attribute; --dry-run is what is done; --undo takes it back; and
# what is asked, locked, refused and not believed.
set -uo pipefail
export LC_ALL=C.UTF-8 TERM=xterm SHELL=/bin/bash
read -r -a wrapper <<<"${TEST_WRAPPER:-}"
: "${SIPISCTL:?}"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tap.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/sipisctl-split-files.XXXXXX")
trap 'rm -rf "$work"' EXIT
umask 022

ctl() { timeout 60 "${wrapper[@]}" "$SIPISCTL" "$@" </dev/null; }

# run ARGUMENTS...: leaves status and stderr
run() {
	ctl "$@" >/dev/null 2>"$work/stderr"
	status=$?
	IFS= read -r -d '' stderr <"$work/stderr"
	stderr=${stderr%$'\n'}
}

# says PATTERN TEXT: "yes", or the text
says() { if [[ $2 =~ $1 ]]; then echo yes; else echo "$2"; fi; }

# skip NAME WHY: counts, and is no test
skip() {
	tap_number=$((tap_number + 1))
	echo "ok $tap_number - $1 # SKIP $2"
}

# --- trees -----------------------------------------------------------------------------------------------------

# new_tree NAME: an empty installation, in $tree; its files are $sipis/Settings*.xml and $balancer
new_tree() {
	tree=$work/$1 sipis=$work/$1/etc/sipis balancer=$work/$1/etc/acrobits/LoadBalancer2/Settings.xml
	rm -rf "$tree"
	mkdir -p "$sipis" "${balancer%/*}"
}

plain='<Sipis>
  <Server Name="@NAME@" Port="@PORT@"@NEW@ />
  <HttpServer Port="@HTTP@" />
  <Lock FileName="/var/run/sipis/sipis@MARK@.lock"/>
  <Log FileName="/var/log/sipis/sipis@MARK@.log" />
</Sipis>
'
plain_new=' Realm="Sipis" FilterInstancesAccordingToLoadBalancer2BackendSection="Yes"'
plain_balancer='<LoadBalancer2>
  <Backend>
@BACKENDS@
  </Backend>
</LoadBalancer2>
'
plain_before='    <Sipis Name="Sipis" SelectorPrefix="" Address="" />'
plain_after='    <Sipis Name="Sipis1" SelectorPrefix="0/1" Address="" />
    <Sipis Name="Sipis2" SelectorPrefix="8/1" Address="" />'

# fill SETTINGS MARK PORT HTTP NEW NAME: what a settings file is to be, in $filled
fill() {
	filled=${1//@NAME@/"$6$2"}
	filled=${filled//@MARK@/"$2"}
	filled=${filled//@PORT@/"$3"}
	filled=${filled//@HTTP@/"$4"}
	filled=${filled//@NEW@/"$5"}
}

name=Sipis next_name=Sipis first_port=14998

# before SETTINGS BALANCER BACKENDS: makes $tree of one instance
before() {
	fill "$1" '' "$first_port" 5000 '' "$name"
	printf '%s' "$filled" >"$sipis/Settings.xml"
	printf '%s' "${2//@BACKENDS@/"$3"}" >"$balancer"
}

# after SETTINGS NEW BALANCER BACKENDS: makes $tree of two instances, as it is to be
after() {
	fill "$1" 1 "$first_port" 5000 "$2" "$next_name"
	printf '%s' "$filled" >"$sipis/Settings1.xml"
	fill "$1" 2 14988 5010 "$2" "$next_name"
	printf '%s' "$filled" >"$sipis/Settings2.xml"
	printf '%s' "${3//@BACKENDS@/"$4"}" >"$balancer"
}

plain_tree() {
	new_tree "$1"
	before "$plain" "$plain_balancer" "$plain_before"
}

# differences A B: between two trees, whatever the state of splits
differences() { diff -r -x .sipisctl-split "$work/$1" "$work/$2"; }

# content: everything in $tree but the state of splits, in one word
content() { tar -C "$tree" --exclude=.sipisctl-split --sort=name --mtime=@0 -cf - etc | md5sum; }

# goes NAME N WHAT...: `split N` of the tree NAME is what --dry-run says, and can be taken back
goes() {
	local from=$1 n=$2
	shift 2
	rm -rf "$work/patched" "$work/split"
	cp -a "$work/$from" "$work/patched" && cp -a "$work/$from" "$work/split"
	complaint=$(ctl --root="$work/$from" split "$n" --dry-run 2>&1 >"$work/patch" || echo "exit status $?")
	complaint+=$(patch -d "$work/patched" -s -p1 <"$work/patch" 2>&1; find "$work/patched" -name '*.rej' -o -name '*.orig')
	run --root="$work/split" split "$n"
	complaint+=$([ "$status$stderr" = 0 ] || echo "exit status $status, $stderr")$(differences patched split)
	verdict "$*: the differences of --dry-run are what is done" "$complaint"
	run --root="$work/split" check
	is "$*: no error" 0 "$status"
	cp -a "$work/split" "$work/undone"
	run --root="$work/undone" split --undo
	verdict "$*: --undo brings back every byte" "$([ "$status$stderr" = 0 ] || echo "$status $stderr")$(differences "$from" undone)"
	rm -rf "$work/undone"
}

# --- bytes -----------------------------------------------------------------------------------------------------

# style WHAT SETTINGS NEW BALANCER BEFORE AFTER: files in this style are split in two
style() {
	new_tree before
	before "$2" "$4" "$5"
	new_tree after
	after "$2" "$3" "$4" "$6"
	goes before 2 "$1"
	verdict "$1: no other byte changes" "$(differences after split)"
}

style "plain" "$plain" "$plain_new" "$plain_balancer" "$plain_before" "$plain_after"
new="${plain_new//\"/\'}"
style "single quotes" "${plain//\"/\'}" "$new" "${plain_balancer//\"/\'}" "${plain_before//\"/\'}" "${plain_after//\"/\'}"
crlf=$'\r\n'
style "CRLF" "${plain//$'\n'/$crlf}" "$plain_new" "${plain_balancer//$'\n'/$crlf}" "$plain_before" "${plain_after//$'\n'/$crlf}"
style "CR alone" "${plain//$'\n'/$'\r'}" "$plain_new" "${plain_balancer//$'\n'/$'\r'}" '<Sipis Name="Sipis" SelectorPrefix="" Address="" />' \
	'<Sipis Name="Sipis1" SelectorPrefix="0/1" Address="" /><Sipis Name="Sipis2" SelectorPrefix="8/1" Address="" />'
style "no end of the last line" "${plain%$'\n'}" "$plain_new" "${plain_balancer%$'\n'}" "$plain_before" "$plain_after"
settings=${plain//$'\n'/$crlf} load_balancer=${plain_balancer//$'\n'/$crlf}
style "CRLF, and no end of the last line" "${settings%"$crlf"}" "$plain_new" "${load_balancer%"$crlf"}" "$plain_before" "${plain_after//$'\n'/$crlf}"
bom=$'\xef\xbb\xbf'
style "a byte order mark and a declaration" "$bom<?xml version='1.0' encoding='UTF-8'?>$plain" "$plain_new" \
	"$bom<?xml version=\"1.0\"?>$plain_balancer" "$plain_before" "$plain_after"
style "a namespace" "${plain/<Sipis>/<Sipis xmlns=\"http://acrobits.net/SipisSettings.xsd\">}" "$plain_new" \
	"$plain_balancer" "$plain_before" "$plain_after"
style "a namespace with a prefix" "$(sed 's|<\(/\?\)\([SHL]\)|<\1p:\2|; s|<p:Sipis|& xmlns:p="http://acrobits.net/SipisSettings.xsd" xmlns="x"|' <<<"$plain")" \
	"$plain_new" "$plain_balancer" "$plain_before" "$plain_after"
style "all in one line" \
	'<Sipis><Server Name="@NAME@" Port="@PORT@"@NEW@/><HttpServer Port="@HTTP@"/><Lock FileName="/l@MARK@"/><Log FileName="/a.b/g@MARK@"/></Sipis>' \
	"$plain_new" '<LoadBalancer2><Backend>@BACKENDS@</Backend></LoadBalancer2>' \
	'<Sipis SelectorPrefix=""/>' '<Sipis Name="Sipis1" SelectorPrefix="0/1"/><Sipis Name="Sipis2" SelectorPrefix="8/1"/>'
style "tabs" $'<Sipis>\n\t<Server\tPort="@PORT@"\t\tName="@NAME@"@NEW@\t/>\n\t<HttpServer\tPort="@HTTP@"/>\n\t<Lock FileName="/run/s@MARK@.lock"/>\n\t<Log\tFileName="/log/l@MARK@"/>\n</Sipis>\n' \
	$'\t\tRealm="Sipis"\t\tFilterInstancesAccordingToLoadBalancer2BackendSection="Yes"' "$plain_balancer" \
	$'\t\t<Sipis\tAddress=""/>' $'\t\t<Sipis\tName="Sipis1"\tAddress=""\tSelectorPrefix="0/1"/>\n\t\t<Sipis\tName="Sipis2"\tAddress=""\tSelectorPrefix="8/1"/>'
style "attributes on lines of their own, blanks around =" $'<Sipis>\n  <Server\n      Name = "@NAME@"\n      Port=\n"@PORT@"@NEW@\n  ></Server>\n  <HttpServer Port= "@HTTP@" ></HttpServer>\n  <Lock\n    FileName\n=\n"/run/s@MARK@." />\n  <Log InstanceFileName="/log/%u@MARK@.txt" FileName="/dev/null"/>\n</Sipis\n>' \
	$'\n      Realm="Sipis"\n      FilterInstancesAccordingToLoadBalancer2BackendSection="Yes"' "$plain_balancer" \
	$'    <Sipis\n        SelectorPrefix = ""\n        Address=""\n    ></Sipis\n    >' \
	$'    <Sipis\n        Name="Sipis1"\n        SelectorPrefix = "0/1"\n        Address=""\n    ></Sipis\n    >\n    <Sipis\n        Name="Sipis2"\n        SelectorPrefix = "8/1"\n        Address=""\n    ></Sipis\n    >'
style "comments that look like what is changed" "<!-- <Server Name=\"Sipis\" Port=\"14998\"/> --><Sipis><!--<Server Name=\"Sipis\"/>--><?pi <Server Name=\"Sipis\"?>
  <Other><Server Name=\"Sipis\" Port=\"14998\"/><HttpServer Port=\"5000\"/><![CDATA[<Lock FileName=\"/x\"/>]]></Other>
  <!-- Name=\"Sipis\" --><Server A=\"a > b\" Name=\"@NAME@\" B='Port=\"14998\"' Port=\"@PORT@\"@NEW@><!-- > --><Server Name=\"Sipis\"/></Server><!-- Port=\"14998\" -->
  <x:Server xmlns:x=\"x\" Name=\"Sipis\" Port=\"14998\"/><HttpServer Port=\"@HTTP@\"/><Lock FileName=\"/l@MARK@.lock\"/><Log FileName=\"/l@MARK@.log\"/>
</Sipis><!-- <Lock FileName=\"/x\"/> -->" "$plain_new" \
	'<LoadBalancer2><!-- <Backend><Sipis/></Backend> -->
<Backend><!-- <Sipis Name="Sipis"/> -->
@BACKENDS@
</Backend><Other><Sipis Name="Sipis"/></Other></LoadBalancer2>' \
	' <!-- a --> <Sipis Name="Sipis" A="/>" SelectorPrefix=""><!-- </Sipis> --><Sipis x="/"><Sipis/></Sipis><![CDATA[</Sipis>]]></Sipis> <!-- b -->' \
	' <!-- a --> <Sipis Name="Sipis1" A="/>" SelectorPrefix="0/1"><!-- </Sipis> --><Sipis x="/"><Sipis/></Sipis><![CDATA[</Sipis>]]></Sipis> <Sipis Name="Sipis2" A="/>" SelectorPrefix="8/1"><!-- </Sipis> --><Sipis x="/"><Sipis/></Sipis><![CDATA[</Sipis>]]></Sipis> <!-- b -->'
# What is not changed stays as it is written; what is changed need not.
name='R&amp;D &#x3c;' next_name='R&amp;D &lt;' first_port='&#49;4998'
settings=${plain/@NEW@/" Other='&amp;&#10;&quot;'@NEW@"}
settings=${settings//\/sipis\//"/&amp;&#x26;/"}
style "references in values" "$settings" ' Realm='"'R&amp;D &lt;'"' FilterInstancesAccordingToLoadBalancer2BackendSection='"'Yes'" \
	"$plain_balancer" '<Sipis Name="R&#38;D &lt;" SelectorPrefix="&#47;0" Address="&#x31;27.0.0.1:&#49;4998" />' \
	'<Sipis Name="R&amp;D &lt;1" SelectorPrefix="0/1" Address="&#x31;27.0.0.1:&#49;4998" />
<Sipis Name="R&amp;D &lt;2" SelectorPrefix="8/1" Address="127.0.0.1:14988" />'
name=Sipis next_name=Sipis first_port=14998

# Backends of others between those of this machine, and comments between all of them.
new_tree four
for i in 1 2 3 4; do
	fill "$plain" "$i" "1499$i" "500$i" "$plain_new" Sipis
	printf '%s' "$filled" >"$sipis/Settings$i.xml"
done
cat >"$balancer" <<'END'
<LoadBalancer2><Backend><!-- first -->
  <Sipis SelectorPrefix="0/3" Name="Sipis1"/> <!-- one -->
  <!-- between -->

	<Sipis   Name="East"  SelectorPrefix='8/1' Address="10.0.0.9:1" ></Sipis>
  <Sipis Name="Sipis2" SelectorPrefix="2/3"/>
  <Sipis Name="Sipis3" SelectorPrefix="4/3"/> <!-- three -->
    <!-- last but one --><Sipis Name='Sipis4' SelectorPrefix='6/3'/>
<!-- last --></Backend></LoadBalancer2>
END
goes four 2 "from four to two"
is "from four to two: comments and others stay, what goes goes with its line" '<LoadBalancer2><Backend><!-- first -->
  <Sipis SelectorPrefix="0/2" Name="Sipis1"/> <!-- one -->
  <!-- between -->

	<Sipis   Name="East"  SelectorPrefix='\''8/1'\'' Address="10.0.0.9:1" ></Sipis>
  <Sipis Name="Sipis2" SelectorPrefix="4/2"/> <!-- three -->
    <!-- last but one -->
<!-- last --></Backend></LoadBalancer2>' "$(<"$work/split/etc/acrobits/LoadBalancer2/Settings.xml")"
verdict "from four to two: those that stay do not change" \
	"$(for i in 1 2; do cmp "$work/four/etc/sipis/Settings$i.xml" "$work/split/etc/sipis/Settings$i.xml"; done 2>&1)"
goes four 7 "from four to seven"
goes four 1 "from four to one"
mv "$work/split" "$work/one"
goes one 3 "and from one to three"

# --- mode, owner, access control list, extended attributes ---------------------------------------------------------

# about FILE: all that it has besides its bytes, in a line
about() {
	{
		stat -c '%a %u:%g' "$1"
		if [ -n "${with_lists:-}" ]; then getfacl -cnp "$1"; fi
		if [ -n "${with_attributes:-}" ]; then getfattr -d -m '^user\.' -e hex --absolute-names "$1" | sed 1d; fi
	} | paste -sd' '
}

plain_tree about
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
run --root="$tree" split 3
is "what the first has, new ones have: $rest" "0"$'\n'"$of_settings"$'\n'"$of_settings"$'\n'"$of_settings" \
	"$status$stderr"$'\n'"$(for i in 1 2 3; do about "$sipis/Settings$i.xml"; done)"
is "what the load balancer's settings have stays: $rest" "$of_balancer" "$(about "$balancer")"
chmod 600 "$sipis/Settings2.xml"
of_second=$(about "$sipis/Settings2.xml")
run --root="$tree" split 4
run --root="$tree" split 2
is "what others have stays theirs" "0 $of_second" "$status$stderr $(about "$sipis/Settings2.xml")"
for i in 1 2 3; do run --root="$tree" split --undo; done
is "what they had, all have again after --undo: $rest" "0 $before $of_settings $of_balancer" \
	"$status$stderr $(content) $(about "$sipis/Settings.xml") $(about "$balancer")"

if [ -n "${with_lists:-}" ]; then
	plain_tree default-list
	chmod 640 "$sipis/Settings.xml"
	of_settings=$(about "$sipis/Settings.xml")
	setfacl -d -m u:1357:rw "$sipis"
	run --root="$tree" split 2
	is "a default list of the directory lets nobody in" "0 $of_settings $of_settings" \
		"$status$stderr $(about "$sipis/Settings1.xml") $(about "$sipis/Settings2.xml")"
	is "nor into the state" "" "$(find "$sipis/.sipisctl-split" -perm /077)"
else
	skip "a default list of the directory lets nobody in" "setfacl does not work here"
fi

plain_tree umask
(umask 777; ctl --root="$tree" split 2 >/dev/null 2>"$work/stderr")
is "the umask is nobody's business" "644 644 644" "$(<"$work/stderr")$(stat -c %a "$sipis"/Settings?.xml "$balancer" | paste -sd' ')"
is "the state is for its owner's eyes" "" "$(find "$sipis/.sipisctl-split" -perm /077)"

# --- links ---------------------------------------------------------------------------------------------------------

# refuses WHAT REASON ARGUMENTS...: exit status 1, the reason, and nothing changes
refuses() {
	local what=$1 reason=$2
	shift 2
	before=$(content)
	run --root="$tree" split "$@"
	is "refused: $what" "1 yes yes $before" "$status $(says "$reason" "$stderr") $(says 'nothing was changed$' "$stderr") $(content)"
	is "nothing is left beside the files: $what" "" "$(find "$tree" -name '.sipisctl-split.*'; find "$sipis/.sipisctl-split" -mindepth 1 -maxdepth 1 -name '*.*')"
}

plain_tree links
mv "$sipis/Settings.xml" "$sipis/real.xml" && ln -s real.xml "$sipis/Settings.xml"
refuses "settings that are a symbolic link" '/etc/sipis/Settings.xml is a symbolic link' 2
plain_tree links
mv "$balancer" "$tree/etc/real.xml" && ln -s ../../real.xml "$balancer"
refuses "load balancer settings that are a symbolic link" '/etc/acrobits/LoadBalancer2/Settings.xml is a symbolic link' 2
plain_tree links
ln "$sipis/Settings.xml" "$sipis/other"
refuses "settings with another name" '/etc/sipis/Settings.xml has several names' 2
plain_tree links
ln "$balancer" "$balancer.bak"
refuses "load balancer settings with another name" 'LoadBalancer2/Settings.xml has several names' 2
plain_tree links
run --root="$tree" split 2
mv "$sipis/Settings1.xml" "$sipis/real.xml" && ln -s real.xml "$sipis/Settings1.xml"
refuses "a new one that would be made from a link" "/etc/sipis/Settings3.xml can't be made" 3
refuses "--undo, where a link is in place of a file" '/etc/sipis/Settings1.xml is a symbolic link' --undo
plain_tree links
mv "$sipis" "$tree/etc/elsewhere" && ln -s elsewhere "$sipis"
run --root="$tree" split 2
is "directories may be links" "0 Settings1.xml Settings2.xml" "$status$stderr $(cd "$tree/etc/elsewhere" && echo *)"

# --- --dry-run and --undo ------------------------------------------------------------------------------------------

plain_tree dry
before=$(content)
run --root="$tree" split 4 --dry-run --yes
is "--dry-run changes nothing and leaves nothing" "0 $before Settings.xml" "$status$stderr $(content) $(ls -A "$sipis")"
ctl --root="$tree" split 2 --dry-run >"$work/patch"
is "--dry-run: the paths are those of the files, removed and made ones are /dev/null" "--- a/etc/sipis/Settings.xml
+++ /dev/null
--- /dev/null
+++ b/etc/sipis/Settings1.xml
--- /dev/null
+++ b/etc/sipis/Settings2.xml
--- a/etc/acrobits/LoadBalancer2/Settings.xml
+++ b/etc/acrobits/LoadBalancer2/Settings.xml" "$(grep -E '^(---|\+\+\+) ' "$work/patch")"
is "--dry-run: what it cannot show is exit status 3" "3 yes" \
	"$(PATH=/nowhere "${wrapper[@]}" "$SIPISCTL" --root="$tree" split 2 --dry-run 2>"$work/stderr" </dev/null; echo $?) $(says 'diff' "$(<"$work/stderr")")"

plain_tree undo
first=$(content)
run --root="$tree" split 4
second=$(content)
run --root="$tree" split 2
third=$(content)
# changed WHAT: --undo is refused, and nothing changes
changed() {
	before=$(content)
	run --root="$tree" split --undo
	is "--undo is refused: $1" "1 yes $before" "$status $(says 'was changed since; nothing was changed$' "$stderr") $(content)"
}
cp -p "$sipis/Settings2.xml" "$work/kept"
cp -p "$balancer" "$work/kept-balancer"
echo >>"$balancer"
changed "a file that it changed was changed"
cp -p "$work/kept-balancer" "$balancer"
echo x >"$sipis/Settings4.xml"
changed "a file that it removed is there"
rm "$sipis/Settings4.xml"
rm "$balancer"
changed "a file that it changed is gone"
cp -p "$work/kept-balancer" "$balancer"
echo '<!-- mine -->' >>"$sipis/Settings2.xml"
is "what it did not change is nobody's business" "$(run --root="$tree" split --undo; echo "$status$stderr $(tail -n 1 "$sipis/Settings2.xml")")" "0 <!-- mine -->"
cp -p "$work/kept" "$sipis/Settings2.xml"
is "--undo: the split before" "$second" "$(content)"
echo x >>"$sipis/Settings3.xml"
changed "a file that it made was changed"
sed -i '$d' "$sipis/Settings3.xml"
run --root="$tree" split --undo
is "--undo twice: the one before that" "0 $first" "$status$stderr $(content)"
run --root="$tree" split --undo
is "then there is none" "1 $first" "$status $(content)"
run --root="$tree" split 4
run --root="$tree" split 2
is "and the same again leads to the same" "0 $third" "$status$stderr $(content)"
run --root="$tree" split --resume
is "there is nothing to finish" "1 yes $third" "$status $(says 'there is no split to finish' "$stderr") $(content)"

# --- the question ----------------------------------------------------------------------------------------------------

if ! script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
	skip "the question on a terminal" "script gives no terminal here"
else
	# ask ANSWER ARGUMENTS...: on a terminal, where this is typed; leaves status, and seen
	ask() {
		local answer=$1 command
		shift
		printf -v command ' %q' timeout 60 "${wrapper[@]}" "$SIPISCTL" --color=never "$@"
		seen=$(printf '%s' "$answer" | script -qec "stty -opost -echo;$command" /dev/null)
		status=$?
	}

	plain_tree question
	before=$(content)
	for answer in $'n\n' $'\n' '' $'no\n' $'maybe\n' $' y\n'; do
		ask "$answer" --root="$tree" split 3
		is "a terminal is asked; $(printf %q "$answer") is no" "1 yes yes $before" \
			"$status $(says '\[y/N\]' "$seen") $(says 'nothing was changed' "$seen") $(content)"
	done
	is "and no trace" Settings.xml "$(ls -A "$sipis")"
	is "the question shows what it will be" "yes yes" \
		"$(says '3 +Sipis3 +14978 +5020 +Sipis +[0-9A-F/ ]+ +[0-9.]+%' "$seen") $(says 'Make it so\?' "$seen")"
	for answer in $'y\n' $'Y\n' $'yes\n'; do
		plain_tree question
		ask "$answer" --root="$tree" split 2
		is "$(printf %q "$answer") is yes" "0 yes Settings1.xml Settings2.xml" "$status $(says 'Done\.' "$seen") $(cd "$sipis" && echo *)"
	done
	ask '' --root="$tree" split 2
	is "not asked where there is nothing to do" "0 yes" "$status $(says 'nothing to do' "$seen")"
	ask '' --root="$tree" split 4 --yes
	is "--yes: not asked" "0 no" "$status $([[ $seen =~ 'y/N' ]] || echo no)"
	ask '' --root="$tree" split 3 --dry-run
	is "--dry-run: not asked" "0 no" "$status $([[ $seen =~ 'y/N' ]] || echo no)"
	ask '' --root="$tree" split --undo
	is "--undo: not asked" "0 no" "$status $([[ $seen =~ 'y/N' ]] || echo no)"
fi

# --- whose state it is -------------------------------------------------------------------------------------------------

plain_tree lock
run --root="$tree" split 2
before=$(content)
exec 9<"$sipis/.sipisctl-split"
flock -n 9 || not_ok "the lock is free"
for arguments in "split 4" "split --undo" "split --resume"; do
	# shellcheck disable=SC2086
	run --root="$tree" $arguments
	is "$arguments: kept out while another is at work" "3 yes $before" \
		"$status $(says 'another sipisctl split is at work' "$stderr") $(content)"
done
run --root="$tree" split 4 --dry-run
is "--dry-run is not kept out" 0 "$status$stderr"
exec 9<&-
run --root="$tree" split --undo
is "and let in when it is done" 0 "$status$stderr"

# distrusts WHAT: what the state says is not done
distrusts() {
	before=$(content)
	for arguments in "--undo" "--resume" "4"; do
		run --root="$tree" split "$arguments"
		is "split $arguments: $1, so it is not believed" "3 yes $before" "$status $(says 'does not belong to you alone' "$stderr") $(content)"
	done
}

plain_tree trust
state=$sipis/.sipisctl-split
run --root="$tree" split 2
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
	distrusts "the state is another user's"
	chown 0 "$state"
else
	skip "the state of another user is not believed" "only root can make one"
fi
split=$(echo "$state"/1-*)
before=$(content)
# distrusts_undo WHAT: of what is in it
distrusts_undo() {
	run --root="$tree" split --undo
	is "split --undo: $1, so it is not believed" "3 yes $before" "$status $(says 'does not belong to you alone' "$stderr") $(content)"
}
for file in . journal before before/Settings.xml after/Settings2.xml; do
	mode=$(stat -c %a "$split/$file")
	chmod o+w "$split/$file"
	distrusts_undo "others can write $file"
	chmod "$mode" "$split/$file"
done
for file in journal after/LoadBalancer2.xml; do
	ln "$split/$file" "$tree/other"
	distrusts_undo "$file has another name"
	rm "$tree/other"
	mv "$split/$file" "$tree/other" && ln -s "$tree/other" "$split/$file"
	distrusts_undo "$file is a link"
	mv "$tree/other" "$split/$file"
done
cp "$split/journal" "$work/journal"
for name in ../passwd .. . /etc/passwd Settings Settings1.xml.bak 'Settings x.xml' Settings/.xml Settingsdefault.xml passwd; do
	sed "s|Settings.xml|$name|" "$work/journal" >"$split/journal"
	run --root="$tree" split --undo
	is "a journal with the name $name is none" "3 $before" "$status $(content)"
done
for edit in '1s/before/between/' 's/settings/home/' '1s/[0-9]* /x /' '1s/644/77777/' '1s/$/ x/' '1p' '1ixattr 61 62' '$axattr 6 62' '$axattr 61' '$axattr 6g 61'; do
	sed "$edit" "$work/journal" >"$split/journal"
	run --root="$tree" split --undo
	is "a journal is all right or none: $edit" "3 $before" "$status $(content)"
done
cp "$work/journal" "$split/journal"
run --root="$tree" split --undo
is "and believed when all is as it was" "0 Settings.xml" "$status$stderr $(cd "$sipis" && echo *)"
done_testing

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What sipisctl check shows on a terminal: colours, the line with a caret under the fault, and no
# password, ever. script(1) gives it a terminal.
. "$(dirname "$0")/../lib.sh"
export TERM=xterm SHELL=/bin/bash
unset NO_COLOR
: "${SIPISCTL:?}"

has_terminal || skip_all "script gives no terminal here"

work=$(mktemp -d "${TMPDIR:-/tmp}/sipisctl-terminal.XXXXXX")
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
escape=$'\e'

# pty ARGUMENTS...: what sipisctl writes to a terminal, byte by byte, in $work/seen and $seen;
# and its status. `environment` stands before it.
environment=()
pty() {
	local command
	printf -v command ' %q' timeout --foreground 60 "${wrapper[@]}" "$SIPISCTL" "$@"
	(export "${environment[@]}" _; script -qec "stty -opost;$command" /dev/null </dev/null >"$work/seen")
	status=$?
	seen=$(tr '\0' '?' <"$work/seen")
}

# The same without a terminal.
piped() {
	ctl "$@" >"$work/seen" 2>&1 </dev/null
	status=$?
	seen=$(tr '\0' '?' <"$work/seen")
}

# has_colors: yes or no
has_colors() { if grep -q "$escape" "$work/seen"; then echo yes; else echo no; fi; }
without_colors() { sed "s/$escape\[[0-9;]*m//g" "$work/seen"; }

# The line that belongs to a place, and the one with the caret.
line_of() { sed -n 's/^ *[0-9][0-9]* | //p' <<<"$seen" | sed -n "${1:-1}p"; }
caret_of() { sed -n 's/^ *| //p' <<<"$seen" | sed -n "${1:-1}p"; }

# under_caret [N]: the part of the line that is underlined
under_caret() {
	local line caret underline
	line=$(line_of "${1:-1}") caret=$(caret_of "${1:-1}")
	underline=${caret##* }
	echo "${line:${#caret}-${#underline}:${#underline}}"
}

# show CONTENT [CODE]: a settings file with this content, and of its findings the one with this code
show() {
	rm -rf "$work/shown"
	new_tree shown
	printf '%s' "$1" >"$tree/etc/sipis/Settings1.xml"
	pty --color=never --root="$tree" check
	seen=$(grep -F -A 5 "[${2:-bad-port}]" <<<"$seen" | awk 'NR > 1 && /\[[a-z-]+\]$|instances?, /{ exit } { print }')
}

# --- colours -----------------------------------------------------------------------------------------------

pty --root="$typo" check
is "a terminal gets colours" yes "$(has_colors)"
is "the exit status is the same" 1 "$status"
colored=$(without_colors)
pty --root="$typo" --color=never check
is "--color=never: none" no "$(has_colors)"
is "colours are all that differs" "$colored" "$seen"
pty --root="$typo" check --color=auto
is "--color=auto is the default" yes "$(has_colors)"
pty --root="$typo" --color=always check
is "--color=always: colours" yes "$(has_colors)"
environment=(NO_COLOR=1)
pty --root="$typo" check
is "NO_COLOR: none" no "$(has_colors)"
is "NO_COLOR: but a caret" "$colored" "$seen"
pty --root="$typo" --color=always check
is "--color=always decides against NO_COLOR" yes "$(has_colors)"
environment=(NO_COLOR=)
pty --root="$typo" check
is "an empty NO_COLOR is none" yes "$(has_colors)"
environment=(TERM=dumb)
pty --root="$typo" check
is "TERM=dumb: none" no "$(has_colors)"
is "TERM=dumb: but a caret" "$colored" "$seen"
pty --root="$typo" --color=always check
is "--color=always decides against TERM=dumb" yes "$(has_colors)"
environment=()
piped --root="$typo" check
is "no terminal: no colours" no "$(has_colors)"
is "no terminal: no caret" "" "$(line_of)$(caret_of)"
piped --root="$typo" --color=always check
is "no terminal and --color=always: colours" yes "$(has_colors)"
pty --root="$typo" --json check
terminal=$seen
piped --root="$typo" --json --color=always check
is "JSON has no colours, on a terminal or with --color=always" "no $terminal" "$(has_colors) $seen"

# --- the caret ---------------------------------------------------------------------------------------------

# The whole of it, once.
pty --root="$typo" --color=never check
is "a finding on a terminal: text, line, caret, summary" "$typo/etc/sipis/Settings3.xml:3:49: error: Server[Port] \"1498x\" is not a decimal number from 1 to 65535 [bad-port]
    3 |   <Server Name=\"Sipis3\" Address=\"0.0.0.0\" Port=\"1498x\" Realm=\"Sipis\"
      |                                                 ^~~~~
4 instances, 1 error, 0 warnings" "$seen"
show '<Sipis><Server Name="a" Port="1498x"/></Sipis>'
is "the value at fault is underlined" 1498x "$(under_caret)"
show $'<Sipis>\n\t<Server\tName="a"\t\tPort="1498x"/></Sipis>'
is "behind tabs too" 1498x "$(under_caret)"
show '<Sipis><Server Name="Žižkov é€𝄞" Port="1498x"/></Sipis>'
is "behind characters of several bytes too" 1498x "$(under_caret)"
show $'<Sipis><Server Name="日本語e\u0301" Port="1498x"/></Sipis>'
caret=$(caret_of)
is "behind characters of two columns or none it is the column of the screen that counts" 36 "$((${#caret} - 5))"
show $'<Sipis><Server Name="a\u0378b" Port="1498x"/></Sipis>'
is "a character that nobody knows has one column" 1498x "$(under_caret)"
show '<Sipis><Server Name="a" Port="é€x"/></Sipis>'
is "a value with characters of several bytes is underlined by characters" é€x "$(under_caret)"
show $'<Sipis>\r\n<Server Name="a" Port="1498x"/>\r\n</Sipis>\r\n'
is "lines that end in CRLF show no CR" '1498x <Server Name="a" Port="1498x"/>' "$(under_caret) $(line_of)"
show $'<Sipis><Server Name="a" Port="1498x"/>\r\n</Sipis>\r\n'
is "in the first line too" '1498x <Sipis><Server Name="a" Port="1498x"/>' "$(under_caret) $(line_of)"
show $'\xef\xbb\xbf<Sipis><Server Name="a" Port="1498x"/></Sipis>'
is "behind a byte order mark too" 1498x "$(under_caret)"
show '<Sipis><Server Name="a" Port=""/></Sipis>'
is "an empty value has its caret at the quote that closes it" '" ^' "$(under_caret) $(caret_of | tr -d ' ')"
show '<Sipis><Server Name="a"/></Sipis>' missing-attribute
is "an element has its caret at its <" '< ^' "$(under_caret) $(caret_of | tr -d ' ')"
show $'<Sipis>\n<Server\n Name="a"\n  Port="1498x"\n/></Sipis>'
is "of a tag of several lines the one with the value is shown" '1498x   Port="1498x"' "$(under_caret) $(line_of)"
show $'<Sipis><Server Name="a" Port="14\n98"/></Sipis>'
is "a value of several lines is underlined to the end of its first" 14 "$(under_caret)"
show $'<Sipis><Server Name="\u202e\x7f" Port="1498x"/></Sipis>'
is "behind escaped characters too" 1498x "$(under_caret)"
is "characters that change the direction of text are escaped" "" "$(grep -e $'\u202e' -e $'\x7f' "$work/seen")"
show $'<Sipis><Server Name="a" Port="14\u202e98"/></Sipis>'
is "escaped characters are underlined as they are shown" '14\xe2\x80\xae98' "$(under_caret)"

# Files of one line of 100 kB, with the place at its beginning, in its middle, at its end.
filler=$(printf '<Filler Note="é%.0s"/>' {1..5000})
for where in beginning middle end; do
	case $where in
	beginning) content="<Sipis><Server Name=\"a\" Port=\"1498x\"/>$filler</Sipis>" ;;
	middle) content="<Sipis>$filler<Server Name=\"a\" Port=\"1498x\"/>$filler</Sipis>" ;;
	end) content="<Sipis>$filler<Server Name=\"a\" Port=\"1498x\"/></Sipis>" ;;
	esac
	show "$content"
	is "a place at the $where of a long line: the caret is right" 1498x "$(under_caret)"
	line=$(line_of)
	is "a place at the $where of a long line: what is shown is short" yes "$([ ${#line} -lt 120 ] && echo yes)"
	is "a place at the $where of a long line: it is said where it was cut" \
		"$([ $where = beginning ] || echo ...) $([ $where = end ] || echo ...)" \
		"$(grep -o '^\.\.\.' <<<"$line") $(grep -o '\.\.\.$' <<<"$line")"
	is "a place at the $where of a long line: no character is cut" 0 "$(iconv -f UTF-8 -t UTF-8 "$work/seen" >/dev/null 2>&1; echo $?)"
done
show "<Sipis><Server Name=\"a\" Port=\"$(printf '%0300d' 1)\"/></Sipis>"
is "a long value is underlined as far as it is shown" yes "$([[ $(under_caret) =~ ^0{20,60}$ ]] && echo yes)"
show "<Sipis><Server Name=\"a\" Port=\"$(printf 'é%.0s' {1..300})\"/></Sipis>"
is "and so is one of long characters" yes "$([[ $(under_caret) =~ ^é{10,60}$ ]] && echo yes)"

new_tree whole
ln -s nowhere "$tree/etc/sipis/Settings1.xml"
pty --root="$tree" --color=never check
is "a finding about a whole file has no line" "2 " "$(wc -l <<<"$seen") $(caret_of)"

# --- the other place -----------------------------------------------------------------------------------------

new_tree clash
cat >"$tree/etc/sipis/Settings1.xml" <<-'END'
	<Sipis>
	  <Server Name="Sipis1" Port="14998"/>
	  <HttpServer Port="5000"/>
	  <Lock FileName="/1.lock"/>
	  <Log FileName="/1.log"/>
	</Sipis>
END
sed -e 's/"Sipis1"/"Sipis2"/' -e 's/14998/7/' -e 's/"5000"/"14998"/' -e 's/1\.lo/2.lo/' \
	"$tree/etc/sipis/Settings1.xml" >"$tree/etc/sipis/Settings2.xml"
pty --root="$tree" --color=never check
is "the place that it is related to is a second note, with its line and caret" \
	"14998 $tree/etc/sipis/Settings1.xml:2:31: note: 14998" \
	"$(under_caret 1) $(grep -o "^$tree.*Settings1.xml:2:31: note:" <<<"$seen") $(under_caret 2)"
is "the lines are those of both files" $'  <HttpServer Port="14998"/>\n  <Server Name="Sipis1" Port="14998"/>' "$(line_of 1)"$'\n'"$(line_of 2)"
is "one clash, two carets" 2 "$(grep -c '^ *| *^' <<<"$seen")"
pty --root="$tree" --color=never check 1
is "the same with INSTANCE" "14998 14998" "$(under_caret 1) $(under_caret 2)"
pty --root="$tree" --color=never check --refused 2
is "--refused shows carets too" "78 14998 14998" "$status $(under_caret 1) $(under_caret 2)"

# --- what is masked --------------------------------------------------------------------------------------------

# masks NAME CONTENT CODE: of a file with this content the line of that finding is shown, and nothing
# of the secret in it. All of them are files of one tree, which masks_done shows.
masked=() codes=()
new_tree masks
masks() {
	masked+=("$1") codes+=("$3")
	printf '%s' "$2" >"$tree/etc/sipis/Settings${#masked[@]}.xml"
}

masks_done() {
	local i all line
	pty --color=never --root="$tree" check
	all=$seen
	for i in "${!masked[@]}"; do
		seen=$(grep -F -A 2 "$tree/etc/sipis/Settings$((i + 1)).xml:" <<<"$all" | grep -F -A 2 -m 1 "[${codes[i]}]")
		line=$(line_of)
		is "masked: ${masked[i]}" "yes yes " "$([ -n "$line" ] && echo yes) $([ -n "$(caret_of)" ] && echo yes) $(grep -E 'hunte|unter|nter2' <<<"$seen")"
	done
	is "masked: not even beside another finding" "" "$(grep -E 'hunte|unter|nter2' <<<"$all")"
}

server='<Server Name="a" Port="1498x"/>'
masks "an attribute that is not checked" "<Sipis><Database OpenString=\"hunter2\"/>$server</Sipis>" bad-port
masks "behind the place" "<Sipis>$server<Database OpenString='hunter2'/></Sipis>" bad-port
masks "another attribute of the same element" '<Sipis><Server Name="a" Port="1498x" Secret="hunter2"/></Sipis>' bad-port
masks "a comment" "<Sipis><!-- hunter2 -->$server</Sipis>" bad-port
masks "a comment that looks like a tag that is checked" "<Sipis><!-- <Server Name=\"hunter2\"/> -->$server</Sipis>" bad-port
masks "CDATA" "<Sipis><![CDATA[hunter2]]>$server</Sipis>" bad-port
masks "CDATA that looks like a tag" "<Sipis><![CDATA[<Server Name=\"hunter2\"/>]]>$server</Sipis>" bad-port
masks "the text of an element" "<Sipis><Password>hunter2</Password>$server</Sipis>" bad-port
masks "a processing instruction" "<Sipis><?secret hunter2=\"hunter2\"?>$server</Sipis>" bad-port
masks "a checked attribute's name on another element" "<Sipis><Other Name=\"hunter2\" Port=\"hunter2\"/>$server</Sipis>" bad-port
masks "a checked element that stands deeper" "<Sipis><Other><Server Name=\"hunter2\"/></Other>$server</Sipis>" bad-port
masks "a checked element of another namespace" "<Sipis><Server xmlns=\"x\" Name=\"hunter2\"/>$server</Sipis>" bad-port
masks "a checked attribute's name with a prefix" '<Sipis xmlns:p="x"><Server Name="a" Port="1498x" p:Name="hunter2"/></Sipis>' bad-port
masks "a value with > in it" "<Sipis><Database OpenString=\"> hunter2\"/>$server</Sipis>" bad-port
masks "a value with the other quote in it" "<Sipis><Database OpenString=\"' Name='hunter2\"/>$server</Sipis>" bad-port
masks "a value with references in it" "<Sipis><Database OpenString=\"&quot;hunter2&#x22;\"/>$server</Sipis>" bad-port
masks "a value that began on a line before" $'<Sipis><Database OpenString="host=x\n password=hunter2"/>'"$server</Sipis>" bad-port
masks "a value that goes on on the next line" "<Sipis>$server<Database OpenString=\"hunter2"$'\n"/></Sipis>' bad-port
masks "a comment that began on a line before" $'<Sipis><!--\nhunter2 <Server Name="hunter2"/> -->'"$server</Sipis>" bad-port
masks "a value that is cut" "<Sipis><Database OpenString=\"$(printf 'hunter2%.0s' {1..20})\"/>$server<Database OpenString=\"$(printf 'hunter2%.0s' {1..20})\"/></Sipis>" bad-port
masks "the second of two elements" "<Sipis>$server<Server Name=\"hunter2\" Port=\"hunter2\"/></Sipis>" repeated-element
masks "another root" '<Other Name="hunter2"><Server Name="hunter2"/></Other>' root-element
masks "a DOCTYPE" '<!DOCTYPE Sipis [<!ENTITY p "hunter2">]><Sipis Password="hunter2"/>' xml-forbidden
masks "an encoding" '<?xml version="1.0" encoding="hunter2"?><Sipis Password="hunter2"/>' xml-forbidden
masks "syntax: a value without quotes" '<Sipis><Database OpenString=hunter2/></Sipis>' xml-syntax
masks "syntax: a quote in a value" '<Sipis><Database OpenString="password="hunter2""/></Sipis>' xml-syntax
masks "syntax: an & in a value" '<Sipis><Database OpenString="a&hunter2"/></Sipis>' xml-syntax
masks "syntax: an & before the secret" '<Sipis><Database OpenString="&amp hunter2"/></Sipis>' xml-syntax
masks "syntax: a < in a value" '<Sipis><Database OpenString="a<hunter2"/></Sipis>' xml-syntax
masks "syntax: a quote that nobody closes" $'<Sipis><Database OpenString="hunter2/>\n<Server Name="hunter2"/></Sipis>' xml-syntax
masks "syntax: a quote that nobody closes, one line" '<Sipis><Administrator UserName="hunter2 Password="hunter2"/></Sipis>' xml-syntax
masks "syntax: quotes that do not match" "<Sipis><Administrator Password='hunter2\" UserName='hunter2'/></Sipis>" xml-syntax
masks "syntax: behind the wrong end tag" '<Sipis><Database OpenString="hunter2"></Sipis><Database OpenString="hunter2"/>' xml-syntax
masks "syntax: a comment that nobody closes" '<Sipis><Server Name="hunter2"/><!-- hunter2 -- hunter2' xml-syntax
masks "syntax: an attribute given twice" '<Sipis><Database OpenString="hunter2" OpenString="hunter2"/></Sipis>' xml-syntax
masks "syntax: bytes that are not UTF-8" $'<Sipis><Database OpenString="hunter2\xff hunter2"/></Sipis>' xml-syntax
masks "syntax: a control character" $'<Sipis><Database OpenString="hunter2\e[31m hunter2"/></Sipis>' xml-syntax
masks "syntax: text before the root" 'hunter2 <Sipis/>' xml-syntax
masks "syntax: text behind the root" '<Sipis/>hunter2' xml-syntax
masks "syntax: an end tag too many" '<Sipis/></hunter2>' xml-syntax
masks_done
show '<Sipis><A B="hunter2"/><Server Name="a" Port="1498x"/></Sipis>'
is "masked by a star a character, the markup stands" '<Sipis><A B="*******"/><Server Name="a" Port="1498x"/></Sipis>' "$(line_of)"
show "<Sipis><Server Name='a' Port='1498x'/><A B='hunter2'/></Sipis>"
is "in the quotes that it has" "<Sipis><Server Name='a' Port='1498x'/><A B='*******'/></Sipis>" "$(line_of)"
show '<Sipis><Log FileName="/l"/><Server Port="1498x" Realm="r"/></Sipis>'
is "what is checked is not masked" '<Sipis><Log FileName="/l"/><Server Port="1498x" Realm="r"/></Sipis>' "$(line_of)"

# The load balancer's file: beside a finding, before it, after it, and in what is not checked.
mask_balancer() {
	new_tree "balancer-$RANDOM"
	mkdir -p "$tree/etc/acrobits/LoadBalancer2"
	printf '<Sipis><Server Name="a" Port="1"/><HttpServer Port="2"/><Lock FileName="/l"/><Log FileName="/m"/></Sipis>' \
		>"$tree/etc/sipis/Settings1.xml"
	printf '%s' "$2" >"$tree/etc/acrobits/LoadBalancer2/Settings.xml"
	pty --color=never --root="$tree" check
	seen=$(grep -F -A 2 "[$3]" <<<"$seen")
	is "masked in the load balancer's file: $1" "yes $4 " \
		"$([ -n "$(line_of)" ] && echo yes) $(under_caret) $(grep -E 'hunte|unter|nter2' <<<"$seen")"
	rm -rf "$tree"
}
mask_balancer "beside a bad SelectorPrefix" \
	'<LoadBalancer2><Backend><Sipis Name="a" SelectorPrefix="5/2" Password="hunter2" Address=""/></Backend></LoadBalancer2>' bad-prefix 5/2
mask_balancer "before a bad SelectorPrefix" \
	'<LoadBalancer2><Backend><Sipis Password="hunter2" Name="a" SelectorPrefix="5/2" Address=""/></Backend></LoadBalancer2>' bad-prefix 5/2
mask_balancer "in the backend before and the one after" \
	'<LoadBalancer2><Backend><Sipis Name="a" SelectorPrefix="" Key="hunter2"/><Sipis Name="a" SelectorPrefix="5/2"/><Sipis Name="a" Key="hunter2"/></Backend></LoadBalancer2>' bad-prefix 5/2
mask_balancer "beside a bad address of a frontend" \
	'<LoadBalancer2><Frontend><Tls Key="hunter2" Address="0" Password="hunter2"/></Frontend><Backend><Sipis Name="a" Key="hunter2"/></Backend></LoadBalancer2>' bad-address 0
mask_balancer "what is checked elsewhere" \
	'<LoadBalancer2><Sentry Name="hunter2" SelectorPrefix="hunter2" Address="hunter2"/><Frontend><Udp Address="0" Name="hunter2"/></Frontend><Backend Name="hunter2"><Sipis Name="a"/></Backend></LoadBalancer2>' bad-address 0

# Carets take time in proportion to the findings, not to the findings times the size of the file.
new_tree many
mkdir -p "$tree/etc/acrobits/LoadBalancer2"
printf '<Sipis><Server Name="a" Port="1"/><HttpServer Port="2"/><Lock FileName="/l"/><Log FileName="/m"/></Sipis>' >"$tree/etc/sipis/Settings1.xml"
{
	echo '<LoadBalancer2><Backend>'
	for ((i = 0; i < 13800; i++)); do echo '<Sipis Name="a" SelectorPrefix="x" Password="hunter2" Address=""/>'; done
	echo '</Backend></LoadBalancer2>'
} >"$tree/etc/acrobits/LoadBalancer2/Settings.xml"
SECONDS=0
pty --color=never --root="$tree" check
is "13,800 carets take some seconds at most" "1 yes yes" \
	"$status $([ "$(grep -c '^ *| *^' <<<"$seen")" -ge 13800 ] && echo yes) $([ "$SECONDS" -lt 30 ] && echo yes)"
is "masked: and no password in any of them" "" "$(grep -m 1 hunter2 <<<"$seen")"
rm -rf "$tree"

# Every fault that one key can make in a file with passwords: a character that is missing, or one too
# many. Each becomes a settings file of one tree.
new_tree keys
# shellcheck disable=SC2016
printf '%s' '<Sipis><Server Name="a" Port="0"/><!-- hunter2 --><Administrator UserName="admin" Password="hunter2"/>
<Database OpenString='\''host=x password="hunter2"'\''/><Log FileName="/l"><Http Password="hunter2"/></Log></Sipis>' >"$work/keys.xml"
awk -v directory="$tree/etc/sipis" '
	{ text = text (NR > 1 ? "\n" : "") $0 }
	function write(content) {
		file = directory "/Settings" ++n ".xml"
		print content >file
		close(file)
	}
	END {
		split("\" '\'' < > & / = ! -", keys, " ")
		for (i = 1; i <= length(text); i++) {
			write(substr(text, 1, i - 1) substr(text, i + 1))
			for (k = 1; k in keys; k++)
				write(substr(text, 1, i - 1) keys[k] substr(text, i))
		}
	}' "$work/keys.xml"
pty --root="$tree" --color=never check
is "masked: in every file with one character too few or too many a finding is shown" yes \
	"$([ "$(grep -c '^ *| *^' <<<"$seen")" -ge 2000 ] && echo yes)"
is "masked: and no password in any" "" "$(grep -E 'hunte|unter|nter2' <<<"$seen" | sort | uniq -c | sort -rn | head)"
rm -rf "$tree"

# --- what is never raw -------------------------------------------------------------------------------------------

# No control byte of a file reaches the terminal: with --color=never there is none but the newline.
controls() { tr -d '\n' <"${1:-$work/seen}" | tr -d -c '\000-\037\177' | od -An -c; }
number=0
for content in $'<Sipis><Server Name="a" Port="1\e[31m"/></Sipis>' $'<Sipis>\e[31m</Sipis>' $'\e[31m' \
	$'<Sipis><Server Name="a\x7f\xc2\x9b31m" Port="x"/></Sipis>' $'<Sipis><Server Name="a"\r Port="x"/></Sipis>' \
	$'<Sipis><\e[31m/></Sipis>' $'<Sipis><Server \e[31m="x" Port="x"/></Sipis>' $'<Sipis><?\e[31m?><Server Port="x"/></Sipis>' \
	$'<Sipis>\b\a\v\f</Sipis>' $'<Sipis><Server Name="&#x9b;31m&#13;" Port="x&#9;&#10;"/></Sipis>'; do
	number=$((number + 1))
	new_tree "raw$number"
	printf '%s' "$content" >"$tree/etc/sipis/Settings1.xml"
	pty --root="$tree" --color=never check
	is "no control byte is shown raw: $(printf %q "$content")" "" "$(controls)$(grep -o $'\xc2\x9b' <<<"$seen")"
done
new_tree null
printf '<Sipis><Server Name="a\0b" Port="1\0x"/></Sipis>' >"$tree/etc/sipis/Settings1.xml"
printf '<Sipis>\n<\0Server/></Sipis>' >"$tree/etc/sipis/Settings2.xml"
printf '\0<Sipis/>' >"$tree/etc/sipis/Settings3.xml"
printf '<Sipis/>\0\0\0' >"$tree/etc/sipis/Settings4.xml"
pty --root="$tree" --color=never check
is "NUL bytes are never shown raw" "" "$(controls)"
is "and cut nothing off: the summary stands at the end" "4 instances, 4 errors, 0 warnings" "$(tail -n 1 <<<"$seen")"
new_tree $'none\e[31m'
pty --root="$tree" --color=never check
is "without settings files the directory is named, and escaped" \
	"sipisctl: there are no instances: $work/none\\x1b[31m/etc/sipis has no settings files" "$(head -n 1 <<<"$seen" | tr -d '\r')"
new_tree $'names\e[31m'
printf x >"$tree/etc/sipis/Settings"$'\e[31m'.xml
pty --root="$tree" --color=never check
is "a file's name is escaped" "" "$(controls)"
new_tree 'names-backslash\x1b'
printf x >"$tree/etc/sipis/Settings1.xml"
pty --root="$tree" --color=never check
is "a backslash in a path is itself" yes "$(grep -qF "$tree/etc/sipis/Settings1.xml:1:1: error" <<<"$seen" && echo yes)"

# --- every golden tree ---------------------------------------------------------------------------------------------

# Every caret of $work/plain stands under the byte that its place names. Where a document is not
# well-formed that byte may be masked, or be the end of the line.
misplaced_carets() {
	local line place='' finding='' text='' number caret underline shown expected file='' lines=()
	while IFS= read -r line; do
		if [[ $line =~ ^\ *([0-9]+)\ \|\ (.*)$ ]]; then
			number=${BASH_REMATCH[1]} text=${BASH_REMATCH[2]}
		elif [[ $line =~ ^\ *\|\ (\ *\^~*)$ ]]; then
			caret=${BASH_REMATCH[1]} underline=${BASH_REMATCH[1]##* }
			shown=${text:${#caret}-${#underline}:1}
			[[ $place =~ ^(.*):([0-9]+):([0-9]+):\ (error|warning|note):\  ]] || { echo "a caret below: $place"; continue; }
			if [ "$file" != "${BASH_REMATCH[1]}" ]; then
				file=${BASH_REMATCH[1]}
				mapfile -t lines < <(LC_ALL=C tr '\0\200-\377' '?' <"$file" | cut -b -4000)
			fi
			expected=${lines[BASH_REMATCH[2] - 1]:BASH_REMATCH[3] - 1:1}
			[ "$number" = "${BASH_REMATCH[2]}" ] || echo "line $number below: $place"
			# other bytes than ASCII are `?` here
			[ "$expected" = "$shown" ] || [ "$expected" = '?' ] ||
				[[ $finding =~ \[(xml-.*|settings-differ)\]$ && ${shown:-*} = '*' ]] ||
				echo "a caret under '$shown', not '$expected', below: $place"
		else
			place=$line
			[[ $line = *": note: "* ]] || finding=$line
		fi
	done <"$work/plain"
}

for about in "$golden"/*/about; do
	case=${about%/about}
	name=${case##*/}
	cp -a "$case/root" "$work/root" && chmod -R u+w "$work/root"
	if [ -x "$case/setup" ]; then (cd "$work/root" && sh "$case/setup") || not_ok "$name: setup"; fi
	piped --root="$work/root" check
	grep ' \[[a-z-]*\]$' "$work/seen" | sed 's/ (see [^ ]*) \(\[[a-z-]*\]\)$/ \1/' >"$work/findings"
	expected=$status
	pty --root="$work/root" check
	is "$name: exit status $expected on a terminal too" "$expected" "$status"
	without_colors >"$work/plain"
	is "$name: on a terminal the same findings in the same order" "$(<"$work/findings")" "$(grep -E '(error|warning): .* \[[a-z-]*\]$' "$work/plain")"
	is "$name: every caret is where it belongs" "" "$(misplaced_carets)"
	is "$name: no control byte is shown raw" "" "$(controls "$work/plain")"
	is "$name: no password is shown" "" "$(grep -a hunter2 "$work/seen" "$work/findings")"
	rm -rf "$work/root"
done

cp -a "$golden/four-processes/root" "$work/root" && chmod -R u+w "$work/root"
sed -i 's/<Administrator/<Administrator Port="1" <X/' "$work/root/etc/sipis/Settings2.xml"
sed -i 's/14978/14978x/' "$work/root/etc/sipis/Settings3.xml"
for instance in 2 3; do
	pty --root="$work/root" check --refused $instance
	is "--refused on a terminal shows no password: $instance" "78 yes " \
		"$status $(grep -q '^ *[0-9]* | ' "$work/seen" && echo yes) $(grep -a hunter2 "$work/seen")"
done
done_testing

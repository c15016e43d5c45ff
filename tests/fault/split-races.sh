#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What another program saves while sipisctl split is at work is never lost: before each call that changes something, an
# editor saves one of the files, in each of the ways in which editors do that. shim.c runs the editor.
. "$(dirname "$0")/../lib.sh"
: "${SIPISCTL:?}" "${FAULT_SHIM:?}"
. "$here/lib.sh"

single_process one
balancer=${balancer#"$tree/"}
cp -a "$work/one" "$work/three"
"$SIPISCTL" --root="$work/three" split 3 --yes >"$work/output" 2>&1 || bail_out "$(<"$work/output")"

# content TREE [FILE]: all settings but FILE, in one word
content() { tar -C "$1" --exclude=.sipisctl-split ${2:+--exclude="$2"} --sort=name --mtime=@0 -cf - etc | md5sum; }

# attempt TREE FUNCTION NUMBER COMMAND ARGUMENTS...: COMMAND runs before call NUMBER of FUNCTION, in the copy $tree; with
# $mode run-from before all later ones too
mode=run
attempt() {
	local from=$1 function=$2 number=$3 command=$4
	shift 4
	rm -rf "$tree"
	cp -a "$work/$from" "$tree"
	LD_PRELOAD=$FAULT_SHIM SIPIS_FAULT=$mode:$function:$number SIPIS_FAULT_COMMAND="cd $tree && $command" \
		"$SIPISCTL" --root="$tree" split "$@" --yes >"$work/output" 2>&1
	status=$?
}

tree=$work/tree marker='<!-- saved meanwhile -->'
declare -A ways=(
	[rename]='printf "%s\n" "$M" >F~ && mv -f F~ F'
	[append]='printf "%s\n" "$M" >>F'
	[truncate]='printf "%s\n" "$M" >F'
	[chmod]='[ ! -e F ] || chmod 604 F'
	[rm]='rm -f F'
)

# complain WAY FILE START END: what is wrong in $tree after an attempt
complain() {
	local way=$1 file=$2 start=$3 end=$4
	[ "$status" = 0 ] || [ "$status" = 1 ] || echo "exit status $status: $(<"$work/output")"
	case $way in
	rename | append | truncate) grep -qF "$marker" "$tree/$file" || echo "what was saved is lost" ;;
	chmod) [ ! -e "$tree/$file" ] || [ "$(stat -c %a "$tree/$file")" = 604 ] || [ "$status" = 0 ] || echo "the mode is lost" ;;
	esac
	[ -z "$(find "$tree" -name '.sipisctl-split.*' -o -name '*.pending' -o -name '*.undoing' -o -name '*.preparing')" ] ||
		echo "something is left over"
	case $status in
	0)
		# A mode that was changed early is what new files get.
		[ "$way" = chmod ] || [ "$(content "$tree" "$file")" = "$end" ] ||
			echo "exit status 0, and other files are not as they should be"
		;;
	1)
		[ "$(content "$tree" "$file")" = "$start" ] || echo "exit status 1, and other files were changed"
		grep -qE 'nothing was changed$' "$work/output" || echo "it says: $(<"$work/output")"
		;;
	esac
}

# race NAME TREE FILE ARGUMENTS...
race() {
	local name=$1 from=$2 file=$3 start end way command function number fault complaint='' tried=0 refused=0
	shift 3
	rm -rf "$tree"
	cp -a "$work/$from" "$tree"
	start=$(content "$tree" "$file")
	LD_PRELOAD=$FAULT_SHIM SIPIS_FAULT_COUNT=$work/count "$SIPISCTL" --root="$tree" split "$@" --yes >"$work/output" 2>&1 ||
		bail_out "split $*: $(<"$work/output")"
	end=$(content "$tree" "$file")
	declare -A seen=()
	while read -r _ function effect _; do
		number=$((${seen[$function]:-0} + 1))
		seen[$function]=$number
		[ "$effect" = c ] || continue
		case $function in write | fchown | fchmod | fremovexattr | fsetxattr) continue ;; esac
		for way in "${!ways[@]}"; do
			next_is_tried || continue
			command=${ways[$way]//F/$file}
			attempt "$from" "$function" "$number" "M='$marker'; $command" "$@"
			fault=$(complain "$way" "$file" "$start" "$end")
			[ -z "$fault" ] || complaint+="$way before $function $number: $fault"$'\n'
			tried=$((tried + 1))
			[ "$status" != 1 ] || refused=$((refused + 1))
		done
	done <"$work/count"
	[ "$tried" -gt $((50 / every)) ] && [ "$refused" -gt $((10 / every)) ] ||
		complaint+="only $tried races, $refused of them refused"
	verdict "$name: $tried races, $refused of them refused: nothing that was saved is lost" "$complaint"
}

race "split 3 of one, the file that goes" one etc/sipis/Settings.xml 3
race "split 3 of one, a file that comes" one etc/sipis/Settings2.xml 3
race "split 3 of one, the load balancer's" one "$balancer" 3
race "split 2 of three, a file that goes" three etc/sipis/Settings3.xml 2
race "--undo, a file that goes" three etc/sipis/Settings1.xml --undo
race "--undo, the file that comes back" three etc/sipis/Settings.xml --undo
race "--undo, the load balancer's" three "$balancer" --undo

# Two saves while names are exchanged, and exchanged back: the later one stays.
# shellcheck disable=SC2016 # for the shell that runs the command
twice='n=$(($(cat n 2>/dev/null || echo 0) + 1)); echo $n >n; [ $n -gt 2 ] || { echo "$M $n" >F~; mv -f F~ F; }'
mode=run-from tried=0 complaint=''
for function in renameat2 fstatat; do
	for ((number = 1; ; number++)); do
		attempt one $function $number "M='$marker'; ${twice//F/$balancer}" 3
		saves=$(cat "$tree/n" 2>/dev/null) || break
		[ "$saves" -le 2 ] || saves=2
		tried=$((tried + saves - 1))
		[ "$(tail -n 1 "$tree/$balancer")" = "$marker $saves" ] || complaint+="from $function $number: save $saves is lost"$'\n'
	done
done
[ $tried -gt 0 ] || complaint+="it was never saved twice"
verdict "the later one of two saves stays" "$complaint"
mode=run

# A program that keeps the file open saves into what has been replaced, where no name leads to it any more.
holder='exec 3>>etc/acrobits/LoadBalancer2/Settings.xml; (printf "%s\n" "$M" >&3; sleep 5) >/dev/null 2>&1 & echo $! >pid'
attempt one renameat2 3 "M='$marker'; $holder" 3
read -r pid <"$tree/pid"
kill "$pid" 2>/dev/null
is "a file that another program has open for writing is not replaced" "1 yes yes" \
	"$status $(grep -qF "$marker" "$tree/$balancer" && echo yes) $(says ' is open for writing in another program; nothing was changed$' "$(<"$work/output")")"

# --- file systems that cannot exchange names -----------------------------------------------------------------

export SIPIS_FAULT_NO_EXCHANGE=1
# without ARGUMENTS...: on such a file system, without anybody else; leaves $tree
without() { LD_PRELOAD=$FAULT_SHIM "$SIPISCTL" --root="$tree" split "$@" --yes >"$work/output" 2>&1; }
rm -rf "$tree"
cp -a "$work/one" "$tree"
without 3
is "without RENAME_EXCHANGE: split" "0 $(content "$work/three")" "$? $(content "$tree")"
without --undo
is "without RENAME_EXCHANGE: --undo" "0 $(content "$work/one")" "$? $(content "$tree")"
attempt one renameat2 1 "echo '$marker' >etc/sipis/Settings1.xml" 3
is "without RENAME_NOREPLACE, what was made meanwhile stays" "1 $marker" "$status $(<"$tree/etc/sipis/Settings1.xml")"
attempt one renameat2 4 "echo '$marker' >>$balancer" 3
is "without RENAME_EXCHANGE, what was saved meanwhile stays" "1 yes" \
	"$status $(grep -qF "$marker" "$tree/$balancer" && echo yes)"
done_testing

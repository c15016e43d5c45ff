#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl split that is killed, loses its power or meets an error, at every one of its calls. trial.c
# does that and says what must be true then; here are the installations on which it does it.
. "$(dirname "$0")/../lib.sh"
: "${SIPISCTL:?}" "${GENERATOR:?}" "${FAULT_SHIM:?}" "${FAULT_TRIAL:?}"
. "$here/lib.sh"

# --- the shim knows every way to change a file ---------------------------------------------------------------

imported=$("${NM:-nm}" -D --undefined-only "$SIPISCTL" | sed -n 's/^ *U \([^@]*\).*/\1/p' | sort)
covered=$("${NM:-nm}" -D --defined-only "$FAULT_SHIM" | sed -n 's/^[0-9a-f]* [TW] \([^@]*\).*/\1/p' | sort)
changing='^(__)?(open|openat|creat|mkdir|mkdirat|mknod|mknodat|mkfifo|mkfifoat|write|writev|pwrite|pwritev|truncate'
changing+='|ftruncate|fsync|fdatasync|sync|syncfs|sync_file_range|l?chown|fchown|fchownat|chmod|fchmod|fchmodat|[lf]?setxattr'
changing+='|[lf]?removexattr|rename|renameat|renameat2|link|linkat|symlink|symlinkat|unlink|unlinkat|rmdir|remove|utime'
changing+='|utimes|utimensat|futimens|futimes|fallocate|posix_fallocate|copy_file_range|sendfile|splice|mkstemps?'
changing+='|mkostemps?|mkdtemp|tmpfile|fopen|freopen|fdopen|flock|lockf|syscall)(64)?(_2|_chk)?$'
# `metrics --output=FILE` replaces a file of its own: tests/sipisctl/metrics.sh
of_metrics='mkostemp(64)?|rename|unlink'
if is_measured "$SIPISCTL"; then
	skip "every call of sipisctl that can change a file is counted, and can fail" "it is measured"
else
	is "every call of sipisctl that can change a file is counted, and can fail" "" \
		"$(comm -23 <(grep -E "$changing" <<<"$imported") <(echo "$covered") | grep -vxE "$of_metrics")"
fi
is "what is counted is what is called" "fsync linkat openat renameat renameat2 syscall unlinkat write" \
	"$(comm -12 <(echo "$imported") <(echo "$covered") | grep -xE 'fsync|linkat|openat|renameat2?|syscall|unlinkat|write' | paste -sd ' ')"

# --- installations -----------------------------------------------------------------------------------------

# copy FROM TO
copy() { cp -a "$work/$1" "$work/$2"; }

# split TREE ARGUMENTS...
split() {
	local tree=$work/$1
	shift
	"$SIPISCTL" --root="$tree" split "$@" >"$work/output" 2>&1 || bail_out "split $*: $(<"$work/output")"
}

# interrupt FROM TO FUNCTION NUMBER ARGUMENTS...: killed after this call of the function
interrupt() {
	local from=$1 to=$2 function=$3 number=$4 call
	shift 4
	copy "$from" counted
	LD_PRELOAD=$FAULT_SHIM SIPIS_FAULT_COUNT=$work/count "$SIPISCTL" --root="$work/counted" split "$@" >"$work/output" 2>&1
	rm -rf "$work/counted"
	call=$(awk -v f="$function" -v n="$number" '$2 == f && ++seen == n { print $1 }' "$work/count")
	copy "$from" "$to"
	# the shell says that it was killed
	{ LD_PRELOAD=$FAULT_SHIM SIPIS_FAULT=kill-after:$call "$SIPISCTL" --root="$work/$to" split "$@"; } >"$work/output" 2>&1
}

single_process one
balancer=${balancer#"$tree/"}
chmod 640 "$work/one/etc/sipis/Settings.xml"
[ "$(id -u)" != 0 ] || chown 1234:2345 "$work/one/etc/sipis/Settings.xml"
"$FAULT_TRIAL" mark "$work/one/etc/sipis/Settings.xml" || echo "# no extended attributes here"

copy one four
split four 4 --yes
copy four two
split two 2 --yes
copy four back
split back 1 --yes
# renameat: five files get their temporary names, then the state changes, then one file is moved away; renameat2: the
# five get their places; unlinkat: two old files go
interrupt one pending-first renameat 6 4 --yes
interrupt one pending renameat2 3 4 --yes
interrupt one pending-last unlinkat 2 4 --yes
interrupt four undoing renameat2 2 --undo --yes

# --- who must not be silent -----------------------------------------------------------------------------------

# with_error TREE NUMBER ARGUMENT...: what the program says whose call fails
with_error() {
	LD_PRELOAD=$FAULT_SHIM SIPIS_FAULT=errno:EIO:$2 "$SIPISCTL" --root="$work/$1" "${@:3}" 2>&1
}

LD_PRELOAD=$FAULT_SHIM SIPIS_FAULT_COUNT=$work/count "$SIPISCTL" --root="$work/pending" check >"$work/output" 2>&1
silent='' tried=0
while read -r number function _; do
	[ "$function" != end ] || break
	said=$(with_error pending "$number" check)
	case $?:$said in
	3:?*) ;;
	1:*'[interrupted-split]'*) ;;
	*) silent+="$function, call $number: $said"$'\n' ;;
	esac
	tried=$((tried + 1))
done <"$work/count"
[ "$tried" -gt 0 ] || silent="nothing was tried"
verdict "an interrupted split: check is not silent about it with each of $tried errors" "$silent"
faults=$tried

# --- the trials --------------------------------------------------------------------------------------------

names=()

# scenario all|changes NAME START BEFORE AFTER ARGUMENTS...: begun beside the others. A kill at a call that reads
# leaves what the one before it has left, so where its errors are tried elsewhere those that change are all there is.
scenario() {
	local which=$1 name=$2 start=$work/$3 before=$work/$4 after=$work/$5
	shift 5
	names+=("$name")
	mkdir "$work/${#names[@]}"
	WORK=$work/${#names[@]} in_background "${#names[@]}" "$FAULT_TRIAL" "$which" "$start" "$before" "$after" split "$@"
}

scenario all "split 4 of one" one one four 4 --yes
scenario changes "split 2 of four" four four two 2 --yes
scenario changes "split 1 of four" four four back 1 --yes
scenario all "--undo of a complete split" four one four --undo --yes
scenario all "--resume of an interrupted split" pending one four --resume
scenario all "--undo of an interrupted split" pending one four --undo --yes
scenario changes "--resume of an interrupted --undo" undoing one four --resume
scenario changes "--undo of an interrupted --undo" undoing one four --undo --yes
scenario changes "--resume where only the step was taken" pending-first one four --resume
scenario changes "--undo where only the step was taken" pending-first one four --undo --yes
scenario changes "--resume where only the last step was not" pending-last one four --resume
scenario changes "--undo where only the last step was not" pending-last one four --undo --yes
wait

kills=0 cuts=0
for number in "${!names[@]}"; do
	for kind in kill power fault; do
		read_result $((number + 1)) $kind
		case $kind in
		kill) what="killed at each of $tried points" kills=$((kills + tried)) ;;
		power) what="without power in each of $tried ways" cuts=$((cuts + tried)) ;;
		fault) what="with each of $tried errors" faults=$((faults + tried)) ;;
		esac
		verdict "${names[number]}, $what: old, new, or told and mended" "$complaint"
	done
done
echo "# tried $((kills + cuts)) kill points and $faults fault points ($cuts of the kills are power cuts)"
done_testing

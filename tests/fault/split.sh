#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl split that is killed, loses its power or meets an error, at every one of its calls. trial.c
# does that and says what must be true then; here are the installations on which it does it.
set -uo pipefail
export LC_ALL=C.UTF-8
: "${SIPISCTL:?}" "${GENERATOR:?}" "${FAULT_SHIM:?}" "${FAULT_TRIAL:?}"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tap.sh"
. "$here/lib.sh"
balancer=etc/${LOADBALANCER_SETTINGS#/etc/}

# --- the shim knows every way to change a file ---------------------------------------------------------------

imported=$("${NM:-nm}" -D --undefined-only "$SIPISCTL" | sed -n 's/^ *U \([^@]*\).*/\1/p' | sort)
covered=$("${NM:-nm}" -D --defined-only "$FAULT_SHIM" | sed -n 's/^[0-9a-f]* [TW] \([^@]*\).*/\1/p' | sort)
changing='^(__)?(open|openat|creat|mkdir|mkdirat|mknod|mknodat|mkfifo|mkfifoat|write|writev|pwrite|pwritev|truncate'
changing+='|ftruncate|fsync|fdatasync|sync|syncfs|sync_file_range|l?chown|fchown|fchownat|chmod|fchmod|fchmodat|[lf]?setxattr'
changing+='|[lf]?removexattr|rename|renameat|renameat2|link|linkat|symlink|symlinkat|unlink|unlinkat|rmdir|remove|utime'
changing+='|utimes|utimensat|futimens|futimes|fallocate|posix_fallocate|copy_file_range|sendfile|splice|mkstemps?'
changing+='|mkostemps?|mkdtemp|tmpfile|fopen|freopen|fdopen|flock|lockf|syscall)(64)?(_2|_chk)?$'
is "every call of sipisctl that can change a file is counted, and can fail" "" \
	"$(comm -23 <(grep -E "$changing" <<<"$imported") <(echo "$covered"))"
is "what is counted is what is called" "fsync openat renameat syscall unlinkat write" \
	"$(comm -12 <(echo "$imported") <(echo "$covered") | grep -xE 'fsync|openat|renameat|syscall|unlinkat|write' | paste -sd ' ')"

# --- installations -----------------------------------------------------------------------------------------

# copy FROM TO
copy() { cp -a "$work/$1" "$work/$2"; }

# split TREE ARGUMENTS...
split() {
	local tree=$work/$1
	shift
	"$SIPISCTL" --root="$tree" split "$@" >"$work/output" 2>&1 || { echo "Bail out! split $*: $(<"$work/output")"; exit 1; }
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

mkdir -p "$work/one/etc/sipis" "$work/one/$(dirname "$balancer")"
cp "$here/../golden/single-process/root/etc/sipis/Settings.xml" "$work/one/etc/sipis/"
cat >"$work/one/$balancer" <<-'END'
	<LoadBalancer2>
	  <Frontend><Udp Address="0:4998"/></Frontend>
	  <Backend>
	    <Sipis Address="sipis:14998"/>
	  </Backend>
	</LoadBalancer2>
END
chmod 640 "$work/one/etc/sipis/Settings.xml"
[ "$(id -u)" != 0 ] || chown 1234:2345 "$work/one/etc/sipis/Settings.xml"
"$FAULT_TRIAL" mark "$work/one/etc/sipis/Settings.xml" || echo "# no extended attributes here"

copy one four
split four 4 --yes
copy four two
split two 2 --yes
copy four back
split back 1 --yes
# the step, then files: five of them are renamed, one is removed
interrupt one pending-first renameat 1 4 --yes
interrupt one pending renameat 4 4 --yes
interrupt one pending-last unlinkat 1 4 --yes
interrupt four undoing renameat 2 --undo

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
scenario all "--undo of a complete split" four one four --undo
scenario all "--resume of an interrupted split" pending one four --resume
scenario all "--undo of an interrupted split" pending one four --undo
scenario changes "--resume of an interrupted --undo" undoing one four --resume
scenario changes "--undo of an interrupted --undo" undoing one four --undo
scenario changes "--resume where only the step was taken" pending-first one four --resume
scenario changes "--undo where only the step was taken" pending-first one four --undo
scenario changes "--resume where only the last step was not" pending-last one four --resume
scenario changes "--undo where only the last step was not" pending-last one four --undo
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

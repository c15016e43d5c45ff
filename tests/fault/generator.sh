#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipis-generator whose calls and allocations fail, each of them in turn. generator.c does that and says
# what must be true then; here are the installations on which it does it.
. "$(dirname "$0")/../lib.sh"
: "${GENERATOR:?}" "${CONFDIR:?}" "${LOADBALANCER_SETTINGS:?}" "${FAULT_SHIM:?}" "${FAULT_GENERATOR:?}"
. "$here/lib.sh"

# --- the shim knows every call --------------------------------------------------------------------------------

# All that the generator imports is a call that is counted, or memory that is, or is known here to make no system
# call of its own. What goes through stdio is the messages, and --dry-run: run.sh has a standard output that is full.
known='__assert_fail|__cxa_finalize|__errno_location|__gmon_start__|__libc_start_main|__stack_chk_fail|_ITM_.*'
known+='|ferror|fflush|fputc|fputs|fwrite|putc|putchar|puts|stderr|stdout|v?f?printf|v?snprintf|v?asprintf|__.*printf_chk'
# A child that reads a link is nobody's to fail: how it ends is what counts, see tests/unit/test-slow-read.c.
known+='|_exit|clock_gettime|kill|prctl|waitpid'
known+='|_Unwind_Resume|__gcc_personality_v0' # of -fexceptions
known+='|getenv|geteuid|getopt_long|getpid|optarg|optind|inet_pton|qsort(_r)?|bsearch|dirfd|sysconf'
known+='|v?sscanf|strtou?ll?|__isoc(23|99)_.*|bcmp|(__)?(mem|stp|str)[a-z_]*|xml[A-Z].*'
imported=$("${NM:-nm}" -D --undefined-only "$GENERATOR" | sed -n 's/^ *[Uw] \([^@]*\).*/\1/p' | sort)
covered=$("${NM:-nm}" -D --defined-only "$FAULT_SHIM" | sed -n 's/^[0-9a-f]* [TW] \([^@]*\).*/\1/p' | sort)
is "every call of the generator is counted and can fail, or makes no system call" "" \
	"$(comm -23 <(echo "$imported") <(echo "$covered") | grep -vxE "$known")"
is "what is counted is what is called" "calloc close fork malloc mkdirat openat read symlinkat syscall write" \
	"$(comm -12 <(echo "$imported" | sed 's/^__read_chk$/read/' | sort -u) <(echo "$covered") |
		grep -xE 'calloc|close|fork|malloc|mkdirat|openat|read|symlinkat|syscall|write' | paste -sd ' ')"

# --- installations ----------------------------------------------------------------------------------------------

# A copy of a golden tree.
take() {
	cp -a "$golden/$1/root" "$work/$1"
	chmod -R u+w "$work/$1"
	mkdir -p "$(dirname "$work/$1$LOADBALANCER_SETTINGS")"
}

# write_settings TREE INSTANCE: a settings file, from standard input
write_settings() { cat >"$work/$1$CONFDIR/Settings$2.xml"; }

memory_cases="prefix-gap-tiny directories duplicate-address ignored-file symlinks prefix-overlap"
for case in single-process four-processes $memory_cases; do take "$case"; done
cp -a "$work/single-process" "$work/interrupted"
cp -a "$work/four-processes" "$work/linked"
mv "$work/linked$CONFDIR/Settings2.xml" "$work/linked/shared.xml"
ln -s /shared.xml "$work/linked$CONFDIR/Settings2.xml"
mkdir -p "$work/interrupted$CONFDIR/.sipisctl-split/1.pending"
chmod 0700 "$work/interrupted$CONFDIR/.sipisctl-split"
cp -a "$work/single-process" "$work/linked-directory"
mv "$work/linked-directory$CONFDIR" "$work/linked-directory/elsewhere"
ln -sr "$work/linked-directory/elsewhere" "$work/linked-directory$CONFDIR"

# All that can be wrong with content, and values that are long, escaped, or call for directives.
mkdir -p "$work/bad$CONFDIR" "$(dirname "$work/bad$LOADBALANCER_SETTINGS")"
long=$(printf 'long%.0s' {1..30})
write_settings bad 1 <<-END
	<Sipis><Server Name="$long" Port="80" Address="[::1]" Realm="a"
	FilterInstancesAccordingToLoadBalancer2BackendSection="Yes"/><HttpServer Port="5001"/>
	<Lock FileName="/run/sipis/one/1.lock"/><Log FileName="/var/log/sipis/$long/1.log" InstanceFileName="/srv/&quot;1 %/x"/></Sipis>
END
write_settings bad 2 <<-END
	<Sipis><Server Name="$long" Port="80" Address="::" Realm="b$long"/><HttpServer Port="5000"/>
	<Lock FileName="/run/sipis/one/1.lock"/><Log FileName="/run/sipis/one/1.lock"/></Sipis>
END
write_settings bad 3 <<<"<Sipis><Server Name='' Port='&#10;1' Address='a..b'/><Server/><Lock FileName='$long'/><Log FileName='/..'/></Sipis>"
write_settings bad 4 <<<'<Sipis><Server FilterInstancesAccordingToLoadBalancer2BackendSection="yes"/></Sipis>'
write_settings bad 5 <<<'<Sipis><Server Name="five" Port="5"/>'
write_settings bad 6 <<<'<!DOCTYPE x><Sipis/>'
write_settings bad 7 <<<'<Other/>'
write_settings bad 8 <<<'<Sipis><Server Name="four&#x202e;" Port="4" FilterInstancesAccordingToLoadBalancer2BackendSection="Yes"/></Sipis>'
write_settings bad ' 9' <<<'<Sipis/>'
write_settings bad '' <<<'<Sipis><Server Name="default" Port="14999"/></Sipis>'
cat >"$work/bad$LOADBALANCER_SETTINGS" <<-END
	<LoadBalancer2><Frontend><Udp Address="0:5000"/><Tcp Address="x"/></Frontend>
	<Backend>
	<Sipis Name="$long" SelectorPrefix="0/2" Address="127.0.0.1:81"/><Sipis Name="default" SelectorPrefix="0/3" Address=""/>
	<Sipis Name="nobody" SelectorPrefix="4/2" Address=""/><Sipis Name="default" SelectorPrefix="5/4" Address="x:y"/>
	<Sipis SelectorPrefix="8" AppIdPrefix="a" Address="localhost:1"/><Sipis SelectorPrefix="C/2" AppIdPrefix="" Address=""/>
	<Sipis Name="far" SelectorPrefix="A" Address="sip.example:1"/><Sipis Name="default" SelectorPrefix="A/2" Address=""/>
	</Backend></LoadBalancer2>
END

# --- the kernel's log -------------------------------------------------------------------------------------------

# logged TREE: run the generator as PID 1 does, with a file for /dev/kmsg; leaves status and records, one a line
logged() {
	: >"$work/kmsg"
	timeout 60 env LD_PRELOAD="$FAULT_SHIM" SIPIS_FAULT_KMSG="$work/kmsg" "$GENERATOR" --root="$1" --dry-run \
		>/dev/null 2>"$work/output"
	status=$?
	records=$(sed 's/<27>sipis-generator\[[0-9]*\]: /\n/g' "$work/kmsg" | sed 1d)
}

# Two paths of about 400 bytes in one line are too long for a record.
deep=$work/deep/$(printf 'long%.0s' {1..60})
while [ ${#deep} -lt 390 ]; do deep+=/l; done
mkdir -p "$deep"
cp -a "$golden/duplicate-port/root/." "$deep"
logged "$deep"
lines=$("$GENERATOR" --root="$deep" --dry-run 2>&1 >/dev/null | grep 'duplicate-port')
verdict "each line is too long for a record" "$(awk 'length($0) <= 900' <<<"$lines")"
is "a record has at most 900 bytes" "" "$(sed 's/<27>/\n&/g' "$work/kmsg" | awk 'length($0) > 900')"
is "it keeps the place and the code, and elides what is between" "1 $(wc -l <<<"$lines") 0" \
	"$status $(grep -c "^$deep/etc/sipis/Settings[0-9]*.xml:[0-9].*\.\.\..* \[duplicate-port\]$" <<<"$records") $(wc -c <"$work/output")"
rm -rf "$work/deep"

# A file size limit of 0 lets every write fail.
(trap '' XFSZ; ulimit -f 0; logged "$typo"; exit "$status")
is "a kernel's log that takes nothing does not stop the generator" "1 0 0" "$? $(wc -c <"$work/kmsg") $(wc -c <"$work/output")"

# --- the trials -------------------------------------------------------------------------------------------------

# trial MODE TREE [own|blocked]: begun beside the others, in a directory of its own with a tree of its own; `own` is as
# PID 1 does it, without --root; `blocked` is where openat2() always fails
trials=()
trial() {
	local OWN wrapper=()
	[ "${3:-}" != own ] || export OWN=1
	[ "${3:-}" != blocked ] || wrapper=("${WITHOUT_OPENAT2:?}")
	trials+=("$*")
	cp -a "$work/$2" "$work/${#trials[@]}.tree"
	mkdir "$work/${#trials[@]}"
	WORK=$work/${#trials[@]} in_background "${#trials[@]}" "${wrapper[@]}" "$FAULT_GENERATOR" "$1" "$work/${#trials[@]}.tree"
}

trial memory bad
for tree in single-process interrupted; do trial calls "$tree"; done
for tree in single-process interrupted; do trial calls "$tree" own; done
for mode in few kernel; do trial $mode bad own; done
trial calls bad
trial few four-processes
trial calls linked
trial memory single-process
for case in $memory_cases; do trial memory "$case"; done
trial memory four-processes own
trial dry-run prefix-overlap
if "${WITHOUT_OPENAT2:?}" true; then
	trial memory linked-directory blocked
fi
wait

total=0
for number in "${!trials[@]}"; do
	read -r mode tree own <<<"${trials[number]}"
	number=$((number + 1))
	case $mode in
	calls) what='each call fails, %d ways' ;;
	few) what='each call fails once, %d ways' ;;
	kernel) what='each call under PID 1 fails, %d ways' ;;
	memory) what='each allocation fails, %d ways, and all others are freed' ;;
	dry-run) what='each allocation of --dry-run fails, %d ways' ;;
	esac
	read_result "$number"
	case $own in
	own) name="$tree, the machine's own" ;;
	blocked) name="$tree, without openat2()" ;;
	*) name=$tree ;;
	esac
	total=$((total + tried))
	# shellcheck disable=SC2059
	verdict "$name: $(printf "$what" "$tried"): whole units, the right status, a message" "$complaint"
	is "$name: and nothing has touched the tree" "" "$(diff -r --no-dereference "$work/$tree" "$work/$number.tree" 2>&1)"
done

# Where memory is missing, all functions that give it are one. What is called only where something has failed already
# fails too: fstatat() where there is no directory, unlinkat() where nobody can remove anything. A child calls readlinkat().
memory='malloc|calloc|realloc|reallocarray|strn?dup|(__)?asprintf(_chk)?|free'
all_calls="every call that the generator can make it has made, and so it has failed"
if [ "$every" = 1 ]; then
	is "$all_calls" "" \
		"$(comm -23 <(comm -12 <(echo "$imported") <(echo "$covered") | grep -vxE "$memory|readlinkat" |
			sed 's/^__open_2$/open-in-tree/; s/^syscall$/openat2/; s/^__read_chk$/read/' | sort -u) <(sort -u "$work"/*/called))"
else
	skip "$all_calls" "only a part was tried"
fi

# allocations: print of each call for memory where the program goes on after it, and in which function that is
allocations() {
	objdump -d --no-show-raw-insn "$GENERATOR" | awk '
		called { print substr($1, 1, length($1) - 1), function_name; called = 0 }
		/^[0-9a-f]+ <.*>:$/ { function_name = $2 }
		/(call|callq|bl) .*<(malloc|calloc|realloc|reallocarray|strn?dup|(__)?asprintf(_chk)?)@/ { called = 1 }' | sort
}

# A file that grows while it is read, files that sipisctl plans, and elements that it compares: memory.sh.
elsewhere='<read_bounded>:|<read_bytes>:|<outline_sort>:'
sites=$(allocations)
never=$(join -v 1 <(echo "$sites") <(sed -n 's/^allocation //p' "$work"/*/called | sort -u) | grep -vE "$elsewhere")
verdict "the calls for memory are found" "$([ "$(wc -l <<<"$sites")" -gt 40 ] || echo "$sites")"
all_allocations="every allocation of the generator and its library has failed"
if [ "$every" != 1 ]; then
	skip "$all_allocations" "only a part was tried"
elif [ "${CFLAGS:-}" = "-g -O2" ]; then
	verdict "$all_allocations" "$never"
else
	skip "$all_allocations" "with other flags than -g -O2 compilers copy calls to where they are never made"
fi
echo "# tried $total points at which sipis-generator can fail"
done_testing

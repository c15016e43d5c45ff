#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipis-generator whose calls and allocations fail, each of them in turn. generator.c does that and says
# what must be true then; here are the installations on which it does it.
set -uo pipefail
export LC_ALL=C.UTF-8
unset SYSTEMD_SCOPE SYSTEMD_IN_INITRD SYSTEMD_EXEC_PID
: "${GENERATOR:?}" "${CONFDIR:?}" "${LOADBALANCER_SETTINGS:?}" "${FAULT_SHIM:?}" "${FAULT_GENERATOR:?}"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tap.sh"
. "$here/lib.sh"
golden=$here/../golden

# --- the shim knows every call --------------------------------------------------------------------------------

# All that the generator imports is a call that is counted, or memory that is, or is known here to make no system
# call of its own. What goes through stdio is the messages, and --dry-run: run.sh has a standard output that is full.
known='__cxa_finalize|__errno_location|__gmon_start__|__libc_start_main|__stack_chk_fail|_ITM_.*'
known+='|ferror|fflush|fputc|fputs|fwrite|putc|putchar|puts|stderr|stdout|v?f?printf|v?snprintf|v?asprintf|__.*printf_chk'
known+='|getenv|geteuid|getopt_long|getpid|optarg|optind|inet_pton|qsort|bsearch|dirfd|sysconf'
known+='|mallopt|madvise' # for the better: what comes of it is not asked
known+='|v?sscanf|strtou?ll?|__isoc(23|99)_.*|bcmp|(__)?(mem|stp|str)[a-z_]*|xml[A-Z].*'
imported=$("${NM:-nm}" -D --undefined-only "$GENERATOR" | sed -n 's/^ *[Uw] \([^@]*\).*/\1/p' | sort)
covered=$("${NM:-nm}" -D --defined-only "$FAULT_SHIM" | sed -n 's/^[0-9a-f]* [TW] \([^@]*\).*/\1/p' | sort)
is "every call of the generator is counted and can fail, or makes no system call" "" \
	"$(comm -23 <(echo "$imported") <(echo "$covered") | grep -vxE "$known")"
is "what is counted is what is called" "calloc close malloc mkdirat openat read symlinkat syscall write" \
	"$(comm -12 <(echo "$imported") <(echo "$covered") |
		grep -xE 'calloc|close|malloc|mkdirat|openat|read|symlinkat|syscall|write' | paste -sd ' ')"

# --- installations ----------------------------------------------------------------------------------------------

# A copy of a golden tree.
take() {
	cp -a "$golden/$1/root" "$work/$1"
	chmod -R u+w "$work/$1"
	mkdir -p "$(dirname "$work/$1$LOADBALANCER_SETTINGS")"
}

# settings TREE INSTANCE: from standard input
settings() { cat >"$work/$1$CONFDIR/Settings$2.xml"; }

for case in single-process four-processes; do take "$case"; done
cp -a "$work/single-process" "$work/interrupted"
mkdir -p "$work/interrupted$CONFDIR/.sipisctl-split/1.pending"
chmod 0700 "$work/interrupted$CONFDIR/.sipisctl-split"


# All that can be wrong with content, and values that are long, escaped, or call for directives.
mkdir -p "$work/bad$CONFDIR" "$(dirname "$work/bad$LOADBALANCER_SETTINGS")"
long=$(printf 'long%.0s' {1..30})
settings bad 1 <<-END
	<Sipis><Server Name="$long" Port="80" Address="[::1]" Realm="a"
	FilterInstancesAccordingToLoadBalancer2BackendSection="Yes"/><HttpServer Port="5001"/>
	<Lock FileName="/run/sipis/one/1.lock"/><Log FileName="/var/log/sipis/$long/1.log" InstanceFileName="/srv/&quot;1 %/x"/></Sipis>
END
settings bad 2 <<-END
	<Sipis><Server Name="$long" Port="80" Address="::" Realm="b$long"/><HttpServer Port="5000"/>
	<Lock FileName="/run/sipis/one/1.lock"/><Log FileName="/run/sipis/one/1.lock"/></Sipis>
END
settings bad 3 <<<"<Sipis><Server Name='' Port='&#10;1' Address='a..b'/><Server/><Lock FileName='$long'/><Log FileName='/..'/></Sipis>"
settings bad 4 <<<'<Sipis><Server FilterInstancesAccordingToLoadBalancer2BackendSection="yes"/></Sipis>'
settings bad 5 <<<'<Sipis><Server Name="five" Port="5"/>'
settings bad 6 <<<'<!DOCTYPE x><Sipis/>'
settings bad 7 <<<'<Other/>'
settings bad 8 <<<'<Sipis><Server Name="four&#x202e;" Port="4" FilterInstancesAccordingToLoadBalancer2BackendSection="Yes"/></Sipis>'
settings bad ' 9' <<<'<Sipis/>'
settings bad '' <<<'<Sipis><Server Name="default" Port="14999"/></Sipis>'
cat >"$work/bad$LOADBALANCER_SETTINGS" <<-END
	<LoadBalancer2><Frontend><Udp Address="0:5000"/><Tcp Address="x"/></Frontend>
	<Backend>
	<Sipis Name="$long" SelectorPrefix="0/2" Address="127.0.0.1:81"/><Sipis Name="default" SelectorPrefix="0/3" Address=""/>
	<Sipis Name="nobody" SelectorPrefix="4/2" Address=""/><Sipis Name="default" SelectorPrefix="5/4" Address="x:y"/>
	<Sipis SelectorPrefix="8" AppIdPrefix="a" Address="localhost:1"/><Sipis SelectorPrefix="C/2" AppIdPrefix="" Address=""/>
	<Sipis Name="far" SelectorPrefix="A" Address="sip.example:1"/><Sipis Name="default" SelectorPrefix="A/2" Address=""/>
	</Backend></LoadBalancer2>
END

# --- the trials -------------------------------------------------------------------------------------------------

# trial MODE TREE [own]: begun beside the others, in a directory of its own with a tree of its own; `own` is as PID 1
# does it, without --root
trials=()
trial() {
	local OWN
	[ -z "${3:-}" ] || export OWN=1
	trials+=("$*")
	cp -a "$work/$2" "$work/${#trials[@]}.tree"
	mkdir "$work/${#trials[@]}"
	WORK=$work/${#trials[@]} in_background "${#trials[@]}" "$FAULT_GENERATOR" "$1" "$work/${#trials[@]}.tree"
}

trial memory bad
for tree in single-process interrupted; do trial calls "$tree"; done
for tree in single-process interrupted; do trial calls "$tree" own; done
for mode in few kernel; do trial $mode bad own; done
trial calls bad
trial few four-processes
trial memory single-process
trial dry-run single-process
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
	name=$tree${own:+", the machine's own"}
	total=$((total + tried))
	# shellcheck disable=SC2059
	verdict "$name: $(printf "$what" "$tried"): whole units, the right status, a message" "$complaint"
	is "$name: and nothing has touched the tree" "" "$(diff -r --no-dereference "$work/$tree" "$work/$number.tree" 2>&1)"
done

# Where memory is missing, all functions that give it are one. What is called only where something has failed already
# fails too: fstatat() where there is no directory, unlinkat() where nobody can remove anything.
memory='malloc|calloc|realloc|reallocarray|free'
is "every call that the generator can make it has made, and so it has failed" "" \
	"$(comm -23 <(comm -12 <(echo "$imported") <(echo "$covered") | grep -vxE "$memory" |
		sed 's/^__open_2$/open-in-tree/; s/^syscall$/openat2/' | sort) <(sort -u "$work"/*/called))"
echo "# tried $total points at which sipis-generator can fail"
done_testing

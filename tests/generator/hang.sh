#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Settings on a file system that does not answer: the generator and sipisctl go on after some seconds, and only what is
# on it is refused.
set -uo pipefail
export LC_ALL=C.UTF-8
unset SYSTEMD_SCOPE SYSTEMD_IN_INITRD SYSTEMD_EXEC_PID
: "${GENERATOR:?}" "${SIPISCTL:?}" "${HANG:?}" "${CONFDIR:?}" "${LOADBALANCER_SETTINGS:?}"

# What is mounted here is in a namespace of this script.
if [ -z "${HANG_NAMESPACE:-}" ]; then
	unshare --mount true 2>/dev/null || { echo "1..0 # SKIP no file system can be mounted here"; exit 0; }
	HANG_NAMESPACE=1 exec unshare --mount "$0" "$@"
fi
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tap.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/sipis-hang.XXXXXX")
root=$work/root
mkdir -p "$root$CONFDIR" "$(dirname "$root$LOADBALANCER_SETTINGS")" "$root/silent" "$root/srv"

exec 4< <(exec "$HANG" "$root/silent")
hang=$!
trap 'umount -l "$root/silent" 2>/dev/null; kill "$hang" 2>/dev/null; rm -rf "$work"' EXIT
read -r -t 20 _ <&4 || { echo "1..0 # SKIP no FUSE file system can be mounted here"; exit 0; }

# Five seconds are waited for at most. A busy machine may take longer, but not as long as one file for each.
limit=30

# settings N PATH
settings() {
	cat >"$2" <<-END
		<Sipis><Server Name="Sipis$1" Port="1499$1"/><HttpServer Port="500$1"/>
		<Lock FileName="/run/sipis/$1.lock"/><Log FileName="/var/log/sipis/$1.log"/></Sipis>
	END
}
settings 1 "$root$CONFDIR/Settings1.xml"
settings 2 "$root/srv/two.xml"
ln -s /srv/two.xml "$root$CONFDIR/Settings200.xml"
for i in {100..150}; do ln -s "/silent/$i.xml" "$root$CONFDIR/Settings$i.xml"; done
ln -s /silent/balancer.xml "$root$LOADBALANCER_SETTINGS"
mkdir "$work/out"

begin=$SECONDS
timeout 60 "$GENERATOR" --root="$root" "$work/out" 2>"$work/log"
is "errors are the exit status" 1 $?
passed=$((SECONDS - begin))
verdict "the generator ends after some seconds" "$([ $passed -le $limit ] || echo "$passed seconds")"
is "each file that does not answer is refused, and no other" "51" \
	"$(grep -c 'Settings1[0-5][0-9].xml: error: this is a link to /silent/.*, which does not answer' "$work/log")"
is "so are the load balancer's settings" 1 "$(grep -c 'LoadBalancer2/Settings.xml: error: .*does not answer' "$work/log")"
verdict "nothing else is wrong" "$(grep 'error:' "$work/log" | grep -v 'does not answer')"
is "PID 1 itself is not told to look at them" "yes 0" \
	"$(grep -q '^AssertPathExists=$' "$work/out/sipis@100.service.d/"* && echo yes) $(cat "$work"/out/sipis@1[0-5][0-9].service.d/* | grep -c '^SourcePath=')"
verdict "an instance beside them is started" "$(grep -L '^SourcePath=' "$work/out/sipis@1.service.d/"*)"
verdict "so is one behind a link that answers" \
	"$(grep 'refused' "$work/out/sipis@200.service.d/"*; [ -e "$work/out/sipis@200.service.d" ] || echo 'there is none')"

begin=$SECONDS
timeout 60 "$SIPISCTL" --root="$root" check >"$work/log" 2>&1
is "sipisctl check: exit status" 1 $?
passed=$((SECONDS - begin))
verdict "sipisctl check ends after some seconds" "$([ $passed -le $limit ] || echo "$passed seconds")"

# The directory itself
rm -rf "${root:?}$CONFDIR" "$work/out" && mkdir "$work/out"
ln -s /silent "$root$CONFDIR"
begin=$SECONDS
timeout 60 "$GENERATOR" --root="$root" "$work/out" 2>"$work/log"
is "a directory that does not answer is an error" 1 $?
passed=$((SECONDS - begin))
verdict "it is one after some seconds" "$([ $passed -le $limit ] || echo "$passed seconds")"
verdict "and it is named" "$(grep -q "^sipis-generator: $root$CONFDIR: Connection timed out" "$work/log" || cat "$work/log")"
done_testing

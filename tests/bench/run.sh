#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# run.sh [--peers] OUTPUT - how long the generator takes, beside the least that anybody would need for the same files, and
#                           with --peers beside the generators of other packages, which are installed. Writes into the
#                           directory OUTPUT:
#
#   results.tsv   what measure.c prints
#   table.txt     the same for people, with the targets and whether they are met
#   times.svg     time over the number of settings files, where there is gnuplot
#
# All files are on tmpfs, in private copies of /etc and /run: the machine's own are neither read nor changed. That needs
# root, or a kernel that lets users have namespaces of their own.
# Environment: GENERATOR, SIPISCTL, BENCH_PROGRAMS (where floor, sax2 and measure are), CONFDIR, LOADBALANCER_SETTINGS
# (as configured), BENCH_SIZES, BENCH_SECONDS (for each size).
set -euo pipefail
export LC_ALL=C
here=$(dirname "$(realpath "$0")")

: "${GENERATOR:?}" "${SIPISCTL:?}" "${BENCH_PROGRAMS:?}"
export CONFDIR=${CONFDIR:-/etc/sipis} LOADBALANCER_SETTINGS=${LOADBALANCER_SETTINGS:-/etc/acrobits/LoadBalancer2/Settings.xml}
peers_max=1000 # instances: some peers would take minutes for more
sizes=${BENCH_SIZES:-0 1 4 16 100 1000 10000}

die() {
	echo "run.sh: $*" >&2
	exit 1
}

install_peers() {
	local peer package
	[ "$(id -u)" = 0 ] || die "only root can install peers"
	apt-get update -q >/dev/null
	for peer in "${peers[@]}"; do
		package=${peer}_packages
		DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${!package}" >/dev/null 2>&1 ||
			echo "run.sh: no $peer: apt can't install ${!package}" >&2
	done
}

# --- in namespaces of our own: nothing outlives them ------------------------------------------------------------------

enter() {
	local options=(--mount --propagation private) rc=0
	[ "$(id -u)" = 0 ] || options+=(--user --map-root-user)
	BENCH_WORK=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")
	export BENCH_WORK
	trap 'rmdir "$BENCH_WORK"' EXIT
	unshare "${options[@]}" "$0" --inside "$@" || rc=$?
	exit $rc
}

make_private() {
	case "$CONFDIR$LOADBALANCER_SETTINGS" in
	/etc/*/etc/*) ;;
	*) die "$CONFDIR and $LOADBALANCER_SETTINGS are not below /etc, and would be the machine's own" ;;
	esac
	mount -t tmpfs -o mode=755 tmpfs "$BENCH_WORK"
	mkdir "$BENCH_WORK"/{etc,out,run,seed}
	cp -a /etc/. "$BENCH_WORK/etc/" 2>/dev/null || : # what this user can't read is of no use here
	mount --bind "$BENCH_WORK/etc" /etc
	mount --bind "$BENCH_WORK/run" /run
	out=$BENCH_WORK/out
	# as PID 1 has it
	export SYSTEMD_SCOPE=system SYSTEMD_IN_INITRD=0
}

clear_settings() {
	rm -rf "$CONFDIR" "$LOADBALANCER_SETTINGS"
}

# --- what is measured -------------------------------------------------------------------------------------------------

programs=() # arguments of measure.c

# add NAME COMMAND...
add() {
	[ ${#programs[@]} = 0 ] || programs+=(--)
	programs+=("$@")
}

# Both bare programs must have written what the generator wrote.
compare() {
	local program
	rm -rf "$BENCH_WORK/compare"
	mkdir -p "$BENCH_WORK"/compare/{floor,sax2,generator}
	"$GENERATOR" "$BENCH_WORK/compare/generator" || die "the generator found an error"
	for program in floor sax2; do
		"$BENCH_PROGRAMS/$program" "$CONFDIR" "$LOADBALANCER_SETTINGS" "$BENCH_WORK/compare/$program"
		diff -r --no-dereference "$BENCH_WORK/compare/generator" "$BENCH_WORK/compare/$program" >&2 ||
			die "$program does not write what the generator writes"
	done
	rm -rf "$BENCH_WORK/compare"
}

# add_peer NAME N: where it makes as many units as there are instances
add_peer() {
	local program units
	program=$("$1_program")
	[ -n "$program" ] || return 0
	"$1_instances" "$2"
	mkdir -p /run/systemd/network
	find "$out" /run/systemd/network -mindepth 1 -delete
	"$program" "$out" "$out" "$out" >"$BENCH_WORK/peer.log" 2>&1 || :
	units=$("$1_units" "$out")
	if [ "$units" -ge "$2" ]; then
		add "$1" "$program" '{}' '{}' '{}'
	else
		echo "run.sh: $1 made $units units of $2: left out" >&2
		tail -n 3 "$BENCH_WORK/peer.log" >&2
	fi
	find "$out" /run/systemd/network -mindepth 1 -delete
}

measure() {
	"$BENCH_PROGRAMS/measure" "$@" -- "${programs[@]}" >>"$output/results.tsv"
}

measure_size() {
	local peer
	echo "$1 settings files" >&2
	clear_settings
	"$here/installation.sh" "" "$1"
	compare
	programs=()
	add floor "$BENCH_PROGRAMS/floor" "$CONFDIR" "$LOADBALANCER_SETTINGS" '{}'
	add sax2 "$BENCH_PROGRAMS/sax2" "$CONFDIR" "$LOADBALANCER_SETTINGS" '{}'
	add sipis-generator "$GENERATOR" '{}'
	if $with_peers && [ "$1" -gt 0 ] && [ "$1" -le $peers_max ]; then
		for peer in "${peers[@]}"; do add_peer "$peer" "$1"; done
	fi
	measure --empty=/run/systemd/network "$1" "${BENCH_SECONDS:-10}" "$out"
}

# --- sipisctl ---------------------------------------------------------------------------------------------------------

make_selectors() {
	awk -v n="$1" '
		function digits() { seed = (seed * 16807) % 2147483647; return sprintf("%05X", seed % 1048576) }
		BEGIN {
			for (seed = 20240229; n-- > 0; ) {
				for (text = ""; length(text) < 40; ) text = text digits()
				print text (n % 2 ? ":7C3A0D14" : "")
			}
		}'
}

# Many backends, in no order, for four instances.
make_backends() {
	awk 'BEGIN {
		print "<LoadBalancer2><Backend>"
		for (i = 0; i < 4096; i++)
			printf "<Sipis Name=\"Sipis%d\" SelectorPrefix=\"%03X\"/>\n", i % 4 + 1, (i * 1733) % 4096
		print "</Backend></LoadBalancer2>"
	}'
}

measure_sipisctl() {
	local seconds=$((${BENCH_SECONDS:-10} / 2 + 1)) one=$BENCH_WORK/seed
	echo "sipisctl" >&2
	clear_settings
	"$here/installation.sh" "" 1000
	programs=()
	add "check, 1,000 files" "$SIPISCTL" --root=/ check
	measure sipisctl "$seconds" "$out"

	clear_settings
	"$here/installation.sh" "" 4
	cp -r /etc "$BENCH_WORK/many"
	make_backends >"$BENCH_WORK/many/${LOADBALANCER_SETTINGS#/etc/}"
	make_selectors 1000000 >"$BENCH_WORK/selectors"
	programs=()
	add "route, 1,000,000 selectors, 4 backends" "$SIPISCTL" route
	add "route --count, the same" "$SIPISCTL" route --count
	measure --stdin="$BENCH_WORK/selectors" sipisctl "$seconds" "$out"
	make_backends >"$LOADBALANCER_SETTINGS"
	programs=()
	add "route, 1,000,000 selectors, 4,096 backends" "$SIPISCTL" route
	measure --stdin="$BENCH_WORK/selectors" sipisctl "$seconds" "$out"

	clear_settings
	"$here/installation.sh" "$one" 1
	mv "$one$CONFDIR/Settings1.xml" "$one$CONFDIR/Settings.xml"
	programs=()
	add "split 256, of one" "$SIPISCTL" --root="$out" split 256 --yes
	measure --seed="$one" sipisctl "$seconds" "$out"
}

# --- where it was measured --------------------------------------------------------------------------------------------

machine() {
	local library system
	library=$(ldd "$GENERATOR" | awk '$1 ~ /^libxml2/ { print $3 }')
	system=$(. /etc/os-release && echo "$PRETTY_NAME")
	echo "$(date -u +%F), $system, $(awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo), $(nproc) CPUs"
	echo "Linux $(uname -r), $(getconf GNU_LIBC_VERSION), libxml2 $(realpath "$library" | sed 's/.*\.so\.//')"
}

plot() {
	command -v gnuplot >/dev/null || { echo "run.sh: no gnuplot, no plot" >&2; return; }
	awk -F '\t' -v OFS='\t' '$1 != "sipisctl" && $1 > 0 { print $2, $1, $4 / 1e6 }' "$output/results.tsv" >"$BENCH_WORK/plot.tsv"
	gnuplot -e "data = '$BENCH_WORK/plot.tsv'; names = '$(cut -f 1 "$BENCH_WORK/plot.tsv" | awk '!seen[$0]++' | xargs)'" \
		"$here/plot.gnuplot" >"$output/times.svg"
}

with_peers=false inside=false
[ "${1:-}" != --inside ] || { inside=true; shift; }
[ "${1:-}" != --peers ] || { with_peers=true; shift; }
[ $# = 1 ] || die "usage: run.sh [--peers] OUTPUT"
. "$here/peers.sh"
if ! $inside; then
	! $with_peers || install_peers
	mkdir -p "$1"
	if $with_peers; then enter --peers "$(realpath "$1")"; else enter "$(realpath "$1")"; fi
fi
output=$1
make_private
: >"$output/results.tsv"
for size in $sizes; do measure_size "$size"; done
[ -n "${BENCH_SIZES:-}" ] || measure_sipisctl
{ machine; echo; awk -f "$here/report.awk" "$output/results.tsv"; } >"$output/table.txt"
plot
cat "$output/table.txt"

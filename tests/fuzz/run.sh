#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# run.sh HARNESS...: fuzz them for FUZZ_SECONDS each, FUZZ_JOBS at once (as many as there are processors); TAP. They begin with
# the golden installations and the corpus, and what they learn stays in FUZZ_DIRECTORY, for the next time: nothing is
# added to the corpus by itself.
set -uo pipefail
export LC_ALL=C.UTF-8
: "${FUZZ_SECONDS:=60}" "${FUZZ_JOBS:=$(nproc)}" "${FUZZ_DIRECTORY:?}"
# Memory goes to and fro otherwise, and most of the time with it.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}allocator_release_to_os_interval_ms=-1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tap.sh"

"$here/seeds.sh" "$FUZZ_DIRECTORY/seeds" || { echo "Bail out! no seeds"; exit 1; }

# fuzz HARNESS: what it says goes to a file
fuzz() {
	local name=${1##*/fuzz-} places
	mkdir -p "$FUZZ_DIRECTORY/"{found,seeds}"/$name"
	places=("$FUZZ_DIRECTORY/found/$name" "$FUZZ_DIRECTORY/seeds/$name" "$here/corpus/$name")
	"$1" -max_total_time="$FUZZ_SECONDS" -dict="$here/xml.dict" -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$FUZZ_DIRECTORY/$name-" "${places[@]}" >"$FUZZ_DIRECTORY/$name.log" 2>&1
	echo $? >"$FUZZ_DIRECTORY/$name.status"
}

for harness; do
	while [ "$(jobs -rp | wc -l)" -ge "$FUZZ_JOBS" ]; do wait -n; done
	fuzz "$harness" &
done
wait
for harness; do
	name=${harness##*/fuzz-}
	log=$FUZZ_DIRECTORY/$name.log
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	if [ "$(<"$FUZZ_DIRECTORY/$name.status")" = 0 ] && [ "${runs:-0}" -gt 0 ]; then
		ok "$name: nothing in $FUZZ_SECONDS s"
		echo "# $runs executions"
	else
		not_ok "$name: nothing in $FUZZ_SECONDS s" "$(grep -vE '^(#[0-9]|INFO|stat::)' "$log" | tail -n 40)"
	fi
done
done_testing
[ "$tap_failed" = 0 ]

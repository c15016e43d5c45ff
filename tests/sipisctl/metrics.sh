#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Metrics and alert rules as Prometheus reads them: what tests/boot/checks/45-monitoring.sh compares the output of
# sipisctl with is read by promtool, for node_exporter, and by a strict parser of OpenMetrics.

. "$(dirname "$0")/../lib.sh"
export LC_ALL=C
top=${tests%/tests}

expected=$(sed -n "/^expected_metrics() {$/,/^END$/{/^#\|^sipis_/p}" "$top/tests/boot/checks/45-monitoring.sh")
rules=$top/packaging/examples/prometheus-sipis.rules.yml

is "there are metrics to read" "# EOF" "$(tail -n 1 <<<"$expected")"

unknown=''
while read -r name; do
	grep -q "^${name}[ {]" <<<"$expected" || unknown+="$name is no metric"$'\n'
done < <(sed -n 's/^ *expr: //p' "$rules" | grep -o 'sipis_[a-z_]*' | sort -u)
verdict "the alert rules are about metrics that exist" "$unknown"

if command -v promtool >/dev/null; then
	verdict "promtool check metrics" "$(promtool check metrics <<<"$expected" 2>&1)"
	is "promtool check rules" 0 "$(promtool check rules "$rules" >/dev/null 2>&1; echo $?)"
else
	skip "promtool reads them" "prometheus is not installed"
fi

python=''
for candidate in python3 /usr/bin/python3; do
	! "$candidate" -c 'import prometheus_client' 2>/dev/null || python=$candidate
done
if [ -n "$python" ]; then
	verdict "a strict parser of OpenMetrics" "$("$python" -c '
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
list(text_string_to_metric_families(sys.stdin.read()))' <<<"$expected" 2>&1 | tail -n 1)"
else
	skip "a strict parser of OpenMetrics reads them" "python3-prometheus-client is not installed"
fi
done_testing

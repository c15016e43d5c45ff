#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# installation.sh DIR N - below DIR, make the settings of N instances that share the load evenly: files of 97 lines, and
#                         a backend for each. Names and ports are those that floor.c knows.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
confdir=$1${CONFDIR:-/etc/sipis}
load_balancer=$1${LOADBALANCER_SETTINGS:-/etc/acrobits/LoadBalancer2/Settings.xml}

mkdir -p "$confdir" "$(dirname "$load_balancer")"
[ "$2" -gt 0 ] || exit 0

# Prefixes of equal length, of which as many are halved as it takes.
LC_ALL=C awk -v n="$2" -v confdir="$confdir" -v load_balancer="$load_balancer" '
	function prefix(value, bits,    digits, width) {
		digits = int((bits + 3) / 4)
		return digits ? sprintf("%0" digits "X/%d", value * 2 ^ (4 * digits - bits), bits) : ""
	}
	{ template = template $0 "\n" }
	END {
		while (2 ^ (bits + 1) <= n) bits++
		halved = n - 2 ^ bits
		print "<LoadBalancer2>\n  <Frontend>\n    <Udp Address=\"0:4998\" />\n  </Frontend>\n  <Backend>" >load_balancer
		for (i = 0; i < n; i++) {
			own = i < 2 * halved ? prefix(i, bits + 1) : prefix(i - halved, bits)
			printf "    <Sipis Name=\"Sipis%d\" SelectorPrefix=\"%s\" Address=\"\" />\n", i + 1, own >load_balancer
			text = template
			gsub(/@N@/, i + 1, text)
			gsub(/@PORT@/, 10001 + i, text)
			gsub(/@HTTP@/, 30001 + i, text)
			file = confdir "/Settings" i + 1 ".xml"
			printf "%s", text >file
			close(file)
		}
		print "  </Backend>\n</LoadBalancer2>" >load_balancer
	}' "$here/settings.xml.in"

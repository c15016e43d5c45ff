#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What sipisctl writes to the journal and what the catalog explains are the same.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 99
. tests/tap.sh

catalog=packaging/sipis-generator.catalog
written=$(grep -oE '"[0-9a-f]{32}"' src/sipisctl/running/journal.c | tr -d '"')
explained=$(sed -n 's/^-- \([0-9a-f]\{32\}\)$/\1/p' $catalog)
events=$(grep -cE '^	JOURNAL_[A-Z_]+,$' src/sipisctl/running/journal.h)

verdict "identifiers are found" "$([ -n "$written" ] || echo none)"
is "every event has an identifier" "$events" "$(wc -l <<<"$written")"
verdict "no identifier is used twice" "$(sort <<<"$written" | uniq -d; sort <<<"$explained" | uniq -d)"
is "every entry is explained, and nothing else" "$(sort <<<"$written")" "$(sort <<<"$explained")"
is "every explanation has a subject" "$(wc -l <<<"$explained")" "$(grep -c '^Subject: SIPIS: ' $catalog)"
verdict "no other line begins as a new one" "$(grep '^--' $catalog | grep -vxE -- '-- [0-9a-f]{32}')"
if [ -n "$(command -v journalctl)" ]; then
	work=$(mktemp -d "${TMPDIR:-/tmp}/sipis-catalog.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	mkdir -p "$work"/{usr/lib/systemd/catalog,var/lib/systemd/catalog}
	cp $catalog "$work/usr/lib/systemd/catalog/"
	complaint=$(journalctl --root="$work" --update-catalog 2>&1)
	verdict "systemd reads it" "$complaint"
	is "and has all of it" "$(sort <<<"$written")" \
		"$(journalctl --root="$work" --list-catalog 2>/dev/null | awk '{ print $1 }' | sort)"
else
	ok "systemd reads it # SKIP there is no journalctl"
	ok "and has all of it # SKIP there is no journalctl"
fi
done_testing

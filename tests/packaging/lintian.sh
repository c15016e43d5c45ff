#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lintian.sh FILE.changes - fails when lintian has anything to say, of whatever kind. What is overridden is explained in
#                           packaging/debian.

set -euo pipefail

# Tags that only some versions know, so that an override of them is an error with the others.
suppressed=(
	# Debian 12: the package is a generator of systemd, and with another init there is nothing that it could do.
	package-supports-alternative-init-but-no-init.d-script
	# Debian 13: systemd wants its generators there.
	executable-in-usr-lib
	# Debian 13: the version that Debian 12 knows is the one that both of them take.
	out-of-date-standards-version
	# sid: Debian 12 and 13 have debhelper 13, and want the two fields.
	package-uses-old-debhelper-compat-version
	redundant-priority-optional-field
	redundant-rules-requires-root-no-field
	# All: it takes machine code for words, such as "thIk".
	spelling-error-in-binary
)

# Newer versions fail on the name of a tag that they do not know.
known=$(printf '%s\n' "${suppressed[@]}" | grep -xF -f <(lintian-explain-tags --list-tags) | paste -sd, || :)

tags=$(lintian --allow-root --pedantic --display-info --display-experimental --fail-on none \
	${known:+--suppress-tags="$known"} "$@" 2>&1) || tags+="lintian: exit status $?"
printf '%s\n' "$tags"
[ -z "$tags" ]

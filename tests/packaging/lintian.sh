#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lintian.sh FILE.changes - fails when lintian has anything to say, of whatever kind. What is overridden is explained in
#                           packaging/debian.

set -euo pipefail

# Three tags that only some versions know, so that an override of them is an error with the others.
suppressed=(
	# Debian 12: the package is a generator of systemd, and with another init there is nothing that it could do.
	package-supports-alternative-init-but-no-init.d-script
	# Debian 13: systemd wants its generators there.
	executable-in-usr-lib
	# Debian 13: the version that Debian 12 knows is the one that both of them take.
	out-of-date-standards-version
)

tags=$(lintian --allow-root --pedantic --display-info --display-experimental --fail-on none \
	--suppress-tags "$(IFS=, && echo "${suppressed[*]}")" "$@" 2>&1)
printf '%s\n' "$tags"
[ -z "$tags" ]

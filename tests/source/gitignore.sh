#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# git ignores what a build in the tree leaves there, and no file of the project. BUILT_FILES are the files that make builds.
set -uo pipefail
: "${BUILT_FILES:?}"
cd "$(dirname "$0")/../.." || exit 99
. tests/tap.sh

[ -n "$(type -P git)" ] || skip_all "there is no git"
[ "$(git rev-parse --show-prefix 2>/dev/null || echo none)" = "" ] || skip_all "this is not a checkout"

# Patterns are compared with paths, so the files need not exist: the build may be in another directory.
read -r -a built <<<"$BUILT_FILES Makefile Makefile.in config.h config.log config.status stamp-h1"
verdict "a build in the tree leaves nothing that git shows" "$(
	printf '%s\n' "${built[@]}" | sort -u | git check-ignore --no-index --stdin --verbose --non-matching | sed -n 's/^::\t//p')"
verdict "no file of the project is ignored" "$(git ls-files --cached --ignored --exclude-standard)"
done_testing

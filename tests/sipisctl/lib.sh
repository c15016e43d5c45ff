# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the tests of sipisctl begin with: the program, and the words of TAP.
set -uo pipefail
export LC_ALL=C.UTF-8
: "${SIPISCTL:?}"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tap.sh"
read -r -a wrapper <<<"${TEST_WRAPPER:-}"

ctl() { timeout 60 "${wrapper[@]}" "$SIPISCTL" "$@"; }

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Functions whose result depends on the locale: util/ascii.h takes their place.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 99
. tests/tap.sh

functions='str(n)?casecmp|str(n)?casestr|strcoll|strxfrm|to(lower|upper)|is(alpha|digit|alnum|space|xdigit|upper|lower|punct|print|graph|blank|cntrl)|strto(d|f|ld)|atof'
verdict "there are files to check" "$([ -n "$(find src generator -name '*.c')" ] || echo "no file below src/ and generator/")"
verdict "no name or number is compared or read by the rules of a locale" \
	"$(grep -rnE "(^|[^a-z_])($functions)\(" src generator --include='*.[ch]' | grep -vE "^[^:]*:[0-9]+:(/\*| \*)")"
verdict "no number is printed with the decimal separator of a locale" \
	"$(grep -rnE '"[^"]*%[-+ #0-9.*]*l?[fFgGeE]' src generator --include='*.[ch]')"
done_testing

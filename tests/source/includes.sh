#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Includes point one way: a file includes what stands above it in this list, or itself. Each line is
# one layer.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 99

layers='
macro
array heap strbuf
escape source address root selector markup
pathname encoding share
partition diagnostic scan directory interruption
shadow
value read
grammar
settings load-balancer
installation fill
xml
claims backends coverage
rules
load
'

. tests/tap.sh

declare -A rank
level=0
while read -r -a names; do
	[ ${#names[@]} -gt 0 ] || continue
	level=$((level + 1))
	for name in "${names[@]}"; do rank[$name]=$level; done
done <<<"$layers"

wrong='' unknown=''
for file in src/*.[ch]; do
	noun=$(basename "${file%.*}")
	[ -n "${rank[$noun]:-}" ] || { unknown+="$file has no layer"$'\n'; continue; }
	while read -r header; do
		other=${header%.h}
		[ "$other" = "$noun" ] && continue
		[ "${rank[$other]:-99}" -lt "${rank[$noun]}" ] || wrong+="$file includes $header"$'\n'
	done < <(sed -n 's/^#include "\(.*\.h\)".*/\1/p' "$file")
done
verdict "every file of src/ has a layer" "$unknown"
verdict "src/ includes point one way" "$wrong"

verdict "libxml2 is included by src/xml.c alone" \
	"$(grep -l '#include <libxml/' src/*.[ch] src/sipisctl/*.[ch] generator/*.[ch] | grep -v '^src/xml\.c$')"
verdict "libsystemd is included by those files of sipisctl that ask systemd" \
	"$(grep -l '#include <systemd/' src/*.[ch] src/sipisctl/*.[ch] generator/*.[ch] | grep -vE '/(systemd|jobs|unit-log)\.c$')"

own=$(cd generator && printf '%s\n' *.h)
ctl=$(cd src/sipisctl && printf '%s\n' *.h)
verdict "src/ includes nothing of the programs" \
	"$(for h in $own $ctl; do [ -e "src/$h" ] || grep -l "#include \"$h\"" src/*.[ch]; done)"
verdict "the programs include nothing of each other" \
	"$(for h in $own; do grep -l "#include \"$h\"" src/sipisctl/*.[ch]; done
	   for h in $ctl; do grep -l "#include \"$h\"" generator/*.[ch]; done)"
verdict "every source file has a license line" \
	"$(git ls-files 2>/dev/null | grep -E '\.(c|h|sh|ac|am|in|def)$' | xargs -r grep -L 'SPDX-License-Identifier: LGPL-2.1-or-later')"
done_testing

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Folders are layers, listed from top to bottom: a file may include its own folder and the folders
# below it, never one above. An include carries its folder, so that this check can see it.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 99

layers='
sipisctl
sipisctl/apply
sipisctl/transaction
sipisctl/host
sipisctl/proposal
sipisctl/running
sipisctl/show
installation
document
selector
util
'

. tests/tap.sh

declare -A rank
level=0
for folder in $layers; do
	level=$((level + 1))
	rank[$folder]=$level
done

files=$(find src -name '*.[ch]' | sed 's|^src/||' | sort)
verdict "there are files to check" "$([ -n "$files" ] || echo 'no file below src/')"

wrong='' unknown='' bare='' missing=''
for file in $files; do
	folder=$(dirname "$file")
	[ -n "${rank[$folder]:-}" ] || { unknown+="src/$file is in no layer"$'\n'; continue; }
	while read -r header; do
		case $header in */*) ;; *) bare+="src/$file includes $header"$'\n'; continue ;; esac
		[ -e "src/$header" ] || { missing+="src/$file includes $header"$'\n'; continue; }
		[ "${rank[$(dirname "$header")]:-0}" -ge "${rank[$folder]}" ] ||
			wrong+="src/$file includes $header"$'\n'
	done < <(sed -n 's/^#include "\(.*\)".*/\1/p' "src/$file")
done
verdict "every file of src/ is in a layer" "$unknown"
verdict "every include of src/ carries its folder" "$bare"
verdict "every include of src/ names a file of src/" "$missing"
verdict "a file includes its own layer and lower ones only" "$wrong"

sources=$(find src generator -name '*.[ch]')
# shellcheck disable=SC2086
{
	verdict "libxml2 is included by document/xml.c alone" \
		"$(grep -l '#include <libxml/' $sources | grep -v '^src/document/xml\.c$')"
	verdict "libsmartcols is included by show/table.c alone" \
		"$(grep -l '#include <libsmartcols' $sources | grep -v '^src/sipisctl/show/table\.c$')"
	verdict "libsystemd is included below src/sipisctl alone" \
		"$(grep -l '#include <systemd/' $sources | grep -v '^src/sipisctl/')"
}
verdict "the generator includes nothing of sipisctl" \
	"$(grep -n '#include "sipisctl' generator/*.[ch])"
verdict "src/ includes nothing of the generator" "$(grep -rn '#include ".*generator/' src)"
verdict "every source file has a license line" \
	"$(find . \( -path './build*' -o -path './_build' \) -prune -o -type f -print | grep -E '\.(c|h|sh|ac|am|in|def)$' |
		grep -vE '/(config\.h|config\.h\.in|Makefile\.in)$' | xargs -r grep -L 'SPDX-License-Identifier: LGPL-2.1-or-later')"
done_testing

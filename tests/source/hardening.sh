#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What configure chose to harden the programs with is in them, and the generator links what it says and no more.
# HARDENING_FLAGS are its flags; GENERATOR, SIPISCTL and ARCHIVES what was built. Of -fstack-clash-protection nothing is left
# that could be seen.
set -uo pipefail
export LC_ALL=C
: "${HARDENING_FLAGS?}" "${GENERATOR:?}" "${SIPISCTL:?}" "${ARCHIVES:?}"
. "$(dirname "$0")/../tap.sh"

header() { readelf -hW "$1"; }
segments() { readelf -lW "$1"; }
dynamic() { readelf -dW "$1"; }
imports() { readelf --dyn-syms -W "$1" | awk '$7 == "UND" { print $8 }'; }
notes() { readelf -nW "$1"; }

# The name of a flag, what shows that it is there, and where to look for that.
flags=(
	'-fPIE'                    header   'Type: .*DYN'
	'-pie'                     dynamic  'Flags:.* PIE'
	'-Wl,-z,relro'             segments 'GNU_RELRO'
	'-Wl,-z,now'               dynamic  '(BIND_NOW|Flags:.* NOW)'
	'-fstack-protector-strong' imports  '^__stack_chk_fail'
	'-D_FORTIFY_SOURCE=2'      imports  '_chk(@|$)'
)

# shows PROGRAM LOOK PATTERN
shows() { "$2" "$1" | awk -v pattern="$3" '$0 ~ pattern { found = 1 } END { if (found) print "yes" }'; }

for program in "$GENERATOR" "$SIPISCTL"; do
	name=$(basename "$program")
	for ((i = 0; i < ${#flags[@]}; i += 3)); do
		case " $HARDENING_FLAGS " in
		*" ${flags[i]} "*) is "$name: ${flags[i]}" yes "$(shows "$program" "${flags[i + 1]}" "${flags[i + 2]}")" ;;
		esac
	done
	is "$name: nothing is writable and can be executed" "" "$(segments "$program" | grep -E '^ +[A-Z_]+ .* R?WE ')"
	is "$name: its libraries are where the system has them" "" "$(dynamic "$program" | grep -E 'RPATH|RUNPATH')"
done

# A program is marked for CET when all objects are, those of the C library as well, which not every system has built so.
case " $HARDENING_FLAGS " in
*" -fcf-protection "*)
	for archive in $ARCHIVES; do
		is "every object of $(basename "$archive") is marked for CET" "" \
			"$(notes "$archive" | awk '/^File:/ { n++ } /IBT, SHSTK/ { m++ } END { if (!n || m != n) print m + 0 " of " n }')"
	done
	;;
esac

# Where the compiler is the one that the project is built with most, it knows all of them.
if [ "$(uname -m)" = x86_64 ] && [ "${HARDENING_REQUIRED:-}" = 1 ]; then
	missing=
	for ((i = 0; i < ${#flags[@]}; i += 3)); do
		case " $HARDENING_FLAGS " in *" ${flags[i]} "*) ;; *) missing+=" ${flags[i]}" ;; esac
	done
	is "configure chose all of them" "" "$missing"
fi

is "the generator links libxml2 and the C library alone" "libc libxml2" \
	"$(dynamic "$GENERATOR" | sed -n 's/.*NEEDED.*\[\(lib[a-z0-9]*\)\..*/\1/p' | sort | paste -sd ' ')"
done_testing

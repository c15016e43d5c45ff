#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Names that are ASCII by definition are compared in every locale alike. In Turkish, I and i are not two cases of one
# letter.
. "$(dirname "$0")/../lib.sh"
: "${SIPISCTL:?}"

command -v localedef >/dev/null || skip_all "localedef is not installed: no Turkish locale"
work=$(mktemp -d "${TMPDIR:-/tmp}/sipisctl-locale.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/locales" "$work/root/etc/sipis"
localedef -i tr_TR -f UTF-8 "$work/locales/tr_TR.UTF-8" 2>"$work/log" ||
	skip_all "localedef cannot make tr_TR: $(head -n 1 "$work/log")"

# encoded_settings N ENCODING: write a settings file with this declaration
encoded_settings() {
	cat >"$work/root/etc/sipis/Settings$1.xml" <<-END
		<?xml version="1.0" encoding="$2"?>
		<Sipis><Server Name="Sipis$1" Port="1499$1"/><HttpServer Port="500$1"/>
		<Lock FileName="/run/sipis/$1.lock"/><Log FileName="/var/log/sipis/$1.log"/></Sipis>
	END
}
encoded_settings 1 ascii
encoded_settings 2 us-ASCII
encoded_settings 3 utf8
encoded_settings 4 ISO-8859-1

# both NAME ARGUMENTS...: the same in C and in Turkish
both() {
	local name=$1 difference
	shift
	LC_ALL=C.UTF-8 ctl --root="$work/root" "$@" >"$work/c" 2>&1
	LOCPATH=$work/locales LC_ALL=tr_TR.UTF-8 ctl --root="$work/root" "$@" >"$work/tr" 2>&1
	if difference=$(diff "$work/c" "$work/tr"); then ok "$name"; else not_ok "$name" "$difference"; fi
}

verdict "the locale is Turkish: its decimal separator is a comma" \
	"$(LOCPATH=$work/locales LC_ALL=tr_TR.UTF-8 locale decimal_point 2>&1 | grep -vx ,)"
both "encodings have the same names" check
verdict "three of the four encodings are known" "$(grep -c xml-forbidden "$work/tr" | grep -vx 1)"
both "columns are found by their names in lower case" list -o instance,http,prefixes,settings
verdict "and they are shown" "$(grep -q '^1 ' "$work/tr" || cat "$work/tr")"
both "shares have a decimal point" list
both "JSON has numbers" --json list
both "the map is the same" map
done_testing

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Run every command of README and of the manual pages that begins with "$", page by page, in their order and in one shell,
# and compare its output. Commands that begin with "#" are for a machine with SIPIS: tests/boot/checks/38-readme.sh and
# 38-manual-examples.sh run those.
#
# Each page has its own directory with files that its text mentions. A program without --root sees the tree `machine`
# there instead of the machine.
#
# SIPIS_REWRITE_GOLDEN=1 writes the output that was seen into README, and fails.
#
# usage: examples.sh; GENERATOR, SIPISCTL, MANUALS, CONFDIR and LOADBALANCER_SETTINGS come from the Makefile.
. "$(dirname "$0")/../lib.sh"
. "$here/manual.sh"
: "${GENERATOR:?}" "${SIPISCTL:?}" "${MANUALS:?}" "${CONFDIR:?}" "${LOADBALANCER_SETTINGS:?}"
make_work sipis-examples 80
unset COLUMNS

# --- programs in $PATH -----------------------------------------------------------------------------------------------

# of_machine NAME PROGRAM: a program that gets --root=machine, unless it is given another root
of_machine() {
	cat >"$work/bin/$1" <<-END
		#!/bin/bash
		[[ " \$* " == *" --root="* || ! -e machine ]] || set -- --root="\$PWD/machine" "\$@"
		exec "$2" "\$@"
	END
	chmod 755 "$work/bin/$1"
}

mkdir "$work/bin"
of_machine sipisctl "$SIPISCTL"
of_machine sipis-generator "$GENERATOR"

# 15,000 accounts, as the database of SIPIS could have them
cat >"$work/bin/psql" <<'END'
#!/bin/sh
awk 'BEGIN { for (i = 0; i < 15000; i++) printf "%04X%036X\n", i * 40503 % 65536, i }'
END
chmod 755 "$work/bin/psql"
export PATH=$work/bin:$PATH

# --- what the pages have around them -----------------------------------------------------------------------------------

prepare() {
	case $1 in
	README) ln -s "$tests" tests ;;
	sipisctl.1)
		copy_tree "$good" machine
		copy_tree "$golden/single-catch-all/root" server
		cp -r "$typo/etc" .
		;;
	sipis-settings.5)
		page_installation "$2" machine "$CONFDIR" "$LOADBALANCER_SETTINGS"
		sed -i s/5010/5000/ "machine$CONFDIR/Settings2.xml"
		;;
	sipis-generator.8)
		copy_tree "$good" machine
		copy_tree "$typo" image
		;;
	esac
}

# --- one page ------------------------------------------------------------------------------------------------------------

# Dates differ from run to run, and fold(1) leaves blanks. The paths of this test are not in the pages.
neutral() {
	[ ! -e "$1" ] || sed -E -e "s|$PWD/machine||g; s/[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{8}Z| [0-9:]{8})/DATE/g; s/ +\$//" "$1"
}

run_examples() {
	local i
	for ((i = 1; i <= n; i++)); do
		grep -q '^PATH=' "$i.command" && continue
		printf '{\n%s\n} >"%s/%d.seen" 2>&1\n' "$(sed 's|/[a-z/]*/system-generators/||' "$i.command")" "$PWD" "$i"
	done >script
	bash script </dev/null
}

# check_page NAME TEXT [PAGE]
check_page() {
	local name=$1 n i expected
	mkdir "$work/$name" && cd "$work/$name" || exit 99
	prepare "$name" "${3:-}"
	n=$(split_examples . <"$2")
	run_examples
	for ((i = 1; i <= n; i++)); do
		expected=$(neutral "$i.expected")
		if grep -qw jq "$i.command" && [ -z "$(command -v jq)" ]; then
			skip "$name: $(head -n 1 "$i.command")" "jq is not installed"
		elif resembles "$expected" "$(neutral "$i.seen")"; then
			ok "$name: $(head -n 1 "$i.command")"
		else
			not_ok "$name: $(head -n 1 "$i.command")" "$(diff <(echo "$expected") <(neutral "$i.seen"))"
		fi
	done
	[ "$n" -gt 0 ] || not_ok "$name has examples" ""
}

check_page README "$tests/../README"
for name in sipisctl.1 sipis-settings.5 sipis-generator.8; do
	page_examples "$(manual $name)" "$" >"$work/$name.text"
	check_page $name "$work/$name.text" "$(manual $name)"
done

# --- recovery by hand in sipis-units(7) --------------------------------------------------------------------------------

# The commands, without those that need a machine, for this tree and this directory of the state
recovery() {
	page_example "$(manual sipis-units.7)" "RECOVERY BY HAND" 1 |
		sed -e '/^systemctl/d; /^chgrp/d' -e "s|DIRECTORY|$1|; s|$CONFDIR|$sipis|g; s|$LOADBALANCER_SETTINGS|$balancer|g"
}

# recovers FROM N: split the tree, undo it by hand, and compare
recovers() {
	use_tree "$work/recovery"
	rm -rf "$tree"
	copy_tree "$1" "$tree"
	ctl --root="$tree" split "$2" --yes >/dev/null
	bash -c "$(recovery "$(ls "$sipis/.sipisctl-split")")" >/dev/null 2>&1
	is "sipis-units.7: recovery by hand of split $2" "" "$(diff -r --exclude=.sipisctl-split "$1" "$tree")"
	is "sipis-units.7: no split is left to undo after split $2" "" "$(ls "$sipis/.sipisctl-split")"
}

recovers "$golden/single-catch-all/root" 4
recovers "$good" 6
recovers "$good" 2

# Without a name they would all be override.conf, and that of an instance hides that of all: hidden-drop-in.
# shellcheck disable=SC2086 # several pages
verdict "manual pages give each drop-in a name" "$(page_text $MANUALS | grep 'systemctl edit .*sipis@' | grep -v -e --drop-in=)"

if rewriting; then
	awk -v work="$work/README" '
		function output(   line, file) {
			file = work "/" n ".seen"
			while ((getline line <file) > 0) {
				sub(/ +$/, "", line)
				print "    " line
			}
			close(file)
		}
		pending && !/^    > / { output(); pending = 0; skipping = 1 }
		skipping && /^    [^$]/ && !/^    > / { next }
		{ skipping = 0; print }
		/^    \$ / { n++; pending = 1 }' "$tests/../README" >"$work/new" && cp "$work/new" "$tests/../README"
	not_ok "README was rewritten"
fi
done_testing

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How sipis-generator behaves around its main job: usage, where it does nothing, what it does where
# writing fails, where it says what is wrong.
. "$(dirname "$0")/../lib.sh"
: "${GENERATOR:?}"
work=$(mktemp -d "${TMPDIR:-/tmp}/sipis-generator.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
empty=$work/empty
mkdir "$empty"

# run_generator ARGUMENTS...: leaves status, stdout and stderr
run_generator() { capture generate "$@" </dev/null; }

new_directory() { directory=$(mktemp -d "$work/out.XXXXXX"); }
files() { (cd "$directory" && find . ! -type d -printf '%P\n' | sort); }
everything() { (cd "$directory" && find . -mindepth 1 -printf '%P\n' | sort); }

# --- usage -----------------------------------------------------------------------------------------

for option in --help --version; do
	run_generator $option
	is "$option exits 0, says nothing on standard error" "0 " "$status $stderr"
done
for arguments in "" "--no-such-option x" "a b" "a b c d" "--dry-run a" "--root" "--root= --dry-run"; do
	# shellcheck disable=SC2086
	run_generator $arguments
	is "wrong usage '$arguments' exits 2" 2 "$status"
	is "wrong usage '$arguments' is said on standard error alone" "yes " "$([ -n "$stderr" ] && echo yes) $stdout"
done
new_directory
run_generator --root="$work/nowhere" "$directory"
is "a root that is not there exits 1" 1 "$status"
run_generator --root="$good" "$work/nowhere"
is "a directory that is not there exits 1" 1 "$status"
is "and is named" yes "$(grep -q "$work/nowhere: No such file" <<<"$stderr" && echo yes)"

echo kept >"$work/file"
run_generator --root="$good" "$work/file"
is "a file in place of the directory is said once, and kept" "1 sipis-generator: $work/file: Not a directory kept" \
	"$status $stderr $(<"$work/file")"

new_directory
"$GENERATOR" --root="$good" "$directory" <&-
is "a closed standard input does no harm" "0 9" "$? $(files | wc -l)"

# --- where there is nothing to do --------------------------------------------------------------------

for environment in SYSTEMD_SCOPE=user SYSTEMD_IN_INITRD=1; do
	new_directory
	export "${environment?}"
	run_generator --root="$typo" "$directory" "$directory" "$directory"
	is "$environment: nothing is done or said" "0 " "$status $stdout$stderr$(everything)"
	unset "${environment%=*}"
done
cp -a "$good" "$work/initrd"
touch "$work/initrd/etc/initrd-release"
new_directory
run_generator --root="$work/initrd" "$directory"
is "an initrd without SYSTEMD_IN_INITRD is known by its release file" "0 " "$status $(everything)"
SYSTEMD_IN_INITRD=0 run_generator --root="$work/initrd" "$directory"
is "SYSTEMD_IN_INITRD=0 decides against the release file" "0 9" "$status $(files | wc -l)"
new_directory
SYSTEMD_SCOPE=system run_generator --root="$good" "$directory"
is "SYSTEMD_SCOPE=system is the system" "0 9" "$status $(files | wc -l)"

# --- what is written -----------------------------------------------------------------------------------

new_directory
mkdir "$directory/normal" "$directory/early" "$directory/late"
run_generator --root="$good" "$directory/normal" "$directory/early" "$directory/late"
is "of three directories only the first is written to" "" "$(everything | grep -v '^normal' | grep -vx -e early -e late)"
is "and it has everything" 9 "$(find "$directory/normal" ! -type d | wc -l)"
is "files are readable by all and writable by root" 644 \
	"$(umask 022; stat -c %a "$directory/normal/sipis@1.service.d/50-sipis-generator.conf")"

run_generator --root="$good" "$directory/normal"
is "what exists is not overwritten: exit 1" 1 "$status"
is "every unit is tried and named" 5 "$(grep -c 'cannot generate.*File exists' <<<"$stderr")"

new_directory
mkdir "$directory/sipis.service.wants"
ln -s nowhere "$directory/sipis.service.wants/sipis@2.service"
run_generator --root="$good" "$directory"
is "a link that can't be made costs its own unit" "1 1" "$status $(grep -c 'cannot generate' <<<"$stderr")"
is "and leaves nothing of it" "" "$(everything | grep 'sipis@2.service.d')"
is "and no other" 7 "$(files | grep -vc 'wants/sipis@2.service')"

new_directory
mkdir -p "$work/elsewhere"
ln -s "$work/elsewhere" "$directory/sipis.service.wants"
run_generator --root="$good" "$directory"
is "a link in place of a directory is not followed" "" "$(find "$work/elsewhere" -mindepth 1)"

# A file size limit of 0 is as a full disk: files can be created and not written.
new_directory
(trap '' XFSZ; ulimit -f 0; exec "$GENERATOR" --root="$good" "$directory" 2>/dev/null)
is "where nothing can be written nothing is left half written" "1 " "$? $(everything)"

new_directory
mkdir "$directory/open" "$directory/closed"
run_generator --root="$typo" "$directory/open"
"${wrapper[@]}" "$GENERATOR" --root="$typo" "$directory/closed" <&- >&- 2>&-
is "with all standard descriptors closed it writes the same" "1 " "$? $(diff -r --no-dereference "$directory/open" "$directory/closed" 2>&1)"

new_directory
run_generator --root="$empty" "$directory"
is "without a settings directory nothing is made" "0 " "$status $stderr$(everything)"

run_generator --root="$good" --dry-run
first=$stdout
run_generator --root="$good" --dry-run
is "the same input gives the same output" "$first" "$stdout"
for option in --help --version; do
	stderr=$("${wrapper[@]}" "$GENERATOR" $option 2>&1 >/dev/full)
	is "$option where nothing can be written" "1 sipis-generator: standard output: No space left on device" "$? $stderr"
done
"${wrapper[@]}" "$GENERATOR" --root="$good" --dry-run >/dev/full 2>/dev/null
is "standard output that is full is an error" 1 $?

# --- where it says what is wrong ---------------------------------------------------------------------------

new_directory
run_generator --root="$typo" "$directory"
is "by hand a typo is said on standard error, with its place" yes \
	"$(grep -q 'Settings3.xml:3:49: error: .*\[bad-port\]$' <<<"$stderr" && echo yes)"
new_directory
if [ ${#wrapper[@]} = 0 ]; then
	# shellcheck disable=SC2016
	said=$(sh -c 'SYSTEMD_EXEC_PID=$$ exec "$0" "$@"' "$GENERATOR" --root="$typo" "$directory" 2>&1)
	is "under PID 1 nothing is said on standard error" "1 " "$? $said"
fi
mkdir -p "$work/unlisted/etc"
touch "$work/unlisted/etc/sipis"
run_generator --root="$work/unlisted" "$directory"
is "a settings directory that can't be listed is our failure, and said" "1 yes" \
	"$status $(grep -q 'etc/sipis: Not a directory' <<<"$stderr" && echo yes)"

# As a user who may not read what has mode 0.
as_other=()
[ "$(id -u)" != 0 ] || as_other=(setpriv --reuid=65534 --regid=65534 --clear-groups)
cp -r "$good" "$work/denied"
chmod -R go+rX "$work/denied"
mkdir -m 0 "$work/denied/etc/sipis/.sipisctl-split"
install -m 755 "$GENERATOR" "$work/generator"
chmod go+x "$work"
is "by hand, what cannot be told about a split is said" \
	"sipis-generator: cannot tell whether a split was interrupted: run this as root" \
	"$(cd / && "${as_other[@]}" "$work/generator" --root="$work/denied" --dry-run 2>&1 >/dev/null)"
chmod 700 "$work/denied/etc/sipis/.sipisctl-split"

# --- where openat2() is blocked: in units with DynamicUser=, in older containers ---------------------

# dry_runs [WRAPPER]: what is made of every golden tree
dry_runs() {
	local root
	for root in "$here"/../golden/*/root; do
		"${wrapper[@]}" "$@" "$GENERATOR" --root="$root" --dry-run 2>&1
		echo "# $root: exit status $?"
	done
}

if "${WITHOUT_OPENAT2:?}" true; then
	is "without openat2() the same is made of every golden tree" "$(dry_runs)" "$(dry_runs "$WITHOUT_OPENAT2")"
else
	skip "without openat2() the same is made of every golden tree" "seccomp filters cannot be installed here"
fi

# mounted_over [WRAPPER]: what is made of a settings file over which one of the kernel is mounted
mounted_over() {
	# shellcheck disable=SC2016 # the shell in the namespace expands it
	unshare --mount sh -c 'mount --bind /proc/version "$0" && shift && "$@" 2>&1 >/dev/null' \
		"$work/mounted$CONFDIR/Settings2.xml" - "${wrapper[@]}" "$@" "$GENERATOR" --root="$work/mounted" --dry-run
}
if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then
	copy_tree "$good" "$work/mounted"
	finding="$work/mounted$CONFDIR/Settings2.xml: error: the file is in /proc, /sys or another file system of the kernel: "
	finding+="it is not read [file-unreadable]"
	is "a file of the kernel that is mounted over settings is not read" "$finding" "$(mounted_over)"
	! "$WITHOUT_OPENAT2" true ||
		is "nor is it without openat2()" "$finding" "$(mounted_over "$WITHOUT_OPENAT2")"
else
	skip "a file of the kernel that is mounted over settings is not read" "only root can mount one"
fi
done_testing

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# rpm.sh TARBALL - make an RPM of what `make dist` made, and look at it. The output is TAP. Anybody can run it; what the
#                  spec needs to build must be there, from whatever distribution.
#
# RPM_CHECK=1 has rpmbuild run the tests too, which builders.sh runs with the same flags.
. "$(dirname "$(realpath "$0")")/lib.sh"

for tool in rpmbuild rpmlint; do
	[ -n "$(command -v $tool)" ] || cannot_test "there is no $tool"
done

tarball=$(realpath "$1")
work=$(mktemp -d "${TMPDIR:-/tmp}/rpm.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Spec, macros and filters are those of the tarball, as a packager has them.
mkdir -p "$work/top/SOURCES" "$work/source" "$work/lint"
cp "$tarball" "$work/top/SOURCES/"
tar -C "$work/source" --strip-components=1 -xf "$tarball"
rpm_packaging=$work/source/packaging/rpm
spec=$rpm_packaging/sipis-generator.spec

macros=()
[ -n "$(rpm --eval '%{?_unitdir}')" ] || macros=(--load="$rpm_packaging/macros.sipis-test")
checking=(--nocheck)
[ "${RPM_CHECK:-}" != 1 ] || checking=()

build() {
	rpmbuild "${macros[@]}" --define "_topdir $work/top" --define "_tmppath $work" --nodeps "${checking[@]}" -ba "$spec"
}

if ! build >"$work/log" 2>&1; then
	not_ok "rpmbuild builds it" "$(tail -n 40 "$work/log")"
	done_testing
	exit 1
fi
ok "rpmbuild builds it"
package=$(find "$work/top/RPMS" -name 'sipis-generator-[0-9]*.rpm')
source_package=$(find "$work/top/SRPMS" -name '*.rpm')

# --- rpmlint -----------------------------------------------------------------------------------------------------------

lint() {
	rpmlint -c "$rpm_packaging/rpmlint.toml" -r "$rpm_packaging/sipis-generator.rpmlintrc" "$spec" "$source_package" "$package"
}

said=0
lint >"$work/lint/out" 2>&1 || said=$?
is "rpmlint: exit status" 0 $said
verdict "rpmlint has nothing to say" "$(grep -E ': [EW]: ' "$work/lint/out" || true)"
is "rpmlint: the last line" "2 packages and 1 specfiles checked; 0 errors, 0 warnings, 0 badness" \
	"$(sed -n 's/^ *\(.*badness\);.*/\1/p' "$work/lint/out")"
tail -n 1 "$work/lint/out" | sed 's/^ */# /'

# --- what is in it --------------------------------------------------------------------------------------------------------

version=$(sed -n 's/^AC_INIT(\[sipis-generator\], \[\(.*\)\])$/\1/p' "$work/source/configure.ac")
is "the version is that of configure.ac" "$version" "$(rpm -qp --qf '%{version}' "$package")"
is "NEWS begins with it" "sipis-generator $version" "$(head -n 1 "$work/source/NEWS")"
is "its license" LGPL-2.1-or-later "$(rpm -qp --qf '%{license}' "$package")"
contents() { rpm -qp --qf '[%{filemodes:perms} %{filenames}\n]' "$package"; }

# What `make install` lays, with the same paths, in the words of the package: pages are compressed there.
install_by_hand() {
	mkdir "$work/build"
	cd "$work/build"
	"$work/source/configure" --quiet CFLAGS=-O0 \
		--with-systemdsystemunitdir=/usr/lib/systemd/system \
		--with-systemdsystemgeneratordir=/usr/lib/systemd/system-generators \
		--with-sysusersdir=/usr/lib/sysusers.d --with-tmpfilesdir=/usr/lib/tmpfiles.d \
		--with-catalogdir=/usr/lib/systemd/catalog --with-sipis-defaults=/etc/sysconfig/sipis
	make --silent -j"$(nproc)"
	make --silent install DESTDIR="$work/image"
}
if (install_by_hand) >"$work/log" 2>&1; then ok "make install"; else not_ok "make install" "$(tail -n 20 "$work/log")"; fi
installed=$(cd "$work/image" && find . ! -type d -printf '%M %P\n' | sed -e 's| | /|' -e '/\/usr\/share\/man\//s|$|.gz|' | sort)
packaged=$(contents | grep -v -e '^d' -e ' /usr/share/licenses/' | sort)
is "its files are those of make install" "$installed" "$packaged"
is "and the license" "-rw-r--r-- LICENSE" "$(contents | sed -n 's| /usr/share/licenses/.*/| |p' | grep -v '^d')"
is "instances read Fedora's place of environment files" "EnvironmentFile=-/etc/sysconfig/sipis" \
	"$(grep '^EnvironmentFile=' "$work/image/usr/lib/systemd/system/sipis@.service")"
verdict "no file belongs to another than root" "$(rpm -qp --qf '[%{fileusername} %{filegroupname} %{filenames}\n]' "$package" | grep -v '^root root ' || true)"
is "configuration, which an upgrade does not overwrite" "/etc/logrotate.d/sipis-generator" "$(rpm -qpc "$package")"

# --- what happens around it -------------------------------------------------------------------------------------------------

scripts=$(rpm -qp --scripts "$package")
is "after an installation, the presets are asked" 1 "$(grep -c 'preset sipis.service' <<<"$scripts")"
is "before the removal it is stopped" 1 "$(grep -c 'disable --now sipis.service' <<<"$scripts")"
verdict "nothing is started or restarted, and no user is made by hand" \
	"$(grep -nE 'start|reload-or|useradd|groupadd|chown|enable' <<<"$scripts" || true)"
verdict "no file trigger of its own" "$(rpm -qp --filetriggers "$package"; rpm -qp --triggers "$package")"

required=$(rpm -qp --requires "$package")
is "it asks for the systemd that it needs" "systemd >= 249" "$(grep '^systemd >=' <<<"$required")"
done_testing
[ "$tap_failed" = 0 ]

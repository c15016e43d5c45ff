#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl status and sipisctl apply, as far as no systemd is needed: the boot tests have the rest. Nothing here reaches
# the machine's own systemd.
. "$(dirname "$0")/../lib.sh"
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere/bus
: "${SIPISCTL:?}"

# outcome ARGUMENTS...: print the output of sipisctl and its exit status
outcome() {
	ctl "$@" 2>&1 </dev/null
	echo "exit $?"
}

# prints NAME STATUS TEXT ARGUMENTS...: require this output and exit status
prints() {
	is "$1" "${3:+$3$'\n'}exit $2" "$(outcome "${@:4}")"
}

no_bus="cannot query systemd of this machine: No such file or directory"
prints "status without a bus" 3 "sipisctl: $no_bus" status
prints "status --watch without a bus" 3 "sipisctl: $no_bus" status --watch
prints "status --json without a bus" 3 "sipisctl: $no_bus" --json status
prints "status --monitoring without a bus: nothing is known" 3 "sipisctl: $no_bus
SIPIS UNKNOWN: $no_bus | instances=U;;1:;0; serving=U;;;0; refused=U;;0;0; masked=U;0;;0; restarts=U memory=U;;;0;" status --monitoring
prints "metrics without a bus" 3 "sipisctl: $no_bus" metrics
for file in /dev/null /dev/stdout /dev; do
	prints "metrics does not replace $file" 2 "sipisctl: --output: $file is not a regular file: choose another path" metrics --output=$file
done
is "status of a container that is not there" "exit 3" "$(outcome status -M nowhere | tail -n 1)"
is "its name is escaped" "sipisctl: cannot query systemd of a\\x1bb" "$(outcome status -M $'a\eb' | sed -n '1s/: [A-Z].*//p')"

is "a wrong column of status is told before anything is asked" "sipisctl: there is no column \"FOO\" exit 2" \
	"$(outcome status -o FOO | sed 's/; there are .*//' | paste -sd ' ')"

for command in status apply; do
	is "$command tells about itself" "sipisctl $command [OPTIONS] [INSTANCE...] exit 0" \
		"$(outcome $command --help | sed -n '1p; $p' | xargs)"
	prints "$command does not take --root" 2 \
		"sipisctl: $command does not take --root: sipisctl $command --help lists its options" --root=/ $command
done
for option in --timeout=5 --rolling --no-stop --force --dry-run --undo-on-failure; do
	name=${option%%=*}
	prints "status does not take $option" 2 "sipisctl: status does not take $name: sipisctl status --help lists its options" status $option
done
for option in --watch:--watch --host:-Ha --machine:-Ma --output:-oPID --raw:-r --noheadings:-n; do
	name=${option%%:*}
	prints "apply does not take ${option#*:}" 2 "sipisctl: apply does not take $name: sipisctl apply --help lists its options" apply ${option#*:}
done
for seconds in 0 -1 +1 ' 1' 1s 86401 99999999999999999999 ''; do
	prints "--timeout=$seconds is wrong" 2 "sipisctl: --timeout is a number from 1 to 86400, not \"$seconds\"" apply --timeout="$seconds"
done
for arguments in "--rolling 1" "--no-stop 1" "--undo-on-failure 1" "--undo-on-failure --rolling" "--undo-on-failure --no-stop"; do
	# shellcheck disable=SC2086 # several words
	is "apply $arguments contradicts itself" "exit 2" "$(outcome apply $arguments | tail -n 1)"
done
mapfile -t targets < <(seq -f '-Mm%g' 65)
prints "so many machines at once are too many" 2 "sipisctl: more than 64 machines: sipisctl status --help lists the options" status "${targets[@]}"

# --- what another machine says ----------------------------------------------------------------------------

# remote ARGUMENTS...: status -H of a machine whose systemd is the test's own peer, with $units loaded
work=$(mktemp -d "${TMPDIR:-/tmp}/sipisctl-status.XXXXXX")
trap 'rm -rf "$work"' EXIT
remote() {
	printf '#!/bin/bash\nexec %q %s\n' "$PEER" "$units" >"$work/ssh"
	chmod +x "$work/ssh"
	PATH=$work:$PATH outcome status -H machine "$@"
}

printf '#!/bin/sh\nexit 255\n' >"$work/ssh"
chmod +x "$work/ssh"
# The kernel's reason depends on what comes first, the end or the first message.
is "a connection that ends before it begins" "sipisctl: cannot query systemd of machine: closed"$'\n'"exit 3" \
	"$(PATH=$work:$PATH outcome status -H machine | sed -E 's/(Connection refused|Connection reset by peer|Broken pipe)$/closed/')"

if [ -x "${PEER:-}" ]; then
	units=$(printf '%q ' LoadBalancer2.service sipis@a sipis@.service $'sipis@\e[1mx.service' 'sipis@1.service')
	is "names of units of another machine, whatever they are" \
		"$(printf '%s\n' - '\x1b[1mx' .service a 1 'exit 0')" "$(remote -nr -o INSTANCE | sed 's/\\x5c/\\/g')"
	is "its columns, and those that are shown only when asked for" \
		"INSTANCE NAME PORT HTTP SHARE STATE ACTIVE PID MEMORY SINCE LISTENING RESTARTS REASON HOST: REALM PREFIXES SETTINGS" \
		"$(remote | head -n 1 | xargs): $(remote -o REALM,PREFIXES,SETTINGS | head -n 1 | xargs)"
	is "nothing of another machine moves the cursor" "" "$(remote | tr -d '\n' | LC_ALL=C grep -a '[[:cntrl:]]')"
	is "a reason of another machine is escaped" 'refused \x1b[31m\xe2\x80\xaeo\n' \
		"$(remote -J -o INSTANCE,STATE,REASON | tr -d '\n' | sed 's/.*"1", *"state": "\([a-z]*\)", *"reason": "\([^"]*\)".*/\1 \2/; s/\\\\/\\/g')"
	is "a year of six digits is none" 5 "$(remote -J | grep -c '"since": null')"
	is "all memory there can be" 5 "$(remote -nr -o MEMORY | grep -c '^15.9E$')"
	is "for monitoring it is one line" "1 CRITICAL" "$(remote --monitoring | sed '$d' | wc -l) $(remote --monitoring | grep -o '^SIPIS [A-Z]*' | cut -d ' ' -f 2)"
	units="sipis@a.service sipis@old.service sipis@default.service sipis@10.service sipis@2.service"
	is "instances of another machine are in the order of all listings" "2 10 default a old exit 0" \
		"$(remote -nr -o INSTANCE | paste -sd ' ')"
	printf '#!/bin/bash\n[[ "$*" != *away* ]] || exit 255\nexec %q %s\n' "$PEER" "$units" >"$work/ssh"
	for option in '' --monitoring; do
		is "an instance may be on the machine that does not answer $option" "0 exit 3" \
			"$(PATH=$work:$PATH outcome status -H machine -H away $option 7 | sed -n 's/.*there is no instance.*/&/p; $p' | awk '/there is/ { n++ } END { print n + 0, $0 }')"
	done
	is "one that is named and answers is shown all the same" "away 2 exit 3" \
		"$(PATH=$work:$PATH outcome status -H machine -H away -nr -o INSTANCE 2 2>&1 | sed 's/.*cannot query systemd of \(.*\): .*/\1/' | paste -sd ' ')"
	units="sipis@1.service cron.service LoadBalancer2.service sipis.service"
	is "the units of SIPIS are asked for" "- 1 exit 0" "$(PEER_ASKED=1 remote -nr -o INSTANCE | paste -sd ' ')"

	# memory BYTES: print the memory as a person reads it
	units=sipis@1.service
	memory() { PEER_MEMORY=$1 remote -nr -o MEMORY | head -n 1; }
	while read -r bytes text; do
		is "$bytes bytes of memory" "$text" "$(memory "$bytes")"
	done <<-END
		0 0B
		1023 1023B
		1024 1.0K
		1126 1.0K
		1127 1.1K
		2047 1.9K
		1048575 1023.9K
		1048576 1.0M
		1073741823 1023.9M
		1073741824 1.0G
		1099511627776 1.0T
		1125899906842624 1.0P
	END

	monitored_memory() { PEER_MEMORY=$1 remote --monitoring | grep -o ' memory=[^ ]*'; }
	is "for monitoring, the memory in bytes" " memory=1024B;;;0;" "$(monitored_memory 1024)"
	is "for monitoring, no memory is a value" " memory=0B;;;0;" "$(monitored_memory 0)"
	is "for monitoring, memory that systemd does not know" " memory=U;;;0;" "$(monitored_memory 18446744073709551615)"
	is "memory that systemd does not know" - "$(memory 18446744073709551615)"

	# running SECONDS: print since when the unit runs, as a person reads it
	running() { PEER_SINCE=$((($(date +%s) - $1) * 1000000)) remote -nr -o SINCE | head -n 1 | sed 's/\\x20/ /'; }
	# The test takes seconds itself.
	while read -r seconds pattern; do
		text=$(running "$seconds")
		verdict "active for $seconds s" "$([[ $text =~ ^$pattern$ ]] || echo "expected $pattern, got $text")"
	done <<-END
		0 [0-9]s
		30 3[0-9]s
		90 1min 3[0-9]s
		3630 1h 3[0-9]s
		3690 1h 1min
		86430 1d 3[0-9]s
		90030 1d 1h
		86520 1d 2min
		180090 2d 2h
		-3600 0s
	END
	is "JSON has the time, and the bytes" '"2001-09-09T01:46:40Z" 1536' \
		"$(PEER_SINCE=1000000000000000 PEER_MEMORY=1536 remote -J -o SINCE,MEMORY | tr -d '\n' |
			sed 's/.*"since": *\("[^"]*"\), *"memory": *\([0-9]*\).*/\1 \2/')"
	units='--many 100000'
	is "so many units are too many" "sipisctl: cannot query systemd of machine: Argument list too long"$'\n'"exit 3" \
		"$(remote -nr -o INSTANCE | tail -n 2)"
else
	skip "what another machine says" "$PEER is not built"
fi
done_testing

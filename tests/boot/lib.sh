# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For the scripts in checks/. Each defines `prepare`, which makes the files of a system that is not yet booted, and
# `checks`, which runs in that system as root; the last line of each is `main "$@"`.

set -euo pipefail

generator_directory=/run/systemd/generator
confdir=/etc/sipis
load_balancer_settings=/etc/acrobits/LoadBalancer2/Settings.xml

# --- files of an installation ------------------------------------------------------------------------------------------

# settings INSTANCE [KEY=VALUE]...: a settings file. For the instance N, the guide's values of its Nth file. Keys: name,
# port, http, lock, log, filter (Yes, No), address, realm, instance_log; an empty value leaves the attribute out.
settings() {
	local instance=$1 file=$confdir/Settings$1.xml n=1 pair
	[[ ! $instance =~ ^[0-9]+$ ]] || n=$instance
	local -A v=([name]=Sipis$instance [port]=$((14998 - 10 * (n - 1))) [http]=$((5000 + 10 * (n - 1)))
		[lock]=/var/run/sipis/sipis$instance.lock [log]=/var/log/sipis/sipis$instance.log [filter]=Yes
		[address]='' [realm]=Sipis [instance_log]='')

	for pair in "${@:2}"; do
		v[${pair%%=*}]=${pair#*=}
	done
	[ "$instance" != default ] || file=$confdir/Settings.xml
	make_confdir
	umask 027
	printf '%s\n' \
		'<Sipis xmlns="http://acrobits.net/SipisSettings.xsd">' \
		"  <Server${v[name]:+ Name=\"${v[name]}\"}${v[address]:+ Address=\"${v[address]}\"}${v[port]:+ Port=\"${v[port]}\"}" \
		"     ${v[realm]:+ Realm=\"${v[realm]}\"}${v[filter]:+ FilterInstancesAccordingToLoadBalancer2BackendSection=\"${v[filter]}\"} />" \
		"  <HttpServer${v[http]:+ Port=\"${v[http]}\"} />" \
		'  <Administrator User="admin" Password="hunter2" />' \
		'  <Database ConnectionString="host=localhost dbname=sipis user=sipis password=hunter2" />' \
		"  <Lock${v[lock]:+ FileName=\"${v[lock]}\"} />" \
		"  <Log${v[log]:+ FileName=\"${v[log]}\"}${v[instance_log]:+ InstanceFileName=\"${v[instance_log]}\"} />" \
		'</Sipis>' >"$file"
	umask 022
}

# What is made in it can be read by the sipis user and by nobody else.
make_confdir() {
	[ ! -d $confdir ] || return 0
	install -d -g sipis -m 2755 $confdir
}

# backends NAME=PREFIX[=APP-ID-PREFIX]...: the load balancer's settings
backends() {
	local entry name prefix app_id

	mkdir -p "${load_balancer_settings%/*}"
	{
		cat <<-'END'
			<!-- The settings file is expected to reside in the "/etc/acrobits/LoadBalancer2/Settings.xml" file. -->

			<LoadBalancer2>
			  <Frontend>
			    <Udp Address="0:4998" />
			    <Tcp Address="0:4998" />
			    <Tls Address="0:24998" />
			  </Frontend>
			  <Backend>
		END
		for entry; do
			IFS='=' read -r name prefix app_id <<<"$entry"
			printf '    <Sipis Name="%s" SelectorPrefix="%s"%s Address="" />\n' "$name" "$prefix" \
				"${app_id:+ AppIdPrefix=\"$app_id\"}"
		done
		printf '  </Backend>\n</LoadBalancer2>\n'
	} >$load_balancer_settings
}

# The installation of the vendor's guide: four instances, a quarter of the selector space each.
guide() {
	local n

	for n in 1 2 3 4; do
		settings $n
	done
	backends Sipis1=0/2 Sipis2=4/2 Sipis3=8/2 Sipis4=C/2
	enable sipis LoadBalancer2
}

# A machine as the vendor's package leaves it: one instance, and a load balancer that sends it everything.
vendor() {
	settings default name=Sipis port=14998 http=5000 lock=/var/run/sipis/sipis.lock log=/var/log/sipis/sipis.log filter='' realm=''
	backends x
	sed -i 's|<Sipis Name=.*|<Sipis Address="127.0.0.1:14998" />|' $load_balancer_settings
	enable sipis LoadBalancer2
}

enable() {
	systemctl --quiet enable "${@/%/.service}"
}

# drop_in UNIT NAME: a drop-in of the administrator, from standard input
drop_in() {
	mkdir -p "/etc/systemd/system/$1.d"
	cat >"/etc/systemd/system/$1.d/$2.conf"
}

# --- results -------------------------------------------------------------------------------------------------------------

# check NAME COMMAND...: COMMAND (which may be a function: every command in it must succeed) decides
check() {
	local name=$1 output rc
	shift

	set +e
	output=$(set -e; "$@" 2>&1)
	rc=$?
	set -e
	if [ $rc = 0 ]; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		printf '%s\n' "status $rc: $*" "$output" | awk 'NR <= 60 { print "#   " $0 }'
	fi
}

# is NAME EXPECTED COMMAND...: what COMMAND prints
is() {
	local name=$1 expected=$2 output
	shift 2

	output=$("$@" 2>&1) || :
	if [ "$output" = "$expected" ]; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		printf '%s\n' "$*" "expected:" "$expected" "got:" "$output" | awk 'NR <= 60 { print "#   " $0 }'
	fi
}

# What a command prints, without process IDs, and its exit status
outcome() {
	local rc=0

	"$@" 2>&1 | sed 's/(PID [0-9]*)/(PID N)/' || rc=${PIPESTATUS[0]}
	echo "exit $rc"
}

# The same of apply, without what it says of instances on their way.
settled() {
	outcome "$@" | sed '/^sipis@[^ ]* *\(activating (\|active, does not listen\)/d'
}

skip() {
	echo "ok - $1 # SKIP $2"
}

not() {
	! "$@"
}

# contains TEXT COMMAND...: the output has it, letter for letter
contains() {
	local text=$1 output
	shift

	output=$("$@" 2>&1) || :
	[[ $output == *"$text"* ]] || { printf '%s\n' "no \"$text\" in:" "$output"; return 1; }
}

# For states that nothing announces. Half a minute, then it fails.
wait_for() {
	local end=$((SECONDS + 30))

	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { echo "in vain: $*"; return 1; }
		sleep .02
	done
}

# --- the system ----------------------------------------------------------------------------------------------------------

# Until the boot has finished, whatever came of it.
booted() {
	systemctl is-system-running --wait >/dev/null || :
}

property() {
	systemctl show --value -p "$2" -- "$1"
}

# state_of UNIT STATE: its ActiveState
state_of() {
	[ "$(property "$1" ActiveState)" = "$2" ] || { systemctl status --no-pager -- "$1"; return 1; }
}

active() {
	local unit

	for unit; do
		state_of "$unit" active || return 1
	done
}

# A line for each, to see that nothing was restarted.
invocations() {
	systemctl show -p Id,InvocationID,MainPID,NRestarts -- "$@" | awk 'BEGIN { RS = "" } { $1 = $1; print }'
}

instances_running() {
	systemctl list-units --plain --no-legend --state=active 'sipis@*' | awk '{ print $1 }'
}

# `systemctl stop sipis` returns when the umbrella has stopped, and the instances stop behind it.
none_run() {
	[ "$(processes "$1")" = 0 ]
}

none_active() {
	[ -z "$(instances_running)" ]
}

no_process_of() {
	! pgrep -a -f "/etc/sipis/Settings$1\\.xml"
}

arguments_of() {
	tr '\0' ' ' <"/proc/$(property "$1" MainPID)/cmdline"
}

as_sipis() {
	setpriv --reuid=sipis --regid=sipis --clear-groups "$@"
}

# How many processes of this name the sipis user runs.
processes() {
	pgrep -c -u sipis -x "$1" || :
}

listening() {
	[ -n "$(ss -Hltn "sport = :$1")" ]
}

# http PORT PATH: the body of the answer
http() (
	wait_for listening "$1"
	exec 3<>"/dev/tcp/127.0.0.1/$1"
	printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&3
	sed '1,/^\r$/d' <&3
)

# ask PORT LINE...: the answer to each line
ask() (
	wait_for listening "$1"
	exec 3<>"/dev/tcp/127.0.0.1/$1"
	for line in "${@:2}"; do
		printf '%s\n' "$line" >&3
		IFS= read -r answer <&3
		printf '%s\n' "$answer"
	done
)

# ask_udp PORT LINE: the answer to a datagram
ask_udp() (
	exec 3<>"/dev/udp/127.0.0.1/$1"
	printf '%s\n' "$2" >&3
	timeout 5 head -n 1 <&3 # `read` would take one byte of the datagram and lose the others
)

journal_of() {
	journalctl --sync
	journalctl --no-pager -b -o cat -u "$1"
}

# The generator's files, the links with their targets.
generated() {
	find $generator_directory -path '*sipis*' \( -type l -printf '%P -> %l\n' -o -type f -printf '%P\n' \) | LC_ALL=C sort
}

# place_of FILE TEXT: LINE:COLUMN of the first byte after TEXT
place_of() {
	LC_ALL=C awk -v text="$2" '(at = index($0, text)) { print NR ":" at + length(text); exit }' "$1"
}

# --- a machine that gets this package later ---------------------------------------------------------------------------

package_files=(usr/bin/sipisctl usr/lib/systemd/system/sipis.service usr/lib/systemd/system/sipis@.service
	usr/lib/systemd/system/sipis-removed@.service
	usr/lib/systemd/system/sipis-metrics.service usr/lib/systemd/system/sipis-metrics.timer
	usr/lib/systemd/system-generators/sipis-generator usr/lib/sysusers.d/sipis-generator.conf
	usr/lib/tmpfiles.d/sipis-generator.conf etc/logrotate.d/sipis-generator)

put_package_aside() {
	tar -C / -cf /srv/package.tar "${package_files[@]}"
	remove_package
}

# install_package [DIRECTORY]
install_package() {
	mkdir -p "${1:-/}"
	tar -C "${1:-/}" -xf /srv/package.tar
}

remove_package() {
	(cd / && rm "${package_files[@]}")
}

# page_says PAGE LINE: the installed page has this line, as a reader sees it
page_says() {
	sed "s/\\\\-/-/g; s/\\\\(aq/'/g" /usr/share/man/man?/"$1" | grep -xF -- "$2" >/dev/null || { echo "not in $1: $2"; return 1; }
}

# step PAGE COMMAND: the page has it, and it works
step() {
	page_says "$1" "$2"
	eval "$2"
}

has_command() {
	sipisctl --help | grep -qE "^ *$1( |$)"
}

main() {
	case ${1:-} in
	prepare) prepare ;;
	checks)
		checks
		echo "# end"
		;;
	*)
		echo "usage: $0 prepare|checks" >&2
		exit 2
		;;
	esac
}

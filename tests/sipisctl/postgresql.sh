#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The real load of each instance: the accounts of a real PostgreSQL, in the table that SIPIS has,
# through sipisctl route --count. What the database itself counts is what must come out.
. "$(dirname "$0")/../lib.sh"
: "${SIPISCTL:?}"
SIPISCTL=$(realpath "$SIPISCTL")

# The newest version that is here.
bin=''
for initdb in /usr/lib/postgresql/*/bin/initdb; do
	[ -x "$initdb" ] && bin=$(printf '%s\n' "$bin" "${initdb%/*}" | sort -V | tail -n 1)
done
[ -n "$bin" ] || { initdb=$(command -v initdb) && bin=${initdb%/*}; }
[ -x "${bin:-/nowhere}/pg_ctl" ] || skip_all "there is no PostgreSQL"
psql=$(command -v psql || echo "$bin/psql")
[ -x "$psql" ] || skip_all "there is no psql"

# It refuses to run as root.
as_user=()
if [ "$(id -u)" = 0 ]; then
	for user in postgres nobody; do id "$user" >/dev/null 2>&1 && break; done
	id "$user" >/dev/null 2>&1 || skip_all "there is no user to run PostgreSQL as"
	as_user=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups env HOME=/)
	"${as_user[@]}" true 2>/dev/null || skip_all "no process can become the user $user here"
fi

# Not in TMPDIR: the user may not get there, and the path of a socket must be short.
work=$(mktemp -d /tmp/sipisctl-postgresql.XXXXXX)
data=$work/data
# shellcheck disable=SC2317 # called by the trap
clean_up() {
	[ ! -e "$data/postmaster.pid" ] || "${as_user[@]}" "$bin/pg_ctl" -D "$data" -m immediate -w stop >/dev/null 2>&1
	cd / && rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP
cd "$work" || exit 1
[ ${#as_user[@]} = 0 ] || chown "$user" "$work"

if ! "${as_user[@]}" "$bin/initdb" -D "$data" -U sipis -A trust -E UTF8 --no-locale --no-sync >"$work/initdb.log" 2>&1; then
	not_ok "PostgreSQL makes its data directory" "$(<"$work/initdb.log")"
	done_testing
	exit 1
fi
if ! "${as_user[@]}" "$bin/pg_ctl" -D "$data" -l "$data/log" -w -t 120 \
	-o "-F -c listen_addresses='' -c unix_socket_directories='$work'" start >"$work/start.log" 2>&1; then
	not_ok "PostgreSQL starts" "$(cat "$work/start.log" "$data/log")"
	done_testing
	exit 1
fi

export PGHOST=$work PGUSER=sipis PGDATABASE=postgres PGOPTIONS='--client-min-messages=warning'
sql() { "$psql" -X -v ON_ERROR_STOP=1 -Atc "$1"; }

# route_accounts FILTER ARGUMENTS...: run route on the accounts of the table, or on some of them
route_accounts() {
	capture ctl route "${@:2}" < <(sql "SELECT selector FROM selectors $1")
}

# --- the accounts ----------------------------------------------------------------------------------------------

# As SIPIS has them: 40 digits, many with a suffix, in either case.
sql "CREATE TABLE selectors(id integer PRIMARY KEY, selector varchar(64) UNIQUE, lastseen timestamptz);
	INSERT INTO selectors
	SELECT i, CASE WHEN i % 3 = 0 THEN digits
		WHEN i % 3 = 1 THEN upper(digits) || ':' || upper(substr(md5(i::text), 1, 8))
		ELSE digits || ':' || substr(md5(i::text), 1, 23) END, now() - i * interval '1 minute'
	FROM (SELECT i, substr(encode(sha256(('account' || i)::bytea), 'hex'), 1, 40) AS digits
		FROM generate_series(1, 5000) AS i) AS accounts" >/dev/null 2>"$work/stderr"
is "the table of SIPIS is there, with 5,000 accounts" "5000|64|40 " \
	"$(sql "SELECT count(*), max(length(selector)), min(length(selector)) FROM selectors") $(<"$work/stderr")"

# --- the guide's four instances ----------------------------------------------------------------------------------

four=$here/../golden/four-processes/root
digit="lower(left(selector, 1))"
quarter="1 + (strpos('0123456789abcdef', $digit) - 1) / 4"
counts=$(sql "SELECT 'Sipis' || n, count(selector) FROM generate_series(1, 4) AS n
	LEFT JOIN selectors ON n = $quarter GROUP BY n ORDER BY n")
route_accounts "" --count --root="$four" --raw --noheadings
is "the guide's four instances serve all accounts" "0 " "$status $stderr"
is "each as many as the database counts by the first digit" "$counts" "$(awk '$1 != "-" { print $2 "|" $3 }' <<<"$stdout")"
is "and nobody is left" "- - 0 0.00%" "$(tail -n 1 <<<"$stdout")"
shares=$(sql "SELECT to_char(100.0 * count(*) / 5000, 'FM990.00') || '%' FROM selectors GROUP BY $quarter ORDER BY $quarter")
is "the shares are those of the database" "$shares" "$(awk '$1 != "-" { print $4 }' <<<"$stdout")"
route_accounts "" --count --root="$four"
is "the manual's line gives a table with a heading" "INSTANCE NAME ACCOUNTS SHARE 6" \
	"$(head -n 1 <<<"$stdout" | tr -s ' ') $(wc -l <<<"$stdout")"

route_accounts "WHERE $digit = '5' ORDER BY id" --root="$four"
is "without --count each account has its line, as the database has it" \
	"$(sql "SELECT selector || ' 2 Sipis2 4/2' FROM selectors WHERE $digit = '5' ORDER BY id")" "$stdout"
route_accounts "WHERE lastseen > now() - interval '1000 minutes'" --root="$four" --count --raw --noheadings
is "any other query of the table will do" "$(sql "SELECT count(*) FROM selectors WHERE lastseen > now() - interval '1000 minutes'")" \
	"$(awk '{ n += $3 } END { print n }' <<<"$stdout")"
route_accounts "WHERE false" --root="$four" --count
is "an empty table is good" "0 6" "$status $(wc -l <<<"$stdout")"

# --- nested prefixes, another machine, and a gap --------------------------------------------------------------------

odd=$work/odd
mkdir -p "$odd/etc/sipis" "$odd/etc/acrobits/LoadBalancer2"
for i in 1 2; do
	cat >"$odd/etc/sipis/Settings$i.xml" <<-END
		<Sipis>
		  <Server Name="Sipis$i" Port="1000$i" Realm="r" FilterInstancesAccordingToLoadBalancer2BackendSection="Yes"/>
		  <HttpServer Port="500$i"/>
		  <Lock FileName="/run/sipis/$i.lock"/>
		  <Log FileName="/var/log/sipis/$i.log"/>
		</Sipis>
	END
done
cat >"$odd/etc/acrobits/LoadBalancer2/Settings.xml" <<-'END'
	<LoadBalancer2>
	  <Backend>
	    <Sipis Name="Sipis2" SelectorPrefix="1" Address=""/>
	    <Sipis Name="Sipis1" SelectorPrefix="0/2" Address=""/>
	    <Sipis Name="Far" SelectorPrefix="C/3" Address="10.0.0.9:14998"/>
	    <Sipis Name="Sipis2" SelectorPrefix="4/2" Address=""/>
	    <Sipis Name="Sipis2" SelectorPrefix="A8/5" Address=""/>
	  </Backend>
	</LoadBalancer2>
END
two="lower(left(selector, 2))"
counts=$(sql "SELECT CASE WHEN $digit IN ('0', '2', '3') THEN '1 Sipis1'
	WHEN $digit IN ('1', '4', '5', '6', '7') OR $two BETWEEN 'a8' AND 'af' THEN '2 Sipis2'
	WHEN $digit IN ('c', 'd') THEN '- Far' ELSE '- -' END AS who, count(*) FROM selectors GROUP BY who" | tr '|' ' ' | sort)
route_accounts "" --root="$odd" --count --raw --noheadings
is "accounts that nobody serves are exit status 1" "1 " "$status $stderr"
is "nested prefixes, another machine and a gap: all are counted as the database counts" "$counts" \
	"$(awk '{ print $1, $2, $3 }' <<<"$stdout" | sort)"
is "what nobody serves is the last row" "$(grep '^- - ' <<<"$counts")" "$(tail -n 1 <<<"$stdout" | cut -d ' ' -f 1-3)"
route_accounts "" --root="$odd" --count --json
json_is "JSON: every account is in one row" 5000 '[.routes[].accounts] | add'
sql "INSERT INTO selectors VALUES (5001, 'not-a-selector', now()), (5002, NULL, now())" >/dev/null
route_accounts "" --root="$four" --count --raw --noheadings
is "what is not a selector is reported and not counted" "1 yes 5000" \
	"$status $(grep -q '"not-a-selector" is not a selector' <<<"$stderr" && echo yes) $(awk '{ n += $3 } END { print n }' <<<"$stdout")"
done_testing

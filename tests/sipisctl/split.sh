#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl split: what becomes of names, ports, paths, realms and backends, from any number of
# instances to any other; what it takes and what it refuses.
. "$(dirname "$0")/lib.sh"

# Every split waits for the disk many times. What is tested here is not that.
scratch=${TMPDIR:-/tmp}
[ ! -w /dev/shm ] || scratch=/dev/shm
work=$(mktemp -d "$scratch/sipisctl-split.XXXXXX")
trap 'rm -rf "$work"' EXIT

ctl() { timeout 60 "${wrapper[@]}" "$SIPISCTL" "$@" </dev/null; }

# run ARGUMENTS...: leaves status, stdout and stderr, and forks no more than it must
run() {
	ctl "$@" >"$work/stdout" 2>"$work/stderr"
	status=$?
	IFS= read -r -d '' stdout <"$work/stdout"
	IFS= read -r -d '' stderr <"$work/stderr"
	stdout=${stdout%$'\n'} stderr=${stderr%$'\n'}
}

# says PATTERN TEXT: "yes", or the text
says() { if [[ $2 =~ $1 ]]; then echo yes; else echo "$2"; fi; }

# --- trees -----------------------------------------------------------------------------------------------------

# new_tree NAME: an empty installation, in $tree; its files are $sipis/Settings*.xml and $balancer
new_tree() {
	tree=$work/$1 sipis=$work/$1/etc/sipis balancer=$work/$1/etc/acrobits/LoadBalancer2/Settings.xml
	rm -rf "$tree"
	mkdir -p "$sipis" "${balancer%/*}"
}

# settings INSTANCE NAME PORT HTTP MARK [ATTRIBUTES]: a settings file of $tree; `-` as HTTP is none
settings() {
	{
		echo '<Sipis>'
		echo "  <Server Name=\"$2\" Port=\"$3\"${6:+ $6} />"
		if [ "$4" = - ]; then echo '  <HttpServer />'; else echo "  <HttpServer Port=\"$4\" />"; fi
		echo "  <Lock FileName=\"/var/run/sipis/sipis$5.lock\"/>"
		echo "  <Log FileName=\"/var/log/sipis/sipis$5.log\" />"
		echo '</Sipis>'
	} >"$sipis/Settings$1.xml"
}

# backends ATTRIBUTES...: the load balancer's settings of $tree, with a Sipis element for each
backends() {
	{
		printf '<LoadBalancer2>\n  <Frontend>\n    <Udp Address="0:4998" />\n  </Frontend>\n  <Backend>\n'
		printf '    <Sipis %s />\n' "$@"
		printf '  </Backend>\n</LoadBalancer2>\n'
	} >"$balancer"
}

# What the guide begins with.
guide() {
	new_tree "$1"
	settings '' Sipis 14998 5000 ''
	backends 'Name="Sipis" SelectorPrefix="" Address=""'
}

filter='FilterInstancesAccordingToLoadBalancer2BackendSection="Yes"'

# rows: of each settings file, in order: INSTANCE NAME PORT HTTP REALM LOCK LOG
rows() {
	local file instance
	while read -r file; do
		instance=${file##*/Settings} instance=${instance%.xml}
		sed -n "s|.*<Server Name=\"\([^\"]*\)\" Port=\"\([^\"]*\)\"\( Realm=\"\([^\"]*\)\"\)\?.*|${instance:-default} \1 \2 \4|p
			s|.*<HttpServer Port=\"\([^\"]*\)\".*|\1|p; s|.*<Lock FileName=\".*/\([^/\"]*\)\".*|\1|p
			s|.*<Log FileName=\".*/\([^/\"]*\)\".*|\1|p" "$file" | paste -sd' '
	done < <(printf '%s\n' "$sipis"/Settings*.xml | sort -V) | awk '{ $1 = $1; print }'
}

# prefixes: the backends, in their order: NAME PREFIX ADDRESS
prefixes() {
	sed -n 's|^ *<Sipis Name="\([^"]*\)" SelectorPrefix="\([^"]*\)" Address="\([^"]*\)" />$|\1 \2 \3|p' "$balancer"
}

# content: everything in $tree but the state of splits, in one word
content() { tar -C "$tree" --exclude=.sipisctl-split --sort=name --mtime=@0 -cf - etc | md5sum; }

# --- the guide -------------------------------------------------------------------------------------------------

guide guide
run --root="$tree" split 4
is "the guide: it is done, and said how to take it back" "0 yes yes" \
	"$status$stderr $(says '^Done\. ' "$stdout") $(says "\"sipisctl --root=$tree split --undo\"" "$stdout")"
is "the guide: its table of values" "1 Sipis1 14998 Sipis 5000 sipis1.lock sipis1.log
2 Sipis2 14988 Sipis 5010 sipis2.lock sipis2.log
3 Sipis3 14978 Sipis 5020 sipis3.lock sipis3.log
4 Sipis4 14968 Sipis 5030 sipis4.lock sipis4.log" "$(rows)"
is "the guide: all of the bytes of a file" '<Sipis>
  <Server Name="Sipis3" Port="14978" Realm="Sipis" FilterInstancesAccordingToLoadBalancer2BackendSection="Yes" />
  <HttpServer Port="5020" />
  <Lock FileName="/var/run/sipis/sipis3.lock"/>
  <Log FileName="/var/log/sipis/sipis3.log" />
</Sipis>' "$(<"$sipis/Settings3.xml")"
is "the guide: its backends" '<LoadBalancer2>
  <Frontend>
    <Udp Address="0:4998" />
  </Frontend>
  <Backend>
    <Sipis Name="Sipis1" SelectorPrefix="0/2" Address="" />
    <Sipis Name="Sipis2" SelectorPrefix="4/2" Address="" />
    <Sipis Name="Sipis3" SelectorPrefix="8/2" Address="" />
    <Sipis Name="Sipis4" SelectorPrefix="C/2" Address="" />
  </Backend>
</LoadBalancer2>' "$(<"$balancer")"
is "the guide: Settings.xml is gone, and nothing else is there" $'.sipisctl-split\nSettings1.xml\nSettings2.xml\nSettings3.xml\nSettings4.xml' \
	"$(ls -A "$sipis")"
is "the guide: nothing beside the load balancer's settings" Settings.xml "$(ls -A "${balancer%/*}")"
run --root="$tree" check --strict
is "the guide: check has nothing to say" "0 4 instances, 0 errors, 0 warnings" "$status $stdout$stderr"
before=$(content)
is "the state is a directory of root's alone, with a directory for the split" "700 1" \
	"$(stat -c %a "$sipis/.sipisctl-split") $(find "$sipis/.sipisctl-split" -mindepth 1 -maxdepth 1 | wc -l)"
run --root="$tree" split 4
is "a second time there is nothing to do, which is good" "0 yes" "$status$stderr $(says 'there is nothing to do' "$stdout")"
is "a second time nothing changes" "$before 1" "$(content) $(find "$sipis/.sipisctl-split" -mindepth 1 -maxdepth 1 | wc -l)"
run --root="$tree" split 4 --dry-run
is "a second time there is no difference" "0 " "$status $stdout$stderr"
run --root="$tree" split 1
is "back to one: the name without number, the realm as it was, the filter stays" "0 default Sipis 14998 Sipis 5000 sipis.lock sipis.log yes" \
	"$status$stderr $(rows) $(says "$filter" "$(<"$sipis/Settings.xml")")"
is "back to one: one backend that takes all" "Sipis  " "$(prefixes)"
is "back to one: one file" Settings.xml "$(ls "$sipis")"

guide root
printf '\n<!-- %s -->' bytes behind the root >>"$sipis/Settings.xml"
run split --root="$tree" --yes 2
is "options stand before and after N" "0 2" "$status$stderr $(rows | wc -l)"
is "the end is that of the file, and only with a machine of its own is there a next step" "<!-- root --> no" \
	"$(tail -n 1 "$sipis/Settings2.xml") $(grep -q 'sipisctl apply' <<<"$stdout" || echo no)"

# --- the vendor's files: backend without a name, another host, logs that are /dev/null -----------------------------

new_tree vendor
cat >"$sipis/Settings.xml" <<'END'
<Sipis xmlns="http://acrobits.net/SipisSettings.xsd">
  <Server Name="SipisInDocker" Address="0.0.0.0" Port="14998" />
  <HttpServer Address="0.0.0.0" Port="5000" />
  <Lock FileName="/var/run/Sipis.lock"/>

  <Log
      FileName="/dev/null"
      InstanceFileName="/dev/null"
      Level="Warning">
    <Http RequestBody="No"/>
  </Log>
</Sipis>
END
cat >"$balancer" <<'END'
<!-- comment -->
<LoadBalancer2>
  <Backend>
  
    <Sipis SelectorPrefix="" AppIdPrefix="" Address="sipis:14998" />
      <!--
        Sipis: one or more
      -->
  
  </Backend>
</LoadBalancer2>
END
cp -r "$tree" "$work/vendor-before"
run --root="$tree" split 3 --max-imbalance=100%
is "the vendor's: it is done" "0" "$status$stderr"
is "the vendor's: numbers, a realm, a filter, and /dev/null stays" \
	'  <Server Name="SipisInDocker2" Address="0.0.0.0" Port="14988" Realm="SipisInDocker" FilterInstancesAccordingToLoadBalancer2BackendSection="Yes" />
  <HttpServer Address="0.0.0.0" Port="5010" />
  <Lock FileName="/var/run/Sipis2.lock"/>' "$(diff "$work/vendor-before/etc/sipis/Settings.xml" "$sipis/Settings2.xml" | sed -n 's/^> //p')"
is "the vendor's: what the backend has besides is kept, and stands in all" '<!-- comment -->
<LoadBalancer2>
  <Backend>
  
    <Sipis Name="SipisInDocker1" SelectorPrefix="0/2" AppIdPrefix="" Address="sipis:14998" />
    <Sipis Name="SipisInDocker2" SelectorPrefix="4/2" AppIdPrefix="" Address="sipis:14988" />
    <Sipis Name="SipisInDocker3" SelectorPrefix="8/1" AppIdPrefix="" Address="sipis:14978" />
      <!--
        Sipis: one or more
      -->
  
  </Backend>
</LoadBalancer2>' "$(<"$balancer")"
run --root="$tree" check
is "the vendor's: no error" 0 "$status"
run --root="$tree" split 1
is "the vendor's: back to one, with a name" "0     <Sipis Name=\"SipisInDocker\" SelectorPrefix=\"\" AppIdPrefix=\"\" Address=\"sipis:14998\" />" \
	"$status$stderr $(grep '<Sipis ' "$balancer")"
is "the vendor's: back to one, with the realm written down" '  <Server Name="SipisInDocker" Address="0.0.0.0" Port="14998" Realm="SipisInDocker" FilterInstancesAccordingToLoadBalancer2BackendSection="Yes" />' \
	"$(diff "$work/vendor-before/etc/sipis/Settings.xml" "$sipis/Settings.xml" | sed -n 's/^> //p')"

# --- for all N ---------------------------------------------------------------------------------------------------

# oracle N...: what is wrong in each of these trees, which is to be N instances of the guide's, as
# `N: COMPLAINT`; and what `list` must say of it, in $work/expected-N. Worked out from the bytes of
# the files: nothing of sipisctl is asked.
oracle() {
	local n i arguments=()
	for n; do
		for ((i = 1; i <= n; i++)); do arguments+=("$work/$n/etc/sipis/Settings$i.xml"); done
		arguments+=("n=$n" "$work/$n/etc/acrobits/LoadBalancer2/Settings.xml")
	done
	awk -v expected="$work/expected-" '
	function attribute(name,   at) {
		at = index($0, " " name "=\"")
		if (!at)
			return "(none)"
		at = substr($0, at + length(name) + 3)
		return substr(at, 1, index(at, "\"") - 1)
	}
	function number(hex,   i, sum) {
		for (i = 1; i <= length(hex); i++)
			sum = sum * 16 + index("0123456789ABCDEF", substr(hex, i, 1)) - 1
		return sum + 0
	}
	function complain(text) { complaints = complaints "," text }
	function once(what, value) {
		if (value == "" || value == "(none)" || seen[what, value]++)
			complain(what " " value " is missing or used twice")
	}
	function judge(   bits, small, large, at, j, last, units) {
		if (i != n)
			complain(i " instances")
		# The fewest bits with which shares of whole units are equal enough.
		for (bits = 0; 2 ^ bits < n; bits++)
			;
		for (;; bits++) {
			small = int(2 ^ bits / n); large = small + (small * n < 2 ^ bits)
			if (large * 100 <= small * 105)
				break
		}
		if (most > bits)
			complain(most " bits, where " bits " are enough")
		at = last = 0
		for (j = 1; j <= k; j++) {
			if (first[j] != at)
				complain(text[j] " is not where the one before ends")
			at = first[j] + size[j]
			if (whose[j] != last && whose[j] != last + 1)
				complain(text[j] " is not the next one\047s")
			if (whose[j] == last && size[j] == size[j - 1] && first[j - 1] / (2 * size[j]) % 1 == 0)
				complain(text[j] " and the one before could be one")
			last = whose[j]
			share[last] += size[j]; count[last]++
		}
		if (at != 1 || last != n)
			complain("it ends at " at " with " last)
		for (j = 1; j <= n; j++) {
			units = share[j] * 2 ^ bits
			if (units != small && units != large)
				complain(name[j] " has " share[j])
			if (small == large && count[j] > 1)
				complain(name[j] " has several prefixes")
			printf "%s %s %s %.2f%%\n", name[j], port[j], http[j], share[j] * 100 + 1e-9 >(expected n)
		}
		close(expected n)
		print n ":" complaints
		complaints = ""
		i = k = most = 0
		split("", seen); split("", owner); split("", share); split("", count)
	}
	/<Server / {
		i++
		name[i] = attribute("Name"); port[i] = attribute("Port"); owner[name[i]] = i
		once("name", name[i]); once("port", port[i])
		if (attribute("Realm") != "Sipis")
			complain(name[i] " has another realm")
		if (attribute("FilterInstancesAccordingToLoadBalancer2BackendSection") != "Yes")
			complain(name[i] " has no filter")
	}
	/<HttpServer / { http[i] = attribute("Port"); once("port", http[i]) }
	/<Lock / || /<Log / { once("path", attribute("FileName")) }
	/<Sipis / {
		split(attribute("SelectorPrefix"), part, "/")
		if (length(part[1]) != int((part[2] + 3) / 4))
			complain(attribute("SelectorPrefix") " is no prefix")
		k++
		first[k] = number(part[1]) / 16 ^ length(part[1]); size[k] = 2 ^ -part[2]
		whose[k] = owner[attribute("Name")] + 0
		text[k] = attribute("SelectorPrefix")
		if (part[2] + 0 > most)
			most = part[2] + 0
	}
	/<\/LoadBalancer2>/ { judge() }' "${arguments[@]}"
}

# judge N...: that each of the trees is what it is to be, by the oracle, check and list
judge() {
	local n complaint
	while IFS=: read -r n complaint; do
		tree=$work/$n
		run --root="$tree" check --strict
		[ "$status$stdout$stderr" = "0$n instances, 0 errors, 0 warnings" ] || complaint+=$stdout$stderr
		run --root="$tree" list --raw --noheadings -o NAME,PORT,HTTP,SHARE
		cmp -s "$work/stdout" "$work/expected-$n" || complaint+=$stdout
		verdict "1 to $n" "$complaint"
	done < <(oracle "$@")
}

guide one
for n in {2..64} 128 256; do
	cp -r "$work/one" "$work/$n"
	run --root="$work/$n" split "$n"
	[ "$status$stderr" = 0 ] || not_ok "split $n" "$status $stderr"
done
judge {2..64} 128 256
for n in 2 8 16; do
	tree=$work/$n balancer=$work/$n/etc/acrobits/LoadBalancer2/Settings.xml
	case $n in
	2) expected="0/1 8/1" ;;
	8) expected="0/3 2/3 4/3 6/3 8/3 A/3 C/3 E/3" ;;
	16) expected="0/4 1/4 2/4 3/4 4/4 5/4 6/4 7/4 8/4 9/4 A/4 B/4 C/4 D/4 E/4 F/4" ;;
	esac
	is "a power of two is divided as in the guide: $n" "$expected" "$(prefixes | cut -d' ' -f2 | paste -sd' ')"
done

# Whatever way leads to N, the bytes are the same.
guide chain
sed -i 's| />| Realm="Sipis" '"$filter"' />|; s|Port="5000".*/>|Port="5000" />|; s|\.log".*/>|.log" />|' "$sipis/Settings.xml"
before=$(content)
steps=0
for n in 4 6 3 1 5 2 64 63 1 7 8 4 1 33 256 17 128 256 1; do
	run --root="$tree" split "$n"
	steps=$((steps + 1))
	complaint=$([ "$status$stderr" = 0 ] || echo "$status $stderr")
	if [ "$n" != 1 ]; then
		complaint+=$(diff -rq -x .sipisctl-split "$work/$n/etc" "$tree/etc")
	elif [ "$(content)" != "$before" ]; then
		complaint+="not as it was: $(content)"
	fi
	verdict "step $steps of a chain: $n" "$complaint"
done
while [ $steps -gt 0 ]; do
	run --root="$tree" split --undo
	[ "$status$stderr" = 0 ] || break
	steps=$((steps - 1))
done
is "all of the chain is taken back, one by one" "0 $before" "$steps $(content)"
run --root="$tree" split --undo
is "then there is nothing to take back" "1 yes" "$status$stdout $(says 'there is no split to take back' "$stderr")"

# --- a fleet -----------------------------------------------------------------------------------------------------

# Local and other backends in turn; the other's are written in their own way.
fleet() {
	new_tree "$1"
	settings '' Sipis 14998 5000 ''
	cat >"$balancer" <<-'END'
		<LoadBalancer2>
		  <Frontend><Udp Address="0:4998"/></Frontend>
		  <Backend>
		    <!-- the east -->
		    <Sipis   Name='East1' SelectorPrefix='0/2'
		             Address="east.example.com:14998"  ></Sipis>
		    <Sipis Name="Sipis" SelectorPrefix="8/1" Address="" /> <!-- here -->
		    <Sipis SelectorPrefix="4/2" Name="Sipis2" AppIdPrefix = ''	Address="10.0.0.9:1"/>
		  </Backend>
		</LoadBalancer2>
	END
}

fleet fleet
cp "$balancer" "$work/fleet-before"
run --root="$tree" split 4
is "a fleet: this machine's part is divided; a name that another machine has is not given" '0     <Sipis Name="Sipis1" SelectorPrefix="8/3" Address="" /> <!-- here -->
    <Sipis Name="Sipis3" SelectorPrefix="A/3" Address="" />
    <Sipis Name="Sipis4" SelectorPrefix="C/3" Address="" />
    <Sipis Name="Sipis5" SelectorPrefix="E/3" Address="" />' "$status$stderr $(diff "$work/fleet-before" "$balancer" | sed -n 's/^> //p')"
is "a fleet: everything else stays, byte for byte" "" \
	"$(diff <(grep -v 'Name="Sipis[1345]*"' "$work/fleet-before") <(grep -v 'Name="Sipis[1345]*"' "$balancer"))"
is "a fleet: files are numbered as names are" "1 Sipis1 14998 Sipis 5000 sipis1.lock sipis1.log
3 Sipis3 14988 Sipis 5010 sipis3.lock sipis3.log
4 Sipis4 14978 Sipis 5020 sipis4.lock sipis4.log
5 Sipis5 14968 Sipis 5030 sipis5.lock sipis5.log" "$(rows)"
run --root="$tree" check --strict
is "a fleet: check has nothing to say" "0 4 instances, 0 errors, 0 warnings" "$status $stdout"
run --root="$tree" split 1
is "a fleet: and back, every byte of the load balancer's" "0 " "$status$stderr $(diff "$work/fleet-before" "$balancer")"

new_tree golden-fleet
cp -r "$here/../golden/fleet/root/etc" "$tree" && chmod -R u+w "$tree"
run --root="$tree" split 4
is "a fleet that is split already: more of it" "0 Sipis1 0/3 ,Sipis2 2/3 ,Sipis3 4/3 ,Sipis4 6/3 ,East1 8/2 east.example.com:14998,East2 C/2 east.example.com:14988" \
	"$status$stderr $(prefixes | paste -sd,)"

# Two local parts that are not beside each other, and in the order of the other machine first.
new_tree parts
settings 1 Sipis1 14998 5000 1 "Realm=\"Sipis\" $filter"
backends 'Name="East" SelectorPrefix="0/2" Address="10.0.0.9:14998"' 'Name="Sipis1" SelectorPrefix="4/2" Address=""' \
	'Name="East" SelectorPrefix="8/2" Address="10.0.0.9:14998"' 'Name="Sipis1" SelectorPrefix="C/2" Address=""'
run --root="$tree" split 2
is "a part in two pieces: each gets one" "0 East 0/2 10.0.0.9:14998,Sipis1 4/2 ,Sipis2 C/2 ,East 8/2 10.0.0.9:14998" "$status$stderr $(prefixes | paste -sd,)"
run --root="$tree" split 4
is "and in four" "0 East 0/2 10.0.0.9:14998,Sipis1 4/3 ,Sipis2 6/3 ,Sipis3 C/3 ,Sipis4 E/3 ,East 8/2 10.0.0.9:14998" "$status$stderr $(prefixes | paste -sd,)"
run --root="$tree" split 1
is "and back to one, with two backends" "0 East 0/2 10.0.0.9:14998,Sipis 4/2 ,Sipis C/2 ,East 8/2 10.0.0.9:14998" "$status$stderr $(prefixes | paste -sd,)"

# What is this machine's: by name, by address, or as the only one.
while IFS=';' read -r what expected backend; do
	guide whose
	backends "$backend"
	run --root="$tree" split 2
	is "whose it is: $what" "0 $expected" "$status$stderr $(prefixes | cut -d' ' -f2,3 | paste -sd,)"
done <<'END'
a name;0/1 ,8/1 ;Name="Sipis" SelectorPrefix="" Address=""
the only one;0/1 far.example.com:14998,8/1 far.example.com:14988;Name="Other" SelectorPrefix="" Address="far.example.com:14998"
the only one with another port;0/1 10.0.0.9:14998,8/1 10.0.0.9:14988;Name="Other" SelectorPrefix="4/2" Address="10.0.0.9:1"
a colon that is a reference;0/1 sipis:14998,8/1 sipis:14988;Name="Sipis" SelectorPrefix="" Address="sipis&#58;14990"
an address in brackets;0/1 [::1]:14998,8/1 [::1]:14988;Name="Sipis" SelectorPrefix="" Address="[::1]:14998"
an address of this machine;0/1 127.0.0.1:14998,8/1 127.0.0.1:14988;Name="Sipis" SelectorPrefix="" Address="127.0.0.1:14998"
END
guide local-address
backends 'SelectorPrefix="0/1" Address="localhost:14998"' 'SelectorPrefix="8/1"' 'Name="Gone" SelectorPrefix="" Address=""'
run --root="$tree" split 2
is "local backends of nobody are the only instance's; what is too many goes" \
	'0     <Sipis Name="Sipis1" SelectorPrefix="0/1" Address="localhost:14998" />
    <Sipis Name="Sipis2" SelectorPrefix="8/1" Address="localhost:14988" />' "$status$stderr $(grep '<Sipis ' "$balancer")"
new_tree holes
settings 1 Sipis1 14998 5000 1 "Realm=\"Sipis\" $filter"
settings 2 Sipis2 14988 5010 2 "Realm=\"Sipis\" $filter"
backends 'Name="Sipis2" SelectorPrefix="8/2" Address=""' 'Name="Sipis1" SelectorPrefix="0/2" Address=""' 'Name="Sipis1" SelectorPrefix="1/4" Address=""'
run --root="$tree" split 2
is "on a machine of its own holes are filled, and backends stay where they stand" "0 Sipis2 8/1 ,Sipis1 0/1 " "$status$stderr $(prefixes | paste -sd,)"

# --- names ---------------------------------------------------------------------------------------------------------

guide specials
sed -i "s/Name=\"Sipis\"/Name='\&lt;R\&amp;D\&#34;s \&apos;>é'/" "$sipis/Settings.xml"
sed -i "s/Name=\"Sipis\"/Name=\"\&#60;R\&#x26;D\&#34;s '>é\"/" "$balancer"
run --root="$tree" split 2
is "a name with markup in it" "0 <Server Name='&lt;R&amp;D&quot;s &apos;>é2' Port=\"14988\" Realm=\"&lt;R&amp;D&quot;s &apos;>é\"" \
	"$status$stderr $(grep -o '<Server .* Realm="[^"]*"' "$sipis/Settings2.xml")"
is "and in backends" '&lt;R&amp;D&quot;s &apos;>é1 0/1 ,&lt;R&amp;D&quot;s &apos;>é2 8/1 ' "$(prefixes | paste -sd,)"
run --root="$tree" check
is "and they are the same name" 0 "$status"
run --root="$tree" split 1
is "and back" "0 &lt;R&amp;D&quot;s &apos;>é &lt;R&amp;D&quot;s &apos;>é" \
	"$status$stderr $(grep -o "Name='[^']*'" "$sipis/Settings.xml" | cut -d\' -f2) $(prefixes | cut -d'"' -f1 | sed 's/ *$//')"

new_tree references
settings 2 'Sipis&#50;' 14998 5000 2 "Realm=\"Sipis\" $filter"
settings 3 'Sipis&#x33;' 14988 5010 3 "Realm=\"Sipis\" $filter"
backends 'Name="Sipis2" SelectorPrefix="0/1" Address=""' 'Name="Sipis3" SelectorPrefix="8/1" Address=""'
run --root="$tree" split 3
is "a number that is written as a reference is a number" "0 1 Sipis1 14978 Sipis,2 Sipis&#50; 14998 Sipis,3 Sipis&#x33; 14988 Sipis" \
	"$status$stderr $(rows | cut -d' ' -f1-4 | paste -sd,)"
run --root="$tree" check
is "and no error" 0 "$status"

new_tree eu
settings -eu Sipis-eu 14998 5000 -eu
backends 'Name="Sipis-eu" SelectorPrefix="" Address=""'
run --root="$tree" split 3
is "an instance with a name of its own keeps it" "0 1 Sipis1 14988 Sipis-eu 5010 sipis1.lock sipis1.log
2 Sipis2 14978 Sipis-eu 5020 sipis2.lock sipis2.log
-eu Sipis-eu 14998 Sipis-eu 5000 sipis-eu.lock sipis-eu.log" "$status$stderr $(rows)"
is "shares are in the order of list" "Sipis-eu,Sipis1,Sipis2" "$(prefixes | cut -d' ' -f1 | uniq | paste -sd,)"
run --root="$tree" check
is "and no error" 0 "$status"
run --root="$tree" split 1
is "back to one it is Settings.xml all the same" "0 default Sipis 14998 Sipis-eu 5000 sipis.lock sipis.log" "$status$stderr $(rows)"

new_tree number
settings 1 Sipis 14998 5000 ''
backends 'Name="Sipis" SelectorPrefix="" Address=""'
run --root="$tree" split 2
is "the only one, without its number: gets it" "0 1 Sipis1 14998 Sipis 5000 sipis1.lock sipis1.log,2 Sipis2 14988 Sipis 5010 sipis2.lock sipis2.log" \
	"$status$stderr $(rows | paste -sd,)"
new_tree number-taken
settings 1 Sipis 14998 5000 ''
backends 'Name="Sipis" SelectorPrefix="0/1" Address=""' 'Name="Sipis1" SelectorPrefix="8/1" Address="10.0.0.9:1"'
run --root="$tree" split 2
is "unless another machine has that name" "0 1 Sipis 14998,2 Sipis2 14988 Sipis 0/2,Sipis2 4/2,Sipis1 8/1" \
	"$status$stderr $(rows | cut -d' ' -f1-3 | paste -sd,) $(prefixes | cut -d' ' -f1,2 | paste -sd,)"
new_tree stem-taken
settings 1 Sipis1 14998 5000 1 "Realm=\"Sipis\" $filter"
settings 3 Sipis3 14988 5010 3 "Realm=\"Sipis\" $filter"
backends 'Name="Sipis1" SelectorPrefix="0/2" Address=""' 'Name="Sipis3" SelectorPrefix="4/2" Address=""' 'Name="Sipis" SelectorPrefix="8/1" Address="10.0.0.9:1"'
run --root="$tree" split 1
is "back to one, where another machine has the name without number: it stays" "0 default Sipis1 14998 Sipis1 0/1,Sipis 8/1" \
	"$status$stderr $(rows | cut -d' ' -f1-3) $(prefixes | cut -d' ' -f1,2 | paste -sd,)"

new_tree gap
settings 1 Sipis1 14998 5000 1 "Realm=\"Sipis\" $filter"
settings 3 Sipis3 14978 5020 3 "Realm=\"Sipis\" $filter"
settings x Sipis4 14958 5040 x "Realm=\"Sipis\" $filter"
backends 'Name="Sipis1" SelectorPrefix="0/2" Address=""' 'Name="Sipis3" SelectorPrefix="4/2" Address=""' 'Name="Sipis4" SelectorPrefix="8/1" Address=""'
run --root="$tree" split 5
is "numbers and names that are there are skipped" "0 1 Sipis1 14998,2 Sipis2 14988,3 Sipis3 14978,5 Sipis5 14968,x Sipis4 14958" \
	"$status$stderr $(rows | cut -d' ' -f1-3 | paste -sd,)"

# --- the leftover Settings.xml ----------------------------------------------------------------------------------------

leftover() {
	new_tree "$1"
	settings '' Sipis 14000 4000 ''
	settings 1 Sipis1 14998 5000 1 "Realm=\"Sipis\" $filter"
	settings 2 Sipis2 14988 5010 2 "Realm=\"Sipis\" $filter"
	backends 'Name="Sipis1" SelectorPrefix="0/1" Address=""' 'Name="Sipis2" SelectorPrefix="8/1" Address=""'
}
leftover leftover
run --root="$tree" split 2
is "Settings.xml beside as many as are wanted: it goes" "0 Settings1.xml Settings2.xml" "$status$stderr $(cd "$sipis" && echo *)"
leftover leftover
run --root="$tree" split 4
is "Settings.xml beside fewer than are wanted: it gets a number" "0 1 Sipis1 14998 Sipis 5000 sipis1.lock sipis1.log
2 Sipis2 14988 Sipis 5010 sipis2.lock sipis2.log
3 Sipis3 14000 Sipis 4000 sipis3.lock sipis3.log
4 Sipis4 14978 Sipis 5020 sipis4.lock sipis4.log" "$status$stderr $(rows)"
leftover leftover
run --root="$tree" split 1
is "Settings.xml beside others, and one is wanted: it is made of the first" "0 default Sipis 14998 Sipis 5000 sipis.lock sipis.log" "$status$stderr $(rows)"
leftover leftover
before=$(content)
run --root="$tree" split 1
run --root="$tree" split --undo
is "and taken back it is what it was" "0 $before" "$status$stderr $(content)"

# --- realms -----------------------------------------------------------------------------------------------------------

guide realm
sed -i 's/Port="14998"/Port="14998" Realm="example.com"/' "$sipis/Settings.xml"
run --root="$tree" split 2
is "a realm that is there stays" "0 example.com example.com" "$status$stderr $(rows | cut -d' ' -f4 | paste -sd' ')"
run --root="$tree" split 1
is "on the way back too" "0 Sipis example.com" "$status$stderr $(rows | cut -d' ' -f2,4)"
guide empty-realm
sed -i 's/Port="14998"/Port="14998" Realm=""/' "$sipis/Settings.xml"
run --root="$tree" split 2
is "an empty realm is none" "0 Sipis Sipis" "$status$stderr $(rows | cut -d' ' -f4 | paste -sd' ')"
new_tree no-realm
settings 1 A1 14998 5000 1 "$filter"
settings 2 B2 14988 5010 2 "$filter"
backends 'Name="A1" SelectorPrefix="0/1" Address=""' 'Name="B2" SelectorPrefix="8/1" Address=""'
run --root="$tree" split 3
is "without a realm the name was it: it is written down" "0 1 A1 14998 A1,2 B2 14988 B2,3 A3 14978 A1" \
	"$status$stderr $(grep -ho '<Server .*' "$sipis"/Settings*.xml | sed 's/.*Name="\(.*\)" Port="\([0-9]*\)".* Realm="\([^"]*\)".*/\1 \2 \3/' | awk '{ print NR, $0 }' | paste -sd,)"
guide filter
sed -i 's/Port="14998"/FilterInstancesAccordingToLoadBalancer2BackendSection="No" Port="14998"/' "$sipis/Settings.xml"
run --root="$tree" split 2
is "a filter that says No says Yes" "0 2" "$status$stderr $(grep -l "$filter" "$sipis"/Settings?.xml | wc -l)"

# --- ports -------------------------------------------------------------------------------------------------------------

# ports N OPTIONS...: what split N makes of the guide's: PORT:HTTP...
ports() {
	run --root="$tree" split "$@"
	echo "$status$stderr $(rows | awk '{ print $3 ":" $5 }' | paste -sd' ')"
}
guide ports
is "steps of one's own" "0 14998:5000 14999:4900 15000:4800" "$(ports 3 --server-port-step=1 --http-port-step=-100)"
guide ports
is "a step with a plus, options first" "0 14998:5000 15003:5001" "$(ports --server-port-step=+5 --http-port-step 1 2)"
guide ports
sed -i 's|<Udp.*|<Udp Address="0:14988"/><Tcp Address="10.0.0.1:5010"/><Tls Address="[::]:14978"/>|' "$balancer"
is "ports of the load balancer are skipped" "0 14998:5000 14968:5020 14958:5030" "$(ports 3)"
guide ports
sed -i 's/14998/25/; s/5000/65530/' "$sipis/Settings.xml"
is "steps that would leave the ports there are go the other way" "0 25:65530 15:65520 5:65510 35:65500" "$(ports 4)"
guide ports
sed -i 's/5000/15008/' "$sipis/Settings.xml"
is "both kinds of ports are all different" "0 14998:15008 15018:15028 15038:15048" "$(ports 3 --server-port-step=10)"
leftover ports
rm "$sipis/Settings.xml"
sed -i 's/14988/14978/; s/5010/5030/' "$sipis/Settings2.xml"
is "ports of other instances are skipped" "0 14998:5000 14978:5030 14988:5010 14968:5020 14958:5040" "$(ports 5)"
guide ports
before=$(content)
run --root="$tree" split 4 --server-port-step=-30000
is "not enough ports: exit status 1, said, and nothing changed" "1 yes $before" "$status$stdout $(says 'not enough free ports in steps of -30000 from 14998; nothing was changed' "$stderr") $(content)"

# --- what is refused -----------------------------------------------------------------------------------------------------

# refuses WHAT REASON [N]: split N says this and changes nothing
refuses() {
	before=$(content)
	run --root="$tree" split "${3:-4}"
	is "refused: $1" "1 yes yes $before" "$status$stdout $(says "$2" "$stderr") $(says 'nothing was changed$' "$stderr") $(content)"
	is "refused without a trace: $1" no "$([ ! -e "$sipis/.sipisctl-split" ] && echo no)"
	run --root="$tree" split "${3:-4}" --dry-run
	is "refused by --dry-run too: $1" "1 yes" "$status$stdout $(says "$2" "$stderr")"
}

guide overlap
backends 'Name="Sipis" SelectorPrefix="8/1" Address=""' 'Name="East" SelectorPrefix="" Address="10.0.0.9:1"'
refuses "another machine's backend takes the same" "$balancer:7:40: this backend of another machine"
guide overlap-app
backends 'Name="Sipis" SelectorPrefix="" Address=""' 'Name="East" SelectorPrefix="8/1" AppIdPrefix="x" Address="10.0.0.9:1"'
refuses "for some apps only" "$balancer:7:40: this backend of another machine"
guide app
backends 'Name="Sipis" SelectorPrefix="" AppIdPrefix="com.example" Address=""'
refuses "an AppIdPrefix" "$balancer:6:56: .* AppIdPrefix"
guide prefix
backends 'Name="Sipis" SelectorPrefix="5/2" Address=""'
refuses "a prefix that is none" "$balancer:6:41: the prefix of this backend is wrong"
guide other-prefix
backends 'Name="Sipis" SelectorPrefix="8/1" Address=""' 'Name="East" SelectorPrefix="5/2" Address="10.0.0.9:1"'
refuses "another machine's prefix that is none" "$balancer:7:40: the prefix of this backend is wrong"
guide foreign
backends 'Name="West" SelectorPrefix="0/1" Address="10.0.0.8:1"' 'Name="East" SelectorPrefix="8/1" Address="10.0.0.9:1"'
refuses "no backend of this machine" "$balancer:5:3: no backend is this machine's"
guide syntax
echo x >>"$sipis/Settings.xml"
refuses "settings that are not well-formed" "$sipis/Settings.xml: this file has an error"
guide balancer-syntax
echo x >>"$balancer"
refuses "load balancer settings that are not well-formed" "$balancer: this file has an error"
guide no-balancer
rm "$balancer"
refuses "no load balancer settings" "load-balancer-missing"
guide instance-name
settings ' x' X 1 2 x
refuses "a name that is no instance's" "Settings x.xml: this file has an error"
guide server-name
sed -i 's/Name="Sipis"/Name=""/' "$sipis/Settings.xml"
refuses "a server without a name" "$sipis/Settings.xml: this file has an error"
guide default-port
sed -i 's/ Port="5000"//' "$sipis/Settings.xml"
refuses "an HTTP port that is left to its default" "Settings2.xml:3:3: error: .*\[duplicate-port\]"
guide bad-port
sed -i 's/5000/0x50/' "$sipis/Settings.xml"
refuses "a port that is none" "error: .*\[bad-port\]"
guide no-lock
sed -i '/<Lock/d' "$sipis/Settings.xml"
refuses "a lock that is left to its default" "error: .*\[duplicate-path\]"
leftover clash
sed -i 's/14000/14998/' "$sipis/Settings.xml"
refuses "a port that two have" "error: .*\[duplicate-port\]" 3
leftover path
sed -i 's/sipis2.lock/sipis3.lock/' "$sipis/Settings2.xml"
refuses "a path that is taken" "error: .*\[duplicate-path\]"
guide address
backends 'Name="Sipis" SelectorPrefix="" Address="sipis"'
refuses "an address without port" "error: .*\[bad-address\]"
new_tree nothing
backends 'Name="Sipis" SelectorPrefix="" Address=""'
refuses "no settings files" "there are no settings files"
guide equal
run --root="$tree" split 3 --max-imbalance=0
is "refused: shares that can't be that equal" "1 yes" "$status$stdout $(says 'as equal as --max-imbalance wants; nothing was changed' "$stderr")"
guide tiny
backends 'Name="Sipis" SelectorPrefix="FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE/159" Address=""' 'Name="East" SelectorPrefix="0/1" Address="10.0.0.9:1"'
refuses "more shares than there are selectors" "as equal as --max-imbalance wants"

new_tree nobody
rm -r "$sipis"
run --root="$tree" split 2
is "no directory of settings is no settings files" "1 yes" "$status$stdout $(says 'there are no settings files' "$stderr")"
run --root="$tree" split --undo
is "no directory of settings has nothing to take back" "$status yes" "$status$stdout ${stderr:+yes}"

# --- what is typed ---------------------------------------------------------------------------------------------------------

guide usage
before=$(content)
# usage WHAT ARGUMENTS...: wrong usage, with a word about it
usage() {
	local what=$1
	shift
	run --root="$tree" split "$@"
	is "wrong usage: $what" "2 yes" "$status$stdout ${stderr:+yes}"
}
for n in 0 257 x -- -1 4x x4 '' ' ' ' 4' '4 ' 4.0 0x4 +4 99999999999999999999 $'4\n'; do usage "split $(printf %q "$n")" "$n"; done
usage "split --1" -- -1
usage "no N"
usage "two N" 4 4
for step in 0 x '' ' 1' 1x - + +-1 -65536 65536 1.5 99999999999999999999; do
	usage "--server-port-step=$step" 4 "--server-port-step=$step"
	usage "--http-port-step=$step" 4 "--http-port-step=$step"
done
for imbalance in x '' % 5%% 5%5 -1 +1 1e3 . .% 1..5 1.5.5 1.2345% ' 5' '5 ' 5,5 99999999999 nan; do
	usage "--max-imbalance=$imbalance" 4 "--max-imbalance=$imbalance"
done
usage "--undo with N" --undo 4
usage "--resume with N" 4 --resume
usage "--undo and --resume" --undo --resume
usage "--undo --dry-run" --undo --dry-run
usage "--json" 4 --json
usage "--strict" 4 --strict
usage "a step without a value" 4 --http-port-step
is "after all of them nothing has changed" "$before no" "$(content) $([ ! -e "$sipis/.sipisctl-split" ] && echo no)"
run --root="$tree" split $'x\e[31m'
is "what was typed is not shown raw" "2 yes" "$status $(says '"x\\x1b\[31m" is no number' "$stderr")"
run --root="$tree" split --undo
is "nothing to take back: exit status 1" "1 yes" "$status$stdout $(says 'there is no split to take back' "$stderr")"
run --root="$tree" split --resume
is "nothing to finish: exit status 1" "1 yes" "$status$stdout $(says 'there is no split to finish' "$stderr")"
is "and no trace" "$before no" "$(content) $([ ! -e "$sipis/.sipisctl-split" ] && echo no)"

# bits IMBALANCE: the most bits of the prefixes that three instances get
bits() {
	guide bits
	run --root="$tree" split 3 "--max-imbalance=$1"
	echo "$status$stderr $(prefixes | sed 's|.*/\([0-9]*\) $|\1|' | sort -n | tail -n 1)"
}
for pair in 100%:2 100:2 99.999%:4 50:3 49.999:4 50.0%:3 20%:4 19.999%:6 20.:4 5%:6 5.000:6 .5%:10 0.1%:10 0.05:12; do
	# 2^b units make shares of floor and ceiling, which differ by one unit
	expected=$(awk -v limit="${pair%%[:%]*}" 'BEGIN { for (b = 2;; b++) { small = int(2 ^ b / 3); if (100 <= small * limit + 1e-9) { print b; exit } } }')
	is "--max-imbalance=${pair%:*}: no more bits than it wants" "0 $expected" "$(bits "${pair%:*}")"
done
guide loose
run --root="$tree" split 2 --max-imbalance=0
is "--max-imbalance=0 where shares are equal" "0 0/1 8/1" "$status$stderr $(prefixes | cut -d' ' -f2 | paste -sd' ')"
run split --help
for option in --dry-run --yes --server-port-step --http-port-step --max-imbalance --undo --resume; do
	is "help names $option" yes "$(says $'\n'"  ${option}[ =]" "$stdout")"
done
done_testing

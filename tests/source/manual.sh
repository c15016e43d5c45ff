# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Read the examples of manual pages: what stands between .EX and .EE, as a reader sees it.

# manual NAME: print the path of a page; MANUALS has those of all pages
manual() { tr ' ' '\n' <<<"$MANUALS" | grep "/$1\$"; }

# Undo the escapes of roff.
page_text() {
	sed -e 's/\\f[BIRP]//g; s/\\-/-/g; s/\\&//g' -e "s/\\\\(aq/'/g" -e 's/\\(dq/"/g; s/\\(ti/~/g; s/\\(ha/^/g; s/\\~/ /g; s/\\e/\\/g' "$@"
}

# page_examples PAGE PROMPT: print the commands with this prompt ("$" or "#"), and what they print, in the form of README:
# indented by four blanks, with the prompt "$"
page_examples() {
	awk -v prompt="$2" '
		/^\.EX$/ { inside = 1; next }
		/^\.EE$/ { inside = on = 0; print "" }
		inside && /^[$#] \\fB/ { on = substr($0, 1, 1) == prompt; sub(/^./, "$") }
		on { print "    " $0 }' "$1" | page_text
}

# split_examples DIRECTORY < TEXT: write the commands and their output to N.command and N.expected, and print how many
# there are
split_examples() {
	awk -v work="$1" '
		/^    \$ / { n++; in_example = 1; print substr($0, 7) >(work "/" n ".command"); next }
		in_example && /^    > / { print substr($0, 7) >(work "/" n ".command"); next }
		in_example && /^    / { print substr($0, 5) >(work "/" n ".expected"); next }
		{ in_example = 0 }
		END { print n + 0 }'
}

# resembles EXPECTED ACTUAL: succeed if the texts are equal; a line "..." stands for any lines
resembles() {
	local pattern
	pattern=$(sed -e '/^\.\.\.$/!s/[^A-Za-z0-9 ]/\\&/g' -e 's/^\.\.\.$/*/' <<<"$1")$'\n'
	pattern=${pattern//$'*\n'/'*'}
	# shellcheck disable=SC2053 # a pattern
	[[ $2$'\n' == $pattern ]]
}

# page_example PAGE HEADING N: print the Nth example of a section
page_example() {
	page_text "$1" | awk -v heading="$2" -v n="$3" '
		/^\.SH/ { gsub(/^\.SH |"/, ""); section = $0 }
		/^\.EX$/ && section == heading { inside = ++seen == n; next }
		/^\.EE$/ { inside = 0 }
		inside'
}

# --- the examples of diagnostics in sipis-settings(5) ---------------------------------------------------------------

# code_example PAGE CODE: print the example of a diagnostic
code_example() {
	page_text "$1" | awk -v code="$2" '
		/^\.TP$/ { tag = 1; next }
		tag { tag = 0; sub(/^\.B /, ""); found = $0 == code }
		/^\.EX$/ { inside = found; next }
		/^\.EE$/ { inside = 0 }
		inside'
}

# Of an example, the lines "# COMMAND" without the prompt
example_commands() { sed -n 's/^# //p'; }

# Of an example, the messages: each begins with a path, and its other lines are indented by four blanks
example_messages() {
	awk '
		/^\// { if (message != "") print message; message = $0; next }
		message != "" && /^    / { sub(/^ +/, ""); message = message " " $0; next }
		{ if (message != "") print message; message = "" }
		END { if (message != "") print message }'
}

# Of an example, lines of XML
example_lines() { awk '/^# |^\// { over = /^\//; next } !over'; }

# put_lines FILE < LINES: each line replaces the lines of the file that begin with the same element or attribute. A line
# whose element the file does not have is inserted at the top.
put_lines() {
	local new
	new=$(awk '
		function key(line) {
			return match(line, /[<A-Za-z?!]+/) ? tolower(substr(line, RSTART, RLENGTH)) : ""
		}
		NR == FNR { if (key($0) != "") { lines[key($0)] = lines[key($0)] $0 "\n" } next }
		{ old[++n] = $0; has[key($0)] = 1 }
		END {
			for (k in lines) if (!(k in has)) printf "%s", lines[k]
			for (i = 1; i <= n; i++) {
				k = key(old[i])
				if (!(k in lines)) print old[i]
				else { printf "%s", lines[k]; lines[k] = "" }
			}
		}' - "$1") && printf '%s\n' "$new" >"$1"
}

# page_installation PAGE ROOT CONFDIR LOAD_BALANCER: write the two processes of the section EXAMPLES below ROOT
page_installation() {
	local page=$1 confdir=$2$3 balancer=$2$4
	mkdir -p "$confdir" "${balancer%/*}"
	page_example "$page" EXAMPLES 1 >"$confdir/Settings1.xml"
	sed 's/Sipis1/Sipis2/; s/14998/14988/; s/5000/5010/; s/sipis1/sipis2/' "$confdir/Settings1.xml" >"$confdir/Settings2.xml"
	page_example "$page" EXAMPLES 2 >"$balancer"
}

# change_installation ROOT CONFDIR LOAD_BALANCER < EXAMPLE: change the files as an example does: its lines go to the file
# that its first message names, its commands run in the directory of the settings files
change_installation() {
	local example lines file commands
	example=$(cat)
	lines=$(example_lines <<<"$example")
	file=$(example_messages <<<"$example" | sed -n '1s/:.*//p')
	[ -z "$lines" ] || put_lines "$1$file" <<<"$lines" || return
	commands=$(example_commands <<<"$example")
	[ -z "$commands" ] || (cd "$1$2" && eval "${commands//"$3"/"$1$3"}")
}

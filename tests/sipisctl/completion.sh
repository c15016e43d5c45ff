#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Completions are run, not read: what each shell offers for a line that somebody has typed so far.
# bash and fish are asked directly, zsh in a terminal of its own (zpty). A shell that is not there is
# a skip. SIPISCTL is the program that is asked for instances.

. "$(dirname "$0")/../lib.sh"
set -e
: "${SIPISCTL:?}"
top=${tests%/tests}
completions=$top/packaging/completions
work=$(mktemp -d "${TMPDIR:-/tmp}/sipisctl-completion.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export LC_ALL=C

# The tree that is completed from: the guide's four instances, one more with odd names beside it.
cp -r "$top/tests/golden/four-processes/root" "$work/four"
mkdir -p "$work/odd names/etc/sipis" "$work/bin" "$work/home"
for instance in -eu 1 a:b a:c; do
	echo '<Sipis><Server Name="x" Port="1"/></Sipis>' >"$work/odd names/etc/sipis/Settings$instance.xml"
done

# As if on a machine that has these four: without --root, what is in $work/four is shown.
cat >"$work/bin/sipisctl" <<'SHIM'
#!/bin/bash
case " $* " in
*" --root="*) exec "$SIPISCTL" "$@" ;;
*) exec "$SIPISCTL" "--root=$MACHINE" "$@" ;;
esac
SHIM
chmod +x "$work/bin/sipisctl"
export SIPISCTL MACHINE="$work/four" PATH="$work/bin:$PATH" HOME="$work/home"

# A machine that other machines are known to: bash reads HOSTFILE, zsh and fish what ssh knows. And a container.
mkdir "$work/home/.ssh"
echo 'sip-eu.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA' >"$work/home/.ssh/known_hosts"
echo '192.0.2.1 sip-eu.example' >"$work/hosts"
export HOSTFILE=$work/hosts
cat >"$work/bin/machinectl" <<'SHIM'
#!/bin/sh
echo 'bookworm container systemd-nspawn debian 12 -'
SHIM
chmod +x "$work/bin/machinectl"
cd "$work"

# --- bash: the function, called as readline calls it -------------------------------------------------

# Words as readline makes them: also split at = and : and before @
readline_words() {
	local line=$1 word='' c
	local -i i

	COMP_WORDS=()
	for ((i = 0; i < ${#line}; i++)); do
		c=${line:i:1}
		if [[ $c == \\ ]]; then
			i+=1
			word+=$c${line:i:1}
		elif [[ $c == @ ]]; then
			[[ -z $word ]] || COMP_WORDS+=("$word")
			word=$c
		elif [[ $c == [=:] ]]; then
			[[ -z $word ]] || COMP_WORDS+=("$word")
			while [[ ${line:i+1:1} == [=:] ]]; do i+=1 c+=${line:i:1}; done
			COMP_WORDS+=("$c")
			word=''
		elif [[ $c == ' ' ]]; then
			[[ -z $word ]] || COMP_WORDS+=("$word")
			word=''
		else
			word+=$c
		fi
	done
	# the word that is being typed; after = or : readline takes that for it
	[[ -z $word && $line == *[=:] ]] || COMP_WORDS+=("$word")
}

in_bash() {
	(
		# shellcheck disable=SC1091
		. "$completions/sipisctl.bash"
		COMP_LINE=$1
		COMP_POINT=${#1}
		readline_words "$1"
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		COMPREPLY=()
		_sipisctl sipisctl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		echo "${COMPREPLY[*]}"
	)
}

# What readline itself makes of it: the arguments of the line after a TAB. A session of its own, as
# an interactive shell takes the terminal that it finds.
in_readline() {
	printf '%s\n' \
		". '$completions/sipisctl.bash'" \
		'show() { printf "<%s>" "$@"; echo; }' \
		'_show() { COMP_LINE=sipisctl${COMP_LINE#show} COMP_WORDS[0]=sipisctl; _sipisctl; }' \
		'complete -F _show show' \
		"show $1"$'\t' |
		INPUTRC=/dev/null PS1='' TERM=dumb setsid --wait bash --noprofile --norc -i 2>/dev/null | grep '^<' || true
}

# --- zsh: in a terminal, with what is offered written to a file ------------------------------------------

cat >"$work/ask.zsh" <<'ASK'
zmodload zsh/zpty || exit 99
zpty shell zsh -f -i
zpty -w shell "source $WORK/inner.zsh"
zpty -r -m shell line '*READY*' || exit 1
zpty -w -n shell "$1"$'\t'
for (( i = 0; i < 1000; i++ )); do
	[[ -e $WORK/done ]] && exit 0
	zpty -r -t shell line
	sleep 0.05
done
exit 1
ASK
cat >"$work/inner.zsh" <<'INNER'
PS1= ; stty -echo 2>/dev/null
fpath=($COMPLETIONS $fpath)
autoload -Uz compinit && compinit -u -d $WORK/zcompdump
LISTMAX=1000
compadd() {
	# those that ask for something, instead of offering it, are left alone
	if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
		builtin compadd "$@"
		return
	fi
	typeset -a hits
	builtin compadd -A hits "$@"
	print -rl -- $hits >>$WORK/offered
	builtin compadd "$@"
}
ask() { zle complete-word; : >$WORK/done; }
zle -N ask
bindkey '^I' ask
print READY
INNER

in_zsh() {
	rm -f "$work/offered" "$work/done"
	WORK=$work COMPLETIONS=$completions timeout 120 zsh -f "$work/ask.zsh" "$1" >/dev/null 2>&1 || { echo "zsh did not answer"; return; }
	[ ! -e "$work/offered" ] || sort -u "$work/offered" | grep -v '^$' | paste -sd ' ' || true
}

# --- fish ------------------------------------------------------------------------------------------------

# Since fish 4, ? is not a wildcard; fish 3 can be told so.
in_fish() {
	fish --no-config --features=qmark-noglob -c "source $completions/sipisctl.fish; complete -C \"$1\"" | cut -f 1 | paste -sd ' '
}

# --- what is offered ----------------------------------------------------------------------------------------

sorted() { tr ' ' '\n' | grep -v '^$' | LC_ALL=C sort -u | paste -sd ' ' || true; }

# offers SHELL NAME LINE EXPECTED: these and no others, in any order
offers() {
	is "$1: $2" "$(sorted <<<"$4")" "$(in_"$1" "$3" | sorted)"
}

# includes SHELL NAME LINE WANTED UNWANTED
includes() {
	local word offered complaint=''

	offered=" $(in_"$1" "$3" | tr -d = ) "
	for word in $4; do [[ $offered == *" $word "* ]] || complaint+="$word is not offered"$'\n'; done
	for word in $5; do [[ $offered != *" $word "* ]] || complaint+="$word is offered"$'\n'; done
	verdict "$1: $2" "$complaint"
}

# The options in the help of a command, short and long
help_options() {
	"$SIPISCTL" "$1" --help | sed -nE 's/^  +(-.), (--[a-z-]+).*/\1 \2/p; s/^  +(--[a-z-]+).*/\1/p' | sorted
}

# What all three have in common.
common_tests() {
	local shell=$1 command columns='INSTANCE NAME ADDRESS PORT HTTP REALM PREFIXES SHARE STATE LOCK LOG SETTINGS'

	offers "$shell" "the commands come first" 'sipisctl ' 'check list map route split sync edit apply reload status metrics'
	offers "$shell" "a command that was begun is completed" 'sipisctl ro' 'route'
	offers "$shell" "a command follows an option" "sipisctl --json --root=$work/four l" 'list'
	offers "$shell" "a command follows an option whose value is a word of its own" "sipisctl --root $work/four ma" 'map'
	includes "$shell" "check has its own options" 'sipisctl check --' '--strict --refused --json --root --color --help --version' '--svg --count --app-id --raw'
	includes "$shell" "list has its own options" 'sipisctl list --' '--output --noheadings --raw --json --root' '--svg --count --strict'
	includes "$shell" "map has its own options" 'sipisctl map --' '--svg --json --root' '--raw --count --strict'
	includes "$shell" "route has its own options" 'sipisctl route --' '--app-id --count --json --root --raw' '--svg --strict'
	includes "$shell" "split has its own options" 'sipisctl split --' '--without --dry-run --stat --yes --server-port-step --http-port-step --max-imbalance --undo --resume --list --json --root --help' '--svg --strict --count --from'
	includes "$shell" "--undo is no new split" 'sipisctl split --undo --' '--dry-run --stat --yes --root --help' '--without --max-imbalance --resume --list'
	includes "$shell" "--resume stands alone" 'sipisctl split --resume --' '--root --help' '--dry-run --yes --http-port-step --undo'
	includes "$shell" "sync has its own options" 'sipisctl sync --' '--from --dry-run --stat --yes --undo --json --root' '--resume --without --strict'
	includes "$shell" "edit has its own options" 'sipisctl edit --' '--load-balancer --json --root' '--yes --undo --from'
	offers "$shell" "sync takes instances" 'sipisctl sync 2 ' '1 3 4'
	offers "$shell" "edit takes an instance" 'sipisctl edit ' '1 2 3 4'
	offers "$shell" "--from takes an instance" 'sipisctl sync --from ' '1 2 3 4'
	includes "$shell" "apply has its own options" 'sipisctl apply --' '--dry-run --force --json --no-stop --rolling --undo-on-failure --timeout --help' '--root --yes --undo --watch --raw --strict'
	includes "$shell" "status has its own options" 'sipisctl status --' '--watch --host --machine --output --noheadings --raw --json --help' '--root --dry-run --timeout --strict --count'
	includes "$shell" "options of all commands before there is one" 'sipisctl --' '--strict --svg --count --root --raw --json --dry-run --undo --rolling --timeout --watch --host --machine' ''
	for command in check list map route split sync edit apply status metrics; do
		is "$shell: the options of $command are those of its --help" "$(help_options "$command")" \
			"$({ in_"$shell" "sipisctl $command -"; in_"$shell" "sipisctl $command --"; } | tr -d = | tr ' ' '\n' | sorted)"
	done
	offers "$shell" "apply takes instances" 'sipisctl apply 2 ' '1 3 4'
	offers "$shell" "status takes instances" 'sipisctl status 1 ' '2 3 4'
	offers "$shell" "a timeout is not guessed" 'sipisctl apply --timeout ' ''
	offers "$shell" "a command follows a timeout that is a word of its own" 'sipisctl --timeout 20 a' 'apply'
	offers "$shell" "a command follows a host that is a word of its own" 'sipisctl -H sip-eu.example sta' 'status'
	includes "$shell" "a host that is known" 'sipisctl status -H ' 'sip-eu.example' ''
	includes "$shell" "a second host" 'sipisctl status -H a --host ' 'sip-eu.example' ''
	includes "$shell" "a second -H" 'sipisctl status --host a --' '--host --machine --watch' ''
	offers "$shell" "containers" 'sipisctl status -M ' 'bookworm'
	offers "$shell" "containers after --machine" 'sipisctl status --machine ' 'bookworm'
	offers "$shell" "the columns of status" 'sipisctl status -o ' "$columns ACTIVE PID MEMORY SINCE LISTENING RESTARTS REASON HOST"
	offers "$shell" "the columns of status after a host" 'sipisctl -H a status -o LIS' 'LISTENING'
	offers "$shell" "split takes a number, which is not guessed" 'sipisctl split ' ''
	offers "$shell" "a step is not guessed, and may look like an option" 'sipisctl split --server-port-step -10 --max-imbalance ' ''
	offers "$shell" "a command follows a step that is a word of its own" 'sipisctl --http-port-step 20 sp' 'split'
	offers "$shell" "the values of --color" 'sipisctl list --color ' 'auto always never'
	offers "$shell" "check takes the instances of this machine" 'sipisctl check ' '1 2 3 4'
	offers "$shell" "check takes the instances below --root=" "sipisctl check --root=$work/odd\\ names " '1 a:b a:c'
	offers "$shell" "check takes the instances below --root before the command" "sipisctl --root $work/odd\\ names check " '1 a:b a:c'
	offers "$shell" "an instance that looks like an option follows --" "sipisctl --root $work/odd\\ names check -- -" '-eu'
	offers "$shell" "an instance is not offered twice" 'sipisctl check 2 4 ' '1 3'
	offers "$shell" "list takes instances" 'sipisctl list 1 ' '2 3 4'
	offers "$shell" "map takes instances" 'sipisctl map 4 1 ' '2 3'
	offers "$shell" "nothing is offered where sipisctl fails" 'sipisctl --root=/nowhere check ' ''
	offers "$shell" "the columns of list" 'sipisctl list -o ' "$columns"
	offers "$shell" "the columns of split --list" 'sipisctl split --list -o ' 'DATE COMMAND BEFORE AFTER STATE FILES'
	offers "$shell" "the columns of route --count" 'sipisctl --count route -o ' 'INSTANCE NAME ACCOUNTS SHARE'
}

common_tests bash
offers bash "a value after = is completed" 'sipisctl list --color=a' 'auto always'
offers bash "only commands that take the options that were given" 'sipisctl --strict ' 'check'
offers bash "only commands that take -o" 'sipisctl -o NAME ' 'list route split status metrics'
offers bash "only commands that take --json" 'sipisctl --json ' 'check list map route split sync edit apply status'
offers bash "only commands that take --dry-run" 'sipisctl --dry-run ' 'split sync apply'
offers bash "only apply takes --timeout" 'sipisctl --timeout=20 ' 'apply'
offers bash "only metrics takes accounts" 'sipisctl --accounts=x ' 'metrics'
is "bash: readline completes a file after --output of metrics" "<metrics><--output=$work/four/>" "$(in_readline "metrics --output=$work/fo")"
offers bash "only status takes a machine" 'sipisctl -Mbookworm ' 'status'
offers bash "a host after its user" 'sipisctl status -H root@sip' '@sip-eu.example'
offers bash "a host that is one word with -H" 'sipisctl status -Hsip' '-Hsip-eu.example'
offers bash "a container after --machine=" 'sipisctl status --machine=b' 'bookworm'
offers bash "only split and sync can be taken back" 'sipisctl --undo ' 'split sync'
offers bash "only split has shares" 'sipisctl --max-imbalance=1% ' 'split'
offers bash "a list of instances, without what it has" 'sipisctl split 2 --without=1,' '1,2 1,3 1,4'
offers bash "an option is not offered twice" 'sipisctl list --json --js' ''
offers bash "the rest of a comma list, without what it has" 'sipisctl list -o INSTANCE,NAME,P' 'INSTANCE,NAME,PORT INSTANCE,NAME,PREFIXES'
offers bash "a comma list after --output=, in small letters too" 'sipisctl list --output=name,s' 'name,SHARE name,STATE name,SETTINGS'
offers bash "a comma list that is one word with -o" 'sipisctl list -oPORT,HT' '-oPORT,HTTP'
offers bash "an instance with a colon is completed behind it" "sipisctl --root $work/odd\\ names check a:" 'b c'
is "bash: readline completes a command" '<check>' "$(in_readline 'che')"
is "bash: readline completes an instance" '<check><--root='"$work/odd names"'><1>' "$(in_readline "check --root=$work/odd\\ names 1")"
is "bash: readline completes a directory with a blank after --root=" "<--root=$work/odd names/>" "$(in_readline "--root=$work/odd")"
is "bash: readline completes a directory after --root" "<list><--root><$work/four/>" "$(in_readline "list --root $work/fo")"
is "bash: readline completes a colour after =" '<list><--color=never>' "$(in_readline 'list --color=n')"
is "bash: readline completes a host" '<status><-H><sip-eu.example>' "$(in_readline 'status -H sip')"
is "bash: readline completes a host after its user" '<status><--host=root@sip-eu.example>' "$(in_readline 'status --host=root@sip')"
is "bash: readline leaves room for a comma after a column" '<list><-o><NAME,PORT>' "$(in_readline 'list -o NAME,po')"

if command -v zsh >/dev/null; then
	common_tests zsh
	offers zsh "a value after = is completed" 'sipisctl list --color=a' 'auto always'
	offers zsh "only commands that take the options that were given" 'sipisctl --strict ' 'check'
	offers zsh "only commands that take --json" 'sipisctl --json ' 'check list map route split sync edit apply status'
	offers zsh "only commands that take --dry-run" 'sipisctl --dry-run ' 'split sync apply'
	offers zsh "only apply takes --timeout" 'sipisctl --timeout=20 ' 'apply'
	offers zsh "only status takes a machine" 'sipisctl -Mbookworm ' 'status'
	includes zsh "a host after its user" 'sipisctl status -H root@' 'sip-eu.example' ''
	offers zsh "only split and sync can be taken back" 'sipisctl --undo ' 'split sync'
	offers zsh "only split has shares" 'sipisctl --max-imbalance=1% ' 'split'
	offers zsh "the rest of a comma list, without what it has" 'sipisctl list -o INSTANCE,NAME,P' 'PORT PREFIXES'
else
	skip "zsh: completes" "zsh is not installed"
fi

if command -v fish >/dev/null; then
	common_tests fish
	offers fish "a value after = is completed" 'sipisctl list --color=n' '--color=never'
	includes fish "a host after its user" 'sipisctl status -H root@' 'root@sip-eu.example' ''
	offers fish "the rest of a comma list, without what it has" 'sipisctl list -o INSTANCE,NAME,P' 'INSTANCE,NAME,PORT INSTANCE,NAME,PREFIXES'
else
	skip "fish: completes" "fish is not installed"
fi
done_testing

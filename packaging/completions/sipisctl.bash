# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Completion of sipisctl for bash. It needs nothing but bash itself.

# Remove the quotes of a word, and expand a leading tilde only.
_sipisctl_unquote() {
	local word=$1 quote='' c
	local -i i

	REPLY=''
	[[ $word != \~/* ]] || word=$HOME/${word:2}
	for ((i = 0; i < ${#word}; i++)); do
		c=${word:i:1}
		if [[ $c == \\ && $quote != "'" ]]; then
			i+=1
			REPLY+=${word:i:1}
		elif [[ $c == "$quote" ]]; then
			quote=''
		elif [[ -z $quote && $c == [\"\'] ]]; then
			quote=$c
		else
			REPLY+=$c
		fi
	done
}

# Join the words up to the cursor as a shell sees them: bash has also split them at = and :
_sipisctl_join_words() {
	local line=$COMP_LINE word
	local -i i

	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((i == 0)) || [[ $line == [[:blank:]]* ]]; then
			line=${line#"${line%%[![:blank:]]*}"}
			words+=("$word")
		else
			words[${#words[@]} - 1]+=$word
		fi
		line=${line#"$word"}
	done
}

# --undo, --resume and --list exclude each other and the options of a new split.
_sipisctl_split_options() {
	local columns='-o --output= -n --noheadings -r --raw'

	case " ${given[*]} " in
	*' --undo '*) REPLY+=' --undo --dry-run --stat --yes' ;;
	*' --resume '*) REPLY+=' --resume' ;;
	*' --list '*) REPLY+=" --list $columns" ;;
	*)
		REPLY+=' --without= --dry-run --stat --yes --server-port-step= --http-port-step= --max-imbalance='
		REPLY+=" --undo --resume --list $columns"
		;;
	esac
}

# Return the options of a command; without a command, all options.
_sipisctl_options() {
	REPLY='--root= --color= -J --json -h --help --version'
	case $1 in
	check) REPLY+=' --strict --refused' ;;
	list) REPLY+=' -o --output= -n --noheadings -r --raw' ;;
	map) REPLY+=' --svg' ;;
	route) REPLY+=' --app-id= --count -o --output= -n --noheadings -r --raw' ;;
	split) _sipisctl_split_options ;;
	sync) REPLY+=' --from= --dry-run --stat --yes --undo' ;;
	edit) REPLY+=' --load-balancer' ;;
	reload) REPLY='--color= -h --help --version' ;;
	apply) REPLY=${REPLY/--root= /}' --dry-run --force --no-stop --rolling --undo-on-failure --timeout=' ;;
	status) REPLY=${REPLY/--root= /}' --watch --monitoring -H --host= -M --machine= -o --output= -n --noheadings -r --raw' ;;
	metrics) REPLY=${REPLY/--root= --color= -J --json/--color=}' --accounts= -o --output=' ;;
	*)
		REPLY+=' --strict --refused --svg --app-id= --count -o --output= -n --noheadings -r --raw'
		REPLY+=' --dry-run --stat --yes --server-port-step= --http-port-step= --max-imbalance= --undo --resume --list'
		REPLY+=' --without= --from= --load-balancer'
		REPLY+=' --force --no-stop --rolling --undo-on-failure --timeout= --watch --monitoring -H --host= -M --machine='
		REPLY+=' --accounts='
		;;
	esac
}

# Return the commands that take all given options.
_sipisctl_commands() {
	local command option commands=''

	for command in check list map route split sync edit apply reload status metrics; do
		_sipisctl_options "$command"
		for option in "${given[@]}"; do
			[[ " $REPLY " == *" $option "* ]] || continue 2
		done
		commands+=" $command"
	done
	REPLY=$commands
}

# Find the options, the command and the arguments among the words before the cursor.
_sipisctl_parse() {
	local word
	local -i i

	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		word=${words[i]}
		if [[ -n $ended || $word != -?* ]]; then
			if [[ -z $command ]]; then command=$word; else arguments+=("$word"); fi
			continue
		fi
		case $word in
		--) ended=yes ;;
		--root | --color | --output | --app-id | --server-port-step | --http-port-step | --max-imbalance | --timeout | --without | --from | --accounts | \
			--host | --machine | -[oHM])
			i+=1
			given+=("${word/#--*/$word=}")
			if ((i == ${#words[@]} - 1)); then
				pending=$word
			elif [[ $word == --root ]]; then
				root=${words[i]}
			fi
			;;
		--root=*) root=${word#*=} given+=(--root=) ;;
		--*=*) given+=("${word%%=*}=") ;;
		-[oHM]*) given+=("${word:0:2}") ;;
		*) given+=("$word") ;;
		esac
	done
}

# Offer the instances below the given root.
_sipisctl_instances() {
	local program
	local -a in_root=()

	_sipisctl_unquote "${words[0]}"
	program=$REPLY
	if [[ -n $root ]]; then
		_sipisctl_unquote "$root"
		in_root=("--root=$REPLY")
	fi
	REPLY=$("$program" "${in_root[@]}" list --noheadings --raw -o INSTANCE 2>/dev/null)
}

_sipisctl_columns() {
	if [[ $command == split ]]; then
		REPLY='DATE COMMAND BEFORE AFTER STATE FILES'
	elif [[ $command != route ]]; then
		REPLY='INSTANCE NAME ADDRESS PORT HTTP REALM PREFIXES SHARE STATE LOCK LOG SETTINGS'
		[[ $command != status ]] || REPLY+=' ACTIVE PID MEMORY SINCE LISTENING RESTARTS REASON HOST'
	elif [[ " ${given[*]} " == *' --count '* ]]; then
		REPLY='INSTANCE NAME ACCOUNTS SHARE'
	else
		REPLY='SELECTOR INSTANCE NAME PREFIX'
	fi
}

# Offer the words in $1 that begin with $cur; keep the prefix $2 in front of them.
_sipisctl_offer() {
	local before=$2 typed=${cur#"$2"} word broken='' rest

	# bash does not replace the text before the last = or :, nor before an @
	[[ $COMP_WORDBREAKS != *=* ]] || broken=${cur%"${cur##*[=:]}"}
	rest=${cur#"$broken"}
	[[ $COMP_WORDBREAKS != *@* || $rest != *@* ]] || broken+=${rest%@*}
	for word in $1; do
		[[ $word == "$typed"* ]] || continue
		word=$before$word
		COMPREPLY+=("${word#"$broken"}")
	done
}

# Offer columns that a list COLUMN,... does not have yet, in any case.
_sipisctl_offer_columns() {
	local before=$1 list=${cur#"$1"} column columns=''

	_sipisctl_columns
	for column in $REPLY; do
		[[ ,${list^^} == *",$column,"* ]] || columns+=" $column"
	done
	[[ $list != *,* ]] || before+=${list%,*},
	list=${list##*,}
	cur=$before${list^^}
	_sipisctl_offer "$columns" "$before"
	compopt -o nospace 2>/dev/null
}

# Offer instances that a list INSTANCE,... does not have yet.
_sipisctl_offer_instance_list() {
	local before=$1 list=${cur#"$1"} instance instances=''

	_sipisctl_instances
	for instance in $REPLY; do
		[[ ,$list, == *",$instance,"* ]] || instances+=" $instance"
	done
	[[ $list != *,* ]] || before+=${list%,*},
	_sipisctl_offer "$instances" "$before"
	compopt -o nospace 2>/dev/null
}

# Offer [USER@]HOST, with the hosts that bash knows.
_sipisctl_offer_hosts() {
	local before=$1 typed=${cur#"$1"}

	[[ $typed != *@* ]] || before+=${typed%%@*}@
	_sipisctl_offer "$(compgen -A hostname -- "${typed#*@}")" "$before"
}

# Offer containers, if machinectl is installed.
_sipisctl_offer_machines() {
	local machine machines=''

	while read -r machine _; do
		machines+=" $machine"
	done < <(machinectl list --no-legend --no-pager 2>/dev/null)
	_sipisctl_offer "$machines" "$1"
}

# Offer values of option $1, after $2.
_sipisctl_offer_value() {
	case $1 in
	--root) compopt -o dirnames 2>/dev/null ;;
	--color) _sipisctl_offer 'auto always never' "$2" ;;
	--accounts) compopt -o default 2>/dev/null ;;
	--output | -o)
		if [[ $command == metrics ]]; then compopt -o default 2>/dev/null; else _sipisctl_offer_columns "$2"; fi
		;;
	--host | -H) _sipisctl_offer_hosts "$2" ;;
	--machine | -M) _sipisctl_offer_machines "$2" ;;
	--from)
		_sipisctl_instances
		_sipisctl_offer "$REPLY" "$2"
		;;
	--without) _sipisctl_offer_instance_list "$2" ;;
	esac
}

_sipisctl_offer_options() {
	local option options=''

	_sipisctl_options "$command"
	for option in $REPLY; do
		# there may be several machines
		[[ $option != -[HM] && $option != --host= && $option != --machine= &&
			" ${given[*]} " == *" $option "* ]] || options+=" $option"
	done
	_sipisctl_offer "$options" ''
	[[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
}

_sipisctl_offer_instances() {
	local instance instances=''

	_sipisctl_instances
	for instance in $REPLY; do
		# without -- it would be an option
		[[ -n $ended || $instance != -* ]] || continue
		[[ " ${arguments[*]} " == *" $instance "* ]] || instances+=" $instance"
	done
	_sipisctl_offer "$instances" ''
}

_sipisctl() {
	local IFS=$' \t\n' REPLY cur command='' root='' ended='' pending=''
	local -a words=() given=() arguments=()

	COMPREPLY=()
	_sipisctl_join_words
	cur=${words[${#words[@]} - 1]}
	_sipisctl_parse
	if [[ -n $pending ]]; then
		_sipisctl_offer_value "$pending" ''
	elif [[ -z $ended && $cur == --*=* ]]; then
		_sipisctl_offer_value "${cur%%=*}" "${cur%%=*}="
	elif [[ -z $ended && $cur == -[oHM]* ]]; then
		_sipisctl_offer_value "${cur:0:2}" "${cur:0:2}"
	elif [[ -z $ended && $cur == -* ]]; then
		_sipisctl_offer_options
	elif [[ -z $command ]]; then
		_sipisctl_commands
		_sipisctl_offer "$REPLY" ''
	elif [[ $command == @(check|list|map|apply|status|sync) ]] ||
		[[ $command == edit && ${#arguments[@]} == 0 && " ${given[*]} " != *' --load-balancer '* ]]; then
		_sipisctl_offer_instances
	fi
}

complete -F _sipisctl sipisctl

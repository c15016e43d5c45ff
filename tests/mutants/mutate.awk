# SPDX-License-Identifier: LGPL-2.1-or-later
#
# awk -f mutate.awk FILE.c...: list the mutants of C files, one line each, with tabs between
#   file, line, function, operator, original text, mutated text, offset and length of the replaced bytes, replacement
# Functions are changed, and constants after "=" outside them. Comments, texts, preprocessor lines, assertions and the
# types and names of declarations are not. The files must be laid out as clang-format does it.

BEGIN {
	FS = "\n"
	split("< <= > >= == != && || + - += -= & | ^ << >> &= |= true false break continue", words, " ")
	split("<=,>= <,> >=,<= >,< != == || && - + -= += | & & >> << |= &= false true continue break", others, " ")
	for (i in words)
		exchanged[words[i]] = others[i]
	binary["+"] = binary["-"] = binary["&"] = binary["|"] = binary["^"] = 1
	n = split("if while for switch", words, " ")
	while (n)
		control[words[n--]] = 1
	n = split("const static struct enum union char short int long unsigned bool void double float _Alignas _Static_assert", words, " ")
	while (n)
		of_type[words[n--]] = 1
	n = split("case default return goto break continue else do if while for switch", words, " ")
	while (n)
		keyword[words[n--]] = 1
}

FNR == 1 { finish() }
{ read_line($0) }
END { finish() }

# --- tokens --------------------------------------------------------------------------------------

function add(kind, length_) {
	count++
	text[count] = substr(rest, 1, length_)
	kinds[count] = kind
	lines[count] = FNR
	offsets[count] = offset + length(line) - length(rest)
	rest = substr(rest, length_ + 1)
}

function read_line(whole) {
	line = rest = whole
	source[FNR] = whole
	starts[FNR] = offset
	if (!in_comment && !in_preprocessor && line ~ /^[ \t]*#/)
		in_preprocessor = 1
	if (in_preprocessor)
		in_preprocessor = line ~ /\\$/
	else
		while (rest != "")
			read_token()
	offset += length(line) + 1
}

function skip(length_) { rest = substr(rest, length_ + 1) }

function read_token() {
	if (in_comment) {
		in_comment = !match(rest, /\*\//)
		skip(in_comment ? length(rest) : RSTART + 1)
	} else if (match(rest, /^[ \t]+/) || match(rest, /^\/\/.*/)) {
		skip(RLENGTH)
	} else if (rest ~ /^\/\*/) {
		in_comment = 1
		skip(2)
	} else if (match(rest, /^"([^"\\]|\\.)*"/) || match(rest, /^'([^'\\]|\\.)+'/)) {
		add("text", RLENGTH)
	} else if (match(rest, /^[0-9][0-9A-Za-z_.]*/)) {
		add("number", RLENGTH)
	} else if (match(rest, /^[A-Za-z_][A-Za-z0-9_]*/)) {
		add("word", RLENGTH)
	} else if (match(rest, /^(<<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*\/%&|^]=)/)) {
		add("sign", RLENGTH)
	} else {
		add("sign", 1)
	}
}

# --- structure -----------------------------------------------------------------------------------

function finish(   i) {
	if (count) {
		pair_brackets()
		for (i = 1; i <= count; i++)
			i = text[i] == "{" && text[i - 1] == ")" ? function_body(i) : outside(i)
	}
	file = FILENAME
	count = offset = in_comment = in_preprocessor = assigned = 0
}

function pair_brackets(   i, depth, open) {
	for (i = 1; i <= count; i++) {
		if (text[i] ~ /^[[({]$/)
			open[++depth] = i
		else if (text[i] ~ /^[])}]$/) {
			pair[i] = open[depth]
			pair[open[depth--]] = i
		}
	}
}

# A constant after "=" outside functions
function outside(i) {
	name = "-"
	if (text[i] == ";")
		assigned = 0
	else if (text[i] == "=")
		assigned = 1
	else if (assigned && (kinds[i] == "number" || text[i] == "true" || text[i] == "false"))
		replace_token(i)
	return i
}

function function_body(first,   i, last, at_start, assert_end, in_case, depth, declared) {
	name = text[pair[first - 1] - 1]
	last = pair[first]
	at_start = 1
	for (i = first + 1; i < last; i++) {
		if (at_start) {
			declared = is_declaration(i)
			if (!declared)
				statement(i, last)
			at_start = 0
		}
		if (text[i] == "assert" && text[i + 1] == "(")
			assert_end = pair[i + 1]
		if (declared && text[i] == "=")
			declared = 0
		if (i > assert_end && !declared)
			replace_token(i)

		if (text[i] == "case" || text[i] == "default")
			in_case = 1
		if (text[i] == "(")
			depth++
		else if (text[i] == ")")
			depth--
		at_start = !depth && (text[i] == ";" || text[i] == "}" && !in_braces[i] || text[i] == "else" || text[i] == "do" ||
			text[i] == "{" && !is_initializer(i) || text[i] == ":" && in_case ||
			text[i] == ")" && (text[pair[i] - 1] in control))
		if (text[i] == ":")
			in_case = 0
	}
	return last
}

# The braces of an initializer begin after "=", a type in parentheses, or inside others
function is_initializer(i,   initializer) {
	initializer = text[i - 1] ~ /^[=,(]$/ || text[i - 1] == "return" || in_braces[i - 1] && text[i - 1] == "{" ||
		text[i - 1] == ")" && !(text[pair[i - 1] - 1] in control)
	in_braces[i] = in_braces[pair[i]] = initializer
	return initializer
}

function is_declaration(i) {
	if (text[i] in of_type)
		return 1
	if (kinds[i] != "word" || (text[i] in keyword))
		return 0
	if (text[i + 1] == "(")
		return kinds[pair[i + 1] + 1] == "word"
	return kinds[i + 1] == "word" || text[i + 1] == "*"
}

# --- mutants -------------------------------------------------------------------------------------

# Return the source from line to line in one line, with these bytes replaced
function mutated_text(from, to, at, length_, by,   i, all) {
	all = source[from]
	for (i = from + 1; i <= to; i++)
		all = all "\n" source[i]
	at -= starts[from]
	return squeezed(substr(all, 1, at) by substr(all, at + length_ + 1))
}

function squeezed(s) {
	gsub(/[ \t\n]+/, " ", s)
	sub(/^ /, "", s)
	sub(/ $/, "", s)
	return s
}

# Replace the bytes from one token to another
function mutant(operator, from, to, by,   length_, original) {
	length_ = offsets[to] + length(text[to]) - offsets[from]
	original = mutated_text(lines[from], lines[to], starts[lines[from]], 0, "")
	printf "%s\t%d\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", file, lines[from], name, operator, original,
		mutated_text(lines[from], lines[to], offsets[from], length_, by), offsets[from], length_, by
}

# Return whether an operand ends with this token; a word before "(" is a call
function ends_operand(i) {
	return (kinds[i] == "word" && !(text[i] in keyword)) || kinds[i] == "number" || kinds[i] == "text" || text[i] == ")" ||
		text[i] == "]"
}

function is_error(i) { return text[i] == "errno" || text[i] ~ /^E[A-Z0-9]+$/ }

function replace_token(i,   n, by, operator) {
	if (kinds[i] == "number") {
		replace_number(i)
	} else if (text[i] == "-" && !ends_operand(i - 1) && is_error(i + 1)) {
		mutant("sign", i, i, "")
	} else if (text[i] == "!" && !(text[i - 1] == "(" && (text[i - 2] in control))) {
		mutant("not", i, i, "")
	} else if ((text[i] in exchanged) && (!(text[i] in binary) || ends_operand(i - 1))) {
		n = split(exchanged[text[i]], by, ",")
		operator = kinds[i] == "word" ? "exchange" : text[i] ~ /^[<>=!]=?$/ ? "compare" : text[i] ~ /^(&&|\|\|)$/ ? "logic" : "operator"
		while (n)
			mutant(operator, i, i, by[n--])
	}
}

# "< 5" to "< 6" is "<" to "<=", which is in the list already.
function replace_number(i,   digit) {
	if (text[i] ~ /\./)
		return
	digit = text[i] ~ /^[0-9]$/
	if (text[i - 1] != "<" && text[i - 1] != ">=")
		mutant("constant", i, i, digit ? text[i] + 1 : "(" text[i] " + 1)")
	if (text[i] != "0" && text[i - 1] != ">" && text[i - 1] != "<=")
		mutant("constant", i, i, digit ? text[i] - 1 : "(" text[i] " - 1)")
}

# Negate the condition or remove the statement that begins with this token
function statement(i, last,   end) {
	if (text[i] == "else" || text[i] == "do" || text[i] == "{" || text[i] == "}" || text[i] == ";")
		return
	if (text[i] == "if" || text[i] == "while") {
		if (text[pair[i + 1] + 1] != ";" && !compares(i + 1))
			mutant("negate", i + 1, pair[i + 1], "(!" source_text(i + 1, pair[i + 1]) ")")
		return
	}
	if (text[i] ~ /^(for|switch|case|default|break|continue|goto)$/ || text[i + 1] == ":")
		return
	if (text[i] == "assert")
		return
	if (text[i] == "return" && text[i + 1] == "r" && text[i + 2] == ";")
		mutant("sign", i + 1, i + 1, "-r")
	for (end = i; text[end] != ";"; end++)
		if (text[end] ~ /^[[({]$/)
			end = pair[end]
	if (text[i] != "return" || end + 1 != last)
		mutant("remove", i, end, ";")
}

# Return whether these parentheses hold a comparison alone, which is negated as such
function compares(open,   i, n) {
	for (i = open + 1; i < pair[open]; i++) {
		if (text[i] ~ /^[<>=!]=?$/ && (text[i] in exchanged))
			n++
		else if (text[i] ~ /^(&&|\|\|)$/)
			return 0
		if (text[i] == "(")
			i = pair[i]
	}
	return n
}

function source_text(from, to,   i, all) {
	all = source[lines[from]]
	for (i = lines[from] + 1; i <= lines[to]; i++)
		all = all " " source[i]
	return squeezed(substr(all, offsets[from] - starts[lines[from]] + 1, offsets[to] + length(text[to]) - offsets[from]))
}

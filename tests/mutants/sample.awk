# SPDX-License-Identifier: LGPL-2.1-or-later
#
# awk -v seed=S -v files=PATTERN -f sample.awk booted forked equivalent CODE ENTERED MUTANTS: print the mutants that count, in the
# order of the seed: their place, a key and the tests, then what mutate.awk printed. A mutant's place depends on the seed
# and its own text alone, so that it stays when others go. The last lines begin with "left out", a number and a reason.
#   booted      "FILE" or "FILE FUNCTION", where "*" is any text: code that only booted systems enter
#   forked      "FILE": code that no test is seen to enter
#   equivalent  records of four lines: FILE FUNCTION, original text, mutated text, reason
#   CODE        "FILE LINE" for each line that has code of its own
#   ENTERED     "FILE LINE TEST" for each test that enters the line, in the order in which tests run

BEGIN {
	booted = "^$"
	FS = "\t"
	for (i = 1; i < 256; i++)
		code[sprintf("%c", i)] = i
}

FNR == 1 {
	for (input = 1; ARGV[input] != FILENAME; input++)
		;
}

input == 1 {
	if ($0 != "" && $0 !~ /^#/) {
		gsub(/\./, "\\.")
		gsub(/\*/, ".*")
		booted = booted "|^" $0 ($0 ~ / / ? "" : " .*") "$"
	}
	next
}
input == 2 { forked[$0]; next }
input == 3 { read_equivalent(); next }
input == 4 { has_code[$0]; next }
input == 5 {
	split($0, word, " ")
	enters[word[1] " " word[2]] = enters[word[1] " " word[2]] " " word[3]
	if (!((word[1] " " word[3]) in file_and_test))
		enters_file[word[1]] = enters_file[word[1]] " " word[3]
	file_and_test[word[1] " " word[3]]
	next
}

{
	# A line without code continues the one before it.
	for (at = $2; at > 0 && !(($1 " " at) in has_code); at--)
		;
	tests = $3 == "-" ? enters_file[of_header($1)] : enters[$1 " " at]
	keep_fault_tests($1 " " $3)
	if (length(tests) > length(enters_function[$1 " " $3]))
		enters_function[$1 " " $3] = tests
	key = $1 "\t" $3 "\t" $4 "\t" $5 "\t" $6 "\t" $9
	key = key "\t" ++times[key]
}

files != "" && $1 !~ files { next }
frees() { left["free memory or close files, which only sanitizers notice"]++; next }
(($1 " " $3 "\n" $5 "\n" $6) in equivalent) { left["are equivalent, see tests/mutants/equivalent"]++; next }

{
	n++
	rows[n] = $0
	function_of[n] = $1 " " $3
	tests_of[n] = tests
	keys[n] = key
}

END {
	for (i = 1; i <= n; i++) {
		if (tests_of[i] == "" && function_of[i] ~ booted) {
			left["are in what only booted systems enter, see tests/mutants/booted"]++
			continue
		}
		# What a process that is killed enters is not written down.
		if (tests_of[i] == "")
			tests_of[i] = enters_function[function_of[i]]
		file = function_of[i]
		sub(/ .*/, "", file)
		if (tests_of[i] == "" && file in forked)
			tests_of[i] = enters_file[file]
		add_fault_tests(i)
		printf "%010d\t%d-%d\t%s\t%s\n", hash(seed "\t" keys[i]), hash(keys[i]), hash("-" keys[i]), tests_of[i], rows[i]
	}
	for (reason in left)
		printf "left out\t%d\t%s\n", left[reason], reason
}

# The lines of a record: place, original, mutated, reason
function read_equivalent() {
	if ($0 == "" || $0 ~ /^#/) {
		part = 0
		return
	}
	sub(/^[ \t]+/, "")
	record[++part] = $0
	if (part == 3)
		equivalent[record[1] "\n" record[2] "\n" record[3]]
}

# What a program enters after a fault is often not written down, so a fault test enters each function as a whole.
function keep_fault_tests(of,   i, n, test) {
	n = split(tests, test, " ")
	for (i = 1; i <= n; i++)
		if (test[i] ~ /^tests\/fault\// && index(fault_tests[of] " ", " " test[i] " ") == 0)
			fault_tests[of] = fault_tests[of] " " test[i]
}

function add_fault_tests(i,   k, n, test) {
	n = split(fault_tests[function_of[i]], test, " ")
	for (k = 1; k <= n; k++)
		if (index(tests_of[i] " ", " " test[k] " ") == 0)
			tests_of[i] = tests_of[i] " " test[k]
}

# A header without code is that of a file with code
function of_header(file) {
	if (!(file in enters_file))
		sub(/\.h$/, ".c", file)
	return file
}

function frees() {
	return $3 ~ /_(done|free)$/ || $4 == "remove" && $5 ~ /^(\(void\))?(free|close|closedir|fclose|xmlFree[A-Za-z]*|[a-z_]+_(done|free|unref))\(/
}

# Products stay below 2^53, so that every awk calculates the same
function hash(s,   h, i) {
	h = 7
	for (i = 1; i <= length(s); i++)
		h = (h * 16807 + code[substr(s, i, 1)]) % 2147483647
	for (i = 0; i < 3; i++)
		h = (h * 48271 + 11) % 2147483647
	return h
}

# SPDX-License-Identifier: LGPL-2.1-or-later
#
# From the lines of measure.c to tables, and to the targets: which are met by the medians of this run.

BEGIN { FS = "\t" }

$1 == "sipisctl" {
	command[++commands] = $2
	command_median[commands] = $4 / 1e6
	command_minimum[commands] = $5 / 1e6
	command_memory[commands] = $6
	next
}

{
	if (!($1 in seen_size)) { size[++sizes] = $1; seen_size[$1] }
	if (!($2 in seen_name)) { name[++names] = $2; seen_name[$2] }
	rounds[$2, $1] = $3
	median[$2, $1] = $4 / 1e6
	minimum[$2, $1] = $5 / 1e6
	memory[$2, $1] = $6 / 1024
}

# Digits that mean something, and no more.
function short(x) { return sprintf(x < 10 ? "%.2f" : x < 100 ? "%.1f" : "%.0f", x) }

function grouped(n) { return n < 1000 ? n : sprintf("%d,%03d", n / 1000, n % 1000) }

function cell(text) { return sprintf("%8s", text) }

function header(title,    i) {
	printf "%-17s", title
	for (i = 1; i <= sizes; i++) printf "%s", cell(grouped(size[i]))
	print ""
}

function table(title, what, of,    i, k, value) {
	header(title)
	for (k = 1; k <= names; k++) {
		printf "%-17s", shown(name[k])
		for (i = 1; i <= sizes; i++) {
			value = (name[k], size[i]) in median ? of[name[k], size[i]] : ""
			if (value != "" && what == "ratio") value /= of["floor", size[i]]
			printf "%s", cell(value == "" ? "-" : what == "ratio" ? sprintf("%.2f", value) : what == "count" ? value : short(value))
		}
		print ""
	}
	print ""
}

function shown(name) { return name == "floor" ? "the floor" : name == "sax2" ? "bare SAX2" : name }

function target(text, value, bound) {
	printf "%-52s %8s  %s\n", text, short(value), value <= bound ? "met" : "NOT MET"
}

function ratio(a, b, n) { return b == "" || !((a, n) in median) || !((b, n) in median) ? "" : median[a, n] / median[b, n] }

function known(n) { return (ours, n) in median }

# Peers that are not slower, as text.
function faster_peers(from,    i, k, list) {
	for (i = 1; i <= sizes; i++)
		for (k = 1; k <= names; k++)
			if (name[k] != ours && name[k] != "floor" && name[k] != "sax2" && size[i] >= from &&
			    (name[k], size[i]) in median && median[name[k], size[i]] <= median[ours, size[i]])
				list = list " " name[k] "(" grouped(size[i]) ")"
	return list
}

function targets(    list) {
	print "Targets, by the medians of this run:"
	if (known(4)) target("4 files: x bare SAX2, at most 1.10", ratio(ours, "sax2", 4), 1.10)
	if (known(1000)) {
		target("1,000 files: x bare SAX2, at most 1.15", ratio(ours, "sax2", 1000), 1.15)
		target("1,000 files: x the floor, at most 2.0", ratio(ours, "floor", 1000), 2.0)
		target("1,000 files: MiB of memory, at most 8", memory[ours, 1000], 8)
	}
	# what grows faster than the files would show here; 1.15 leaves room for caches that are too small
	if (known(1000) && known(10000))
		target("a file of 10,000: x one of 1,000, at most 1.15", median[ours, 10000] / median[ours, 1000] / 10, 1.15)
	if (names > 3) {
		list = faster_peers(16)
		printf "%-52s %8s  %s\n", "16 files and more: ahead of every peer", "", list == "" ? "met" : "NOT MET:" list
		list = faster_peers(1)
		printf "%-52s %8s  %s\n", "1 file and more: ahead of every peer", "", list == "" ? "met" : "NOT MET:" list
	}
}

function of_sipisctl(    i) {
	if (!commands) return
	printf "%-44s %9s %9s %9s\n", "sipisctl", "ms median", "minimum", "KiB"
	for (i = 1; i <= commands; i++)
		printf "%-44s %9s %9s %9d\n", command[i], short(command_median[i]), short(command_minimum[i]), command_memory[i]
	print ""
}

END {
	ours = "sipis-generator"
	table("ms, median", "value", median)
	table("ms, minimum", "value", minimum)
	table("x floor, median", "ratio", median)
	table("x floor, minimum", "ratio", minimum)
	table("MiB, peak", "value", memory)
	table("rounds", "count", rounds)
	of_sipisctl()
	targets()
}

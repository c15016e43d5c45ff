# SPDX-License-Identifier: LGPL-2.1-or-later
#
# awk -F'\t' -v seed=S -f report.awk: how many mutants the tests notice, by folder, and all that they do not notice

$1 == "left out" { left_out = left_out sprintf("  %6d %s\n", $2, $3); next }

{
	folder = $3
	sub(/\/[^\/]*$/, "", folder)
}
$1 == "not-compiled" { not_compiled++; next }
$1 == "same-object" { same_object++; next }
{
	folders[folder]
	counted[folder]++
	all++
}
$1 == "killed" {
	killed[folder]++
	all_killed++
	next
}
{ survivors = survivors $1 " " $3 " " $4 "\n  - " $6 "\n  + " $7 "\n" }

END {
	print "Survivors:\n"
	printf "%s", survivors
	printf "\n%-28s %7s %7s %9s\n", "folder", "sampled", "killed", "survived"
	sort = "sort"
	for (folder in folders)
		printf "%-28s %7d %7d %9d\n", folder, counted[folder], killed[folder], counted[folder] - killed[folder] | sort
	close(sort)
	printf "%-28s %7d %7d %9d\n\n", "all", all, all_killed, all - all_killed
	printf "Seed %s: %d of %d are killed, %.1f %%.\n", seed, all_killed, all, all ? 100 * all_killed / all : 0
	printf "Besides, %d were not compiled, and of %d the compiler makes the same code as without them.\n", not_compiled, same_object
	printf "Of all mutants, these are left out:\n%s", left_out
}

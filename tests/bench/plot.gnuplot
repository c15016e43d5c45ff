# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Time over the number of settings files: `data` has lines of NAME, N and milliseconds, `names` are the names in it.
set terminal svg size 900,600 font 'sans,14' background 'white'
set datafile separator '\t'
set datafile missing NaN # a line goes on behind the points of others
set logscale xy
set xlabel 'settings files (with other generators: as many instances)'
set ylabel 'milliseconds, whole process, median'
set key left top
set grid
plot for [name in names] data using (strcol(1) eq name ? $2 : NaN):3 with linespoints pointtype 7 pointsize 0.5 \
	linewidth (name eq 'sipis-generator' ? 3 : 1.5) title name

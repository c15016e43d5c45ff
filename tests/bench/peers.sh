# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034 # used by run.sh
#
# Other generators, each with as many instances of what it makes units of. They run where /etc and /run are private and
# empty of such things, see run.sh.
#
# A peer is three functions: NAME_packages (what apt is asked for), NAME_program (its path, or nothing where this machine
# has none), NAME_instances N. What N instances come to is counted: NAME_units prints how many units there are, below
# the directory that the generator was given, or wherever it writes.

peers=(netplan fstab zram openvpn postgresql quadlet)

generator_dir=/usr/lib/systemd/system-generators
[ -d $generator_dir ] || generator_dir=/lib/systemd/system-generators

# first PATH...: the first that can be run
first() {
	local path
	for path; do [ ! -x "$path" ] || { echo "$path"; return; }; done
}

# Networks, in one file.
netplan_packages=netplan.io
netplan_program() { first $generator_dir/netplan; }
netplan_instances() {
	mkdir -p /etc/netplan /run/systemd/network
	seq "$1" | awk 'BEGIN { print "network:\n  version: 2\n  ethernets:" } { print "    eth" $1 ":\n      dhcp4: true" }' >/etc/netplan/bench.yaml
	chmod 600 /etc/netplan/bench.yaml
}
netplan_units() { find /run/systemd/network -name '*.network' | wc -l; }

# Mounts: lines of one file.
fstab_packages=systemd
fstab_program() { first $generator_dir/systemd-fstab-generator; }
fstab_instances() { seq -f 'tmpfs /srv/bench%.0f tmpfs defaults 0 0' "$1" >/etc/fstab; }
fstab_units() { find "$1" -name 'srv-bench*.mount' -type f | wc -l; }

# Devices for swap: sections of one file. Told where the root is, it asks neither for containers nor for kernel modules.
export ZRAM_GENERATOR_ROOT=/
zram_packages=systemd-zram-generator
zram_program() { first $generator_dir/zram-generator; }
zram_instances() {
	mkdir -p /etc/systemd
	seq 0 $(($1 - 1)) | sed 's/.*/[zram&]\nzram-size = 16\n/' >/etc/systemd/zram-generator.conf
}
zram_units() { find "$1" -name '*.swap' -type f | wc -l; }

# Tunnels: a file each.
openvpn_packages=openvpn
openvpn_program() { first $generator_dir/openvpn-generator; }
openvpn_instances() {
	mkdir -p /etc/openvpn
	rm -rf /etc/openvpn/*
	(cd /etc/openvpn && seq -f '%.0f.conf' "$1" | xargs touch)
}
openvpn_units() { find "$1" -name 'openvpn@*' | wc -l; }

# Clusters: a directory each.
postgresql_packages=postgresql-common
postgresql_program() { first $generator_dir/postgresql-generator; }
postgresql_instances() {
	mkdir -p /usr/lib/postgresql
	mountpoint -q /usr/lib/postgresql || mount -t tmpfs tmpfs /usr/lib/postgresql
	mkdir -p /usr/lib/postgresql/15/bin
	ln -sf /bin/true /usr/lib/postgresql/15/bin/postgres
	rm -rf /etc/postgresql
	seq -f '/etc/postgresql/15/%.0f' "$1" | xargs mkdir -p
	seq -f '/etc/postgresql/15/%.0f/postgresql.conf' "$1" | xargs touch
	seq -f '/etc/postgresql/15/%.0f/start.conf' "$1" | while read -r file; do echo auto >"$file"; done
}
postgresql_units() { find "$1" -name 'postgresql@*' | wc -l; }

# Containers: a file each.
quadlet_packages=podman
quadlet_program() { first $generator_dir/podman-system-generator; }
quadlet_instances() {
	local n
	mkdir -p /etc/containers/systemd
	rm -rf /etc/containers/systemd/*
	for ((n = 1; n <= $1; n++)); do
		printf '[Container]\nImage=registry.example/sipis:latest\nExec=sipis %d\n\n[Install]\nWantedBy=multi-user.target\n' "$n" \
			>"/etc/containers/systemd/bench$n.container"
	done
}
quadlet_units() { find "$1" -name 'bench*.service' -type f | wc -l; }

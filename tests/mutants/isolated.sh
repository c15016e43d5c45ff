#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# isolated.sh COMMAND...: in a mount namespace of its own, make all of / read-only but this directory and temporary ones
set -e
for directory in "$PWD" /tmp /var/tmp /run; do mount --bind "$directory" "$directory"; done
mount -o remount,bind,ro /
exec "$@"

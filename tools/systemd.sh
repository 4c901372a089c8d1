#!/usr/bin/env bash
# tools/systemd.sh SUITE: prints the root of a Debian or Ubuntu tree of that suite with systemd in it, for the tests
# that have a real systemd supervise a program. debootstrap makes it in a private cache; nothing is installed.
# Progress and reasons go to stderr; exit 1: none.
set -euo pipefail
# shellcheck source=tools/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

tree_suite=${1:?usage: tools/systemd.sh SUITE}
keep_as "systemd-$tree_suite" "systemd of $tree_suite"

# A systemd that is booted needs a cgroup of its own, and namespaces.
can_boot() {
  local parent
  ((EUID == 0)) || { say "needs root"; return 1; }
  unshare --mount --pid --fork true 2>/dev/null || { say "no namespaces can be made here"; return 1; }
  for parent in /sys/fs/cgroup /sys/fs/cgroup/unified; do
    if [[ $(stat -f -c %T "$parent" 2>/dev/null) == cgroup2fs && -w $parent ]]; then return; fi
  done
  say "needs a writable cgroup v2 hierarchy at /sys/fs/cgroup or /sys/fs/cgroup/unified"
  return 1
}

find_wanted() {
  [[ -x $root/lib/systemd/systemd && -x $root/bin/kill ]] && echo "$root"
}

choose_packages() {
  packages=(debootstrap)
}

build_root() {
  local mirror
  unpack_into "$part/tool"
  mirror=$(awk 'NR == 1 { print $3 }' "$part/sources.list")
  say "installing a minimal $tree_suite with systemd into $root ..."
  # In a mount namespace of its own, so that nothing stays mounted when it is interrupted.
  logged unshare --mount --propagation private \
    env DEBOOTSTRAP_DIR="$part/tool/usr/share/debootstrap" "$part/tool/usr/sbin/debootstrap" \
    --variant=minbase --include=systemd,procps --keyring="$keyring" "$tree_suite" "$part/root" "$mirror"
  rm -rf "$part"/root/{var/cache/apt/archives,var/lib/apt/lists,usr/share/doc,usr/share/locale,usr/share/man}
}

can_boot
find_or_fetch

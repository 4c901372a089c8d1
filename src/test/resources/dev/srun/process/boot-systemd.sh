#!/usr/bin/env bash
# boot-systemd.sh TREE NAME FOLDER...: boots the systemd of a tree as process 1 of its own namespaces, in a cgroup of
# that name, with those folders mounted read-only at the same paths. The network is the machine's, so that a test can
# connect. Prints the PID of that systemd, and ends it, with all that it has started, when standard input ends.
# The tree is not changed: what is written goes to memory.
set -euo pipefail
tree=$1 name=$2
shift 2

for parent in /sys/fs/cgroup /sys/fs/cgroup/unified; do
  if [[ $(stat -f -c %T "$parent" 2>/dev/null) == cgroup2fs ]]; then cgroup=$parent/$name; fi
done
mkdir "$cgroup"
echo $$ >"$cgroup/cgroup.procs"

# shellcheck disable=SC2016
TREE=$tree unshare --mount --pid --fork --kill-child --uts --ipc --cgroup --propagation private bash -euc '
  mkdir -p /run/srun-systemd
  mount -t tmpfs tmpfs /run/srun-systemd
  cd /run/srun-systemd
  mkdir upper work tree
  mount -t overlay overlay -o lowerdir="$TREE",upperdir=upper,workdir=work tree
  cd tree
  mount -t proc proc proc
  mount --bind proc/sys proc/sys
  mount -o remount,bind,ro proc/sys
  mount -t sysfs -o ro sysfs sys
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs dev
  for device in null zero full random urandom tty; do
    touch dev/$device
    mount --bind /dev/$device dev/$device
  done
  mkdir dev/pts dev/shm
  mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  ln -s fd/0 dev/stdin
  ln -s fd/1 dev/stdout
  ln -s fd/2 dev/stderr
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  mount -t tmpfs -o mode=755 tmpfs run
  mount -t tmpfs -o mode=1777 tmpfs tmp
  for folder; do
    mkdir -p ".$folder"
    mount --bind "$folder" ".$folder"
    mount -o remount,bind,ro ".$folder"
  done
  : >etc/machine-id
  mkdir old
  pivot_root . old
  umount -l /old
  cd /
  exec env -i container=srun PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb \
    /lib/systemd/systemd --unit=basic.target --log-level=info
' bash "$@" >&2 &
unshared=$!

end() {
  local folder
  kill -KILL "$unshared" 2>/dev/null || true
  wait "$unshared" 2>/dev/null || true
  echo $$ >"${cgroup%/*}/cgroup.procs"
  # Its processes end with it, and their cgroups are busy until the last one has.
  for _ in {1..100}; do
    while read -r folder; do rmdir "$folder" 2>/dev/null || true; done < <(find "$cgroup" -depth -type d 2>/dev/null)
    [[ -e $cgroup ]] || return 0
    sleep 0.05
  done
}
trap end EXIT

for _ in {1..100}; do
  systemd=$(cat "/proc/$unshared/task/$unshared/children" 2>/dev/null) || true
  if [[ $systemd ]]; then break; fi
  sleep 0.05
done
echo "${systemd% }"
cat >/dev/null

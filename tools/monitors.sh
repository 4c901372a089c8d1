#!/usr/bin/env bash
# tools/monitors.sh: prints the directory that holds prometheus, promtool and victoria-metrics, for the tests that
# have them read what srun tells. Debian's or Ubuntu's packages are unpacked into a private cache, as tools/jdk.sh does
# it for a JDK; nothing is installed. Progress and reasons go to stderr; exit 1: none.
set -euo pipefail

cache=${SRUN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/srun}
[[ $cache == /* ]] || cache=$PWD/$cache
root=$cache/monitors
part=$root.part
wanted=(prometheus promtool victoria-metrics)

say() { echo "monitors: $*" >&2; }

find_monitors() {
  local program
  for program in "${wanted[@]}"; do "$root/$program" --version >/dev/null 2>&1 || return 1; done
  echo "$root"
}

# They need nothing but a C library and libzstd, and what was built for Debian 13 does with those of 12. On Ubuntu
# promtool comes with prometheus.
choose_packages() {
  local ID='' VERSION_ID='' VERSION_CODENAME=''
  # shellcheck disable=SC1091
  . /etc/os-release
  codename=$VERSION_CODENAME suite=$VERSION_CODENAME components='main universe'
  keyring=/usr/share/keyrings/$ID-archive-keyring.gpg
  packages=(prometheus victoria-metrics)
  if [[ $ID == debian ]]; then
    components=main packages+=(promtool)
    ((${VERSION_ID:-99} >= 13)) || suite=trixie
  fi
  [[ -e $keyring ]] || { say "there is no Debian or Ubuntu here to take them from"; return 1; }
}

# See tools/jdk.sh.
use_private_apt() {
  mkdir -p "$part"/{state/lists/partial,cache/archives/partial}
  : >"$part/status"
  {
    apt-config dump | grep '^Acquire::' | grep -v '^Acquire::IndexTargets'
    printf '%s "%s";\n' Dir::State "$part/state" Dir::State::status "$part/status" Dir::Cache "$part/cache" \
      Dir::Etc::main /dev/null Dir::Etc::parts /dev/null \
      Dir::Etc::preferences /dev/null Dir::Etc::preferencesparts /dev/null \
      APT::Sandbox::User root Acquire::Retries 3
  } >"$part/apt.conf"
  export APT_CONFIG=$part/apt.conf
  apt-get update --print-uris 2>>"$part/log" | sed -nE \
    "s#^'(.*)/dists/($codename|stable|oldstable)(-security)?/InRelease'.*#deb [signed-by=$keyring] \1 $suite\3 $components#p" |
    sort -u >"$part/sources.list"
  printf '%s "%s";\n' Dir::Etc::sourcelist "$part/sources.list" Dir::Etc::sourceparts /dev/null >>"$APT_CONFIG"
}

logged() {
  setsid "$@" >>"$part/log" 2>&1 &
  job=$!
  wait "$job"
}

download() {
  say "reading the package lists of $suite ..."
  logged apt-get update || true  # a source may fail as long as the packages can be had
  apt-get download --print-uris "${packages[@]}" >"$part/uris" 2>>"$part/log"
  say "fetching ${packages[*]}, $(awk '{ n += $3 } END { printf "%d", n / 1e6 }' "$part/uris") MB ..."
  logged env -C "$part/cache" apt-get download "${packages[@]}"
}

unpack() {
  local deb program
  for deb in "$part"/cache/*.deb; do logged dpkg-deb -x "$deb" "$part/tree"; done
  mkdir "$part/bin"
  for program in "${wanted[@]}"; do mv "$part/tree/usr/bin/$program" "$part/bin"; done
}

clean_up() {
  local status=$?
  trap '' INT TERM HUP
  if [[ ${job:-} ]] && kill -- "-$job" 2>/dev/null; then wait; fi
  if ((status > 0 && status < 128)); then
    say "not to be had:"
    { grep -E '^(Err|E|W):' "$part/log" || cat "$part/log"; } 2>/dev/null | tail -n 4 >&2
  fi
  rm -rf "$part"
  ((status == 0 || status > 128)) || exit 1
}

fetch_monitors() {
  choose_packages
  rm -rf "$part" "$root"
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  mkdir -p "$part"
  use_private_apt
  download
  unpack
  mv "$part/bin" "$root"
}

main() {
  if find_monitors; then exit; fi
  [[ ${SRUN_FETCH:-on} != off ]] || exit 1
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock -n 9 || { say "waiting for another build that is fetching ..."; flock 9; }
  if find_monitors; then exit; fi
  fetch_monitors
  find_monitors
}

main

# shellcheck shell=bash
# Sourced by tools that need programs which the machine may lack: unpacks Debian's or Ubuntu's packages into a private
# cache; nothing is installed. Whoever sources this calls `keep_as`, then `find_or_fetch`, and has three functions:
#   find_wanted      prints where it is; fails where it is not
#   choose_packages  sets the array packages; distribution, codename and suite are set
#   build_root       makes $part/root of the packages, which becomes $root
# Progress and reasons go to stderr.

say() { echo "$title: $*" >&2; }

# keep_as FOLDER TITLE
keep_as() {
  title=$2
  cache=${SRUN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/srun}
  [[ $cache == /* ]] || cache=$PWD/$cache
  root=$cache/$1
  part=$root.part
}

# What an older Debian lacks comes from 13.
choose_suite() {
  local ID='' VERSION_ID='' VERSION_CODENAME=''
  # shellcheck disable=SC1091
  . /etc/os-release
  distribution=$ID codename=$VERSION_CODENAME suite=$VERSION_CODENAME components='main universe'
  keyring=/usr/share/keyrings/$ID-archive-keyring.gpg
  if [[ $ID == debian ]]; then
    components=main
    ((${VERSION_ID:-99} >= 13)) || suite=trixie
  fi
  [[ -e $keyring ]] || { say "there is no Debian or Ubuntu here to take it from"; return 1; }
}

# apt with all its state in the work directory verifies what it downloads, needs no root and changes nothing of the
# system. The machine's Acquire settings (proxies) hold; its hooks, pins and other index targets do not.
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

  # The machine's own sources, in either format, say where the mirror is. A third party's that uses the same suite
  # names does no harm: only what the distribution's key has signed is taken.
  apt-get update --print-uris 2>>"$part/log" | sed -nE \
    "s#^'(.*)/dists/($codename|stable|oldstable)(-security)?/InRelease'.*#deb [signed-by=$keyring] \1 $suite\3 $components#p" |
    sort -u >"$part/sources.list"
  printf '%s "%s";\n' Dir::Etc::sourcelist "$part/sources.list" Dir::Etc::sourceparts /dev/null >>"$APT_CONFIG"
}

# In the background, because bash runs no trap while it waits for a foreground command; in a session of its own, so
# that the trap can end it with all its children.
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

# unpack_into DIRECTORY
unpack_into() {
  local deb
  say "unpacking into $root ..."
  for deb in "$part"/cache/*.deb; do logged dpkg-deb -x "$deb" "$1"; done
}

clean_up() {
  local status=$?
  trap '' INT TERM HUP
  if [[ ${job:-} ]] && kill -- "-$job" 2>/dev/null; then wait; fi
  if ((status > 0 && status < 128)); then
    say "not to be had:"
    # The first tell why, the last what was wanted in vain.
    { grep '^[EW]:' "$part/log" || tail -n 4 "$part/log"; } 2>/dev/null | sed '4,${$!d}' >&2
  fi
  rm -rf "$part"
  ((status == 0 || status > 128)) || exit 1
}

fetch() {
  choose_suite
  choose_packages
  rm -rf "$part" "$root"
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  mkdir -p "$part"
  use_private_apt
  download
  build_root
  mv "$part/root" "$root"
}

find_or_fetch() {
  if find_wanted; then exit; fi
  [[ ${SRUN_FETCH:-on} != off ]] || exit 1
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock -n 9 || { say "waiting for another build that is fetching ..."; flock 9; }
  if find_wanted; then exit; fi
  fetch
  find_wanted
}

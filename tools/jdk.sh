#!/usr/bin/env bash
# tools/jdk.sh RELEASE: prints the home of a JDK of that release. Where the machine has none, Debian's or Ubuntu's
# packages are unpacked into a private cache; nothing is installed. Progress and reasons go to stderr; exit 1: none.
set -euo pipefail

release=${1:?usage: tools/jdk.sh RELEASE}
cache=${SRUN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/srun}
[[ $cache == /* ]] || cache=$PWD/$cache
root=$cache/jdk-$release  # what the packages hold: usr/lib/jvm/..., usr/lib/<triplet>, etc
part=$root.part

say() { echo "jdk $release: $*" >&2; }

is_wanted_jdk() {
  [[ -x $1/bin/javac ]] && grep -qsE "^JAVA_VERSION=\"$release\\b" "$1/release" && "$1/bin/java" -version 2>/dev/null
}

find_jdk() {
  local home
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/* "$root"/usr/lib/jvm/*; do
    if is_wanted_jdk "$home"; then
      (cd -P "$home" && pwd)
      return
    fi
  done
  return 1
}

# Debian has had openjdk-21 since 13. On 12 its packages run with the C library they were built for.
choose_packages() {
  local ID='' VERSION_ID='' VERSION_CODENAME=''
  # shellcheck disable=SC1091
  . /etc/os-release
  codename=$VERSION_CODENAME suite=$VERSION_CODENAME components='main universe'
  keyring=/usr/share/keyrings/$ID-archive-keyring.gpg
  packages=("openjdk-$release-jre-headless" "openjdk-$release-jdk-headless")
  [[ $ID != debian ]] || components=main
  if [[ $ID == debian ]] && ((${VERSION_ID:-99} < 13)); then
    suite=trixie packages+=(libc6 libgcc-s1 libstdc++6 zlib1g patchelf)
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
  say "fetching $suite's openjdk-$release, $(awk '{ n += $3 } END { printf "%d", n / 1e6 }' "$part/uris") MB ..."
  logged env -C "$part/cache" apt-get download "${packages[@]}"
}

unpack() {
  local deb link
  say "unpacking into $root ..."
  for deb in "$part"/cache/*.deb; do logged dpkg-deb -x "$deb" "$part/tree"; done
  home=$(echo "$part/tree/usr/lib/jvm/java-$release"-openjdk-*)
  rm -rf "$home"/{jmods,man,docs}
  find "$home" -lname '/etc/java-*' | while read -r link; do
    ln -sfn "$root$(readlink "$link")" "$link"
  done
}

# The launchers and jspawnhelper name the unpacked C library; what they load is found through them.
use_unpacked_libc() {
  local loader libc file
  loader=$(echo "$part"/tree/usr/lib/*-linux-gnu*/ld-linux-*.so.*)
  libc=${loader%/*}
  for file in "$home"/bin/* "$home/lib/jspawnhelper"; do
    logged "$loader" --library-path "$libc" "$part/tree/usr/bin/patchelf" \
      --set-interpreter "${loader/#"$part/tree"/$root}" \
      --force-rpath --set-rpath "${libc/#"$part/tree"/$root}:\$ORIGIN:\$ORIGIN/../lib" "$file"
  done
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

fetch_jdk() {
  choose_packages
  rm -rf "$part" "$root"
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  mkdir -p "$part"
  use_private_apt
  download
  unpack
  [[ $suite == "$codename" ]] || use_unpacked_libc
  mv "$part/tree" "$root"
}

main() {
  local override=JAVA${release}_HOME
  override=${!override:-}
  if [[ $override ]]; then
    [[ $override != none ]] || exit 1
    is_wanted_jdk "$override" || { say "JAVA${release}_HOME=$override is no JDK $release"; exit 1; }
    echo "$override"; exit
  fi
  if find_jdk; then exit; fi
  [[ ${SRUN_FETCH:-on} != off ]] || exit 1
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock -n 9 || { say "waiting for another build that is fetching ..."; flock 9; }
  if find_jdk; then exit; fi
  fetch_jdk
  find_jdk
}

main

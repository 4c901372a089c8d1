#!/usr/bin/env bash
# tools/jdk.sh RELEASE: prints the home of a JDK of that release. Where the machine has none, Debian's or Ubuntu's
# packages are unpacked into a private cache; nothing is installed. Progress and reasons go to stderr; exit 1: none.
set -euo pipefail
# shellcheck source=tools/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

release=${1:?usage: tools/jdk.sh RELEASE}
keep_as "jdk-$release" "jdk $release"  # what the packages hold: usr/lib/jvm/..., usr/lib/<triplet>, etc

is_wanted_jdk() {
  [[ -x $1/bin/javac ]] && grep -qsE "^JAVA_VERSION=\"$release\\b" "$1/release" && "$1/bin/java" -version 2>/dev/null
}

find_wanted() {
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
  packages=("openjdk-$release-jre-headless" "openjdk-$release-jdk-headless")
  [[ $suite == "$codename" ]] || packages+=(libc6 libgcc-s1 libstdc++6 zlib1g patchelf)
}

build_root() {
  local link
  unpack_into "$part/root"
  home=$(echo "$part/root/usr/lib/jvm/java-$release"-openjdk-*)
  rm -rf "$home"/{jmods,man,docs}
  find "$home" -lname '/etc/java-*' | while read -r link; do
    ln -sfn "$root$(readlink "$link")" "$link"
  done
  [[ $suite == "$codename" ]] || use_unpacked_libc
}

# The launchers and jspawnhelper name the unpacked C library; what they load is found through them.
use_unpacked_libc() {
  local loader libc file
  loader=$(echo "$part"/root/usr/lib/*-linux-gnu*/ld-linux-*.so.*)
  libc=${loader%/*}
  for file in "$home"/bin/* "$home/lib/jspawnhelper"; do
    logged "$loader" --library-path "$libc" "$part/root/usr/bin/patchelf" \
      --set-interpreter "${loader/#"$part/root"/$root}" \
      --force-rpath --set-rpath "${libc/#"$part/root"/$root}:\$ORIGIN:\$ORIGIN/../lib" "$file"
  done
}

main() {
  local override=JAVA${release}_HOME
  override=${!override:-}
  if [[ $override ]]; then
    [[ $override != none ]] || exit 1
    is_wanted_jdk "$override" || { say "JAVA${release}_HOME=$override is no JDK $release"; exit 1; }
    echo "$override"; exit
  fi
  find_or_fetch
}

main

#!/usr/bin/env bash
# tools/monitors.sh: prints the directory that holds prometheus, promtool and victoria-metrics, for the tests that
# have them read what srun tells. Debian's or Ubuntu's packages are unpacked into a private cache; nothing is installed.
# Progress and reasons go to stderr; exit 1: none.
set -euo pipefail
# shellcheck source=tools/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

wanted=(prometheus promtool victoria-metrics)
keep_as monitors monitors

find_wanted() {
  local program
  for program in "${wanted[@]}"; do "$root/$program" --version >/dev/null 2>&1 || return 1; done
  echo "$root"
}

# They need nothing but a C library and libzstd, and what was built for Debian 13 does with those of 12. On Ubuntu
# promtool comes with prometheus.
choose_packages() {
  packages=(prometheus victoria-metrics)
  [[ $distribution != debian ]] || packages+=(promtool)
}

build_root() {
  local program
  unpack_into "$part/tree"
  mkdir "$part/root"
  for program in "${wanted[@]}"; do mv "$part/tree/usr/bin/$program" "$part/root"; done
}

find_or_fetch

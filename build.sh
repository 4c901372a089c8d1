#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'USAGE'
usage: ./build.sh COMMAND

  run [args]        build the wallet example and run it in the foreground
  test [--all]      all tests, on JDK 21 and on JDK 25; --all: also the slow ones, without --enable-preview,
                    with a real systemd, Prometheus and VictoriaMetrics, with servers of other libraries (examples/servers),
                    and whether two clean builds make the same jar
  package           make target/srun-*.jar, the wallet's jar and the bench's jar
  bench [pattern]   run the benchmarks whose name matches, and whatever else JMH's command line takes
  bench start [N]   start small programs N times, srun's beside those of others, and tell how long it took
  bench stop [N]    stop some of them N times, idle and under load, and tell how long that took
  bench plots       draw what was measured into bench/plots, and write it as tables
  format            format the sources
  jdks              say which JDKs are used
  clean             delete what was built

A JDK that is missing is fetched into ~/.cache/srun; so are, for test --all, systemd, Prometheus
  and VictoriaMetrics. Maven fetches libraries into ~/.m2; those of examples/servers for test --all only. Settings:
  JAVA21_HOME, JAVA25_HOME   the JDK to use, or none to do without
  SRUN_FETCH=off             fetch nothing of that
  SRUN_CACHE                 another place for what is fetched
USAGE
}

say() { echo "==> $*"; }
die() { echo "build.sh: $*" >&2; exit 1; }

find_jdks() {
  jdk21=$(tools/jdk.sh 21) || jdk21=
  jdk25=$(tools/jdk.sh 25) || jdk25=
  newest=${jdk25:-$jdk21}
  [[ $newest ]] || die "needs JDK 21 or 25 and found neither"
}

say_what_is_left_out() {
  [[ $jdk21 ]] || say "no JDK 21: StructuredTaskScope of JDK 21 is not built, and nothing is run on JDK 21"
  [[ $jdk25 ]] || say "no JDK 25: StructuredTaskScope of JDK 25 is not built, and nothing is run on JDK 25"
}

# The tests that have a real Prometheus or VictoriaMetrics watch a program are skipped where there is none.
find_monitors() {
  SRUN_TEST_MONITORS=$(tools/monitors.sh) || SRUN_TEST_MONITORS=
  export SRUN_TEST_MONITORS
  [[ $SRUN_TEST_MONITORS ]] || say "no Prometheus nor VictoriaMetrics: what real ones make of srun is not tested"
}

# A real systemd supervises programs there, of a version without Type=notify-reload (12) and of one with it (13).
find_systemd() {
  local ID='' VERSION_CODENAME='' suite
  # shellcheck disable=SC1091
  . /etc/os-release
  local suites=("$VERSION_CODENAME")
  [[ $ID != debian ]] || suites=(bookworm trixie)
  SRUN_TEST_SYSTEMD=
  for suite in "${suites[@]}"; do SRUN_TEST_SYSTEMD+=" $(tools/systemd.sh "$suite")" || true; done
  SRUN_TEST_SYSTEMD=${SRUN_TEST_SYSTEMD## }
  export SRUN_TEST_SYSTEMD
  [[ $SRUN_TEST_SYSTEMD ]] ||
    say "no systemd that can be booted (it takes root, cgroup v2 and Debian's packages): what a real one makes of srun is not tested"
}

# Programs with servers of other libraries, of which no other test needs the jars. One that does not compile is a failure.
build_servers() {
  local offline=()
  SRUN_TEST_SERVERS=
  [[ ${SRUN_FETCH:-} != off ]] || offline=(--offline)
  if maven -f examples/servers/pom.xml "${offline[@]}" clean dependency:copy-dependencies@libraries; then
    build_module examples/servers
    SRUN_TEST_SERVERS=$PWD/examples/servers/target
  else
    say "no libraries for examples/servers (mvn -f examples/servers/pom.xml package fetches them from Maven Central): upgrades with Javalin, Jetty, Netty, gRPC, Tomcat, Undertow and Vert.x are not tested"
  fi
  export SRUN_TEST_SERVERS
}

# bench start|stop [ROUNDS [JVM-FLAG...]], plots, or what JMH takes
bench() {
  local run=("$newest/bin/java" "${unwarned[@]}" --enable-preview)
  case ${1:-} in
    start | stop)
      say "building the programs"
      build_if_stale examples/wallet
      maven -f bench/programs/pom.xml package
      local main=ColdStartBench
      [[ $1 == start ]] || main=StopBench
      exec "${run[@]}" -cp bench/target/bench.jar "dev.srun.bench.start.$main" "${@:2}" ;;
    plots) exec "${run[@]}" -cp bench/target/bench.jar dev.srun.bench.plot.Plots "${@:2}" ;;
  esac
  mkdir -p bench/target/results
  exec "${run[@]}" -jar bench/target/bench.jar -rf json \
    -rff "bench/target/results/jmh-$(date -u +%Y%m%dT%H%M%S).json" "$@"
}

find_browser() {
  local browser
  for browser in chromium chromium-headless-shell chromium-browser google-chrome; do
    if command -v $browser >/dev/null; then return; fi
  done
  say "no Chromium: the page of the admin server is not looked at in a browser"
}

prepare() {
  command -v mvn >/dev/null || die "needs Maven 3.8 or newer: apt-get install --no-install-recommends maven"
  find_jdks
  say_what_is_left_out
  export JAVA_HOME=$newest
  # Warnings only: with -q the compiler's would be lost, and they fail the build.
  MAVEN_OPTS="${MAVEN_OPTS:-} -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Djansi.noreset=true -XX:TieredStopAtLevel=1"
  # What Maven and JMH do that JDK 25 warns about.
  unwarned=()
  [[ -z $jdk25 ]] || unwarned=(--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)
  export MAVEN_OPTS+=" ${unwarned[*]}"
  [[ -d $HOME/.m2/repository/com/diffplug ]] || say "first build: Maven fetches its plugins, which takes a minute or two"
}

maven() {
  mvn --batch-mode --no-transfer-progress -Dstyle.color=never \
    ${jdk21:+"-Djdk21=$jdk21"} ${jdk25:+"-Djdk25=$jdk25"} "$@"
}

# is_stale BUILT SOURCE...: whether a source is newer
is_stale() {
  [[ ! -e $1 ]] || [[ $(find "${@:2}" -name target -prune -o -newer "$1" -print -quit) ]]
}

install_core() {
  # Maven does not see that an adapter depends on the classes compiled just before it, nor that all tests are gone.
  if is_stale target/classes pom.xml src/main; then rm -rf target/{classes,test-classes,maven-status}; fi
  if is_stale target/test-classes src/test; then rm -rf target/test-classes; fi
  maven install -DskipTests "$@"
}

build_module() {
  rm -f "$1"/target/*.jar  # Maven would leave one alone whose manifest alone is old
  maven -f "$1/pom.xml" package -DskipTests
}

build_if_stale() {
  if is_stale "$1/target/${1##*/}.jar" pom.xml src/main "$1"; then
    say "building $1"
    install_core -Dspotless.check.skip
    build_module "$1"
    touch "$1/target/${1##*/}.jar"  # Maven leaves a jar alone whose contents are the same
  fi
}

# run_tests MODULE RELEASE [JVM-FLAG]: runs the compiled tests of a module on one JDK
run_tests() {
  local home=jdk$2 run=jdk$2${3:+-preview} title="JDK $2${3:+ $3}, ${1/#./srun}" verdict='' counts
  local reports=$1/target/surefire-reports/$run parts=(surefire:test) part
  [[ $1 != . ]] || parts=(surefire:test@default-test surefire:test@processes)
  home=${!home}
  [[ $home ]] || return 0
  rm -rf "$reports"
  for part in "${parts[@]}"; do
    maven -f "$1/pom.xml" "$part" "-Djvm=$home/bin/java" "-DargLine=${3:-}" "-Dtest.run=$run" \
      "-Dtest.excluded=$excluded" || verdict='FAILED: '
  done
  counts=$(count_tests "$reports")
  [[ $counts != 0* ]] || verdict='FAILED: '
  [[ ! $verdict ]] || failed=true
  summary+=("$verdict$title: $counts")
  say "$verdict$title: $counts"
}

count_tests() {
  cat "$1"/TEST-*.xml 2>/dev/null | tr '\n' ' ' | { grep -oE '<testsuite [^>]*>' || true; } | awk '
    function value(name) { return match($0, " " name "=\"[0-9]+") ? substr($0, RSTART + length(name) + 3) + 0 : 0 }
    { tests += value("tests"); skipped += value("skipped"); bad += value("failures") + value("errors") }
    END {
      printf "%d passed", tests - skipped - bad
      if (bad) printf ", %d failed", bad
      if (skipped) printf ", %d skipped", skipped
    }' || true
}

check_that_the_jar_is_reproducible() {
  local first
  for _ in 1 2; do
    maven clean package -DskipTests
    first=${first:-$(sha256sum target/srun-*.jar)}
  done
  [[ $first == "$(sha256sum target/srun-*.jar)" ]] || die "two clean builds made different jars"
}

test_everything() {
  local all=${1:-} module release flag flags=(--enable-preview)
  excluded=slow summary=() failed=false SECONDS=0
  case $all in
    '') ;;
    --all) excluded='' flags+=('') ;;
    *) die "test takes --all or nothing" ;;
  esac
  prepare
  if [[ $all ]]; then
    find_monitors
    find_systemd
    find_browser
    say "two clean builds"
    check_that_the_jar_is_reproducible
  fi
  say "building"
  install_core
  build_module examples/wallet
  build_module bench
  if [[ $all ]]; then build_servers; fi
  for module in . examples/wallet; do
    for release in 21 25; do
      for flag in "${flags[@]}"; do run_tests "$module" "$release" "$flag"; done
    done
  done
  echo
  printf '%s\n' "${summary[@]}"
  say_what_is_left_out
  say "$SECONDS s"
  ! $failed || die "tests failed; reports and output are in */target/surefire-reports"
}

main() {
  local command=${1:-help}
  shift || true
  case $command in
    run)
      prepare
      build_if_stale examples/wallet
      exec "$newest/bin/java" --enable-preview -jar examples/wallet/target/wallet.jar "$@" ;;
    test) test_everything "$@" ;;
    package)
      prepare
      install_core
      build_module examples/wallet
      build_module bench
      ls target/srun-*.jar examples/wallet/target/wallet.jar bench/target/bench.jar ;;
    bench)
      prepare
      build_if_stale bench
      bench "$@" ;;
    format) prepare; maven spotless:apply ;;
    jdks) find_jdks; printf '%s\n' "JDK 21: ${jdk21:-none}" "JDK 25: ${jdk25:-none}" ;;
    clean) rm -rf target examples/*/target bench/target bench/programs/*/target ;;
    help | -h | --help) usage ;;
    *) usage >&2; die "no command $command" ;;
  esac
}

main "$@"

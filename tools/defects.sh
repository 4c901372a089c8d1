#!/usr/bin/env bash
# Breaks the core on purpose, one way at a time, in a copy, and shows that the tests notice.
# usage: tools/defects.sh [NAME...]    without a name: all of them; about half a minute each
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

main=src/main/java/dev/srun
copy=target/defects
fake='StartTest,RunTest,StopTest,TakeOverTest,ReserveTest,DrainPhaseTest,LeakTest,FaultMatrixTest'
health='HealthTest,HealthCheckTest,HealthBusTest,JudgeTest,dev.srun.LivenessTest'
names=("$@")
caught=() missed=()

say() { echo "==> $*"; }
die() { echo "defects.sh: $*" >&2; exit 1; }

# defect NAME FILE OLD NEW [TESTS]: replaces the one place where OLD stands
defect() {
  local name=$1 file=$2 old=$3 new=$4 tests=${5:-$fake} log=$copy/$1.log failed
  [[ ${#names[@]} == 0 || " ${names[*]} " == *" $name "* ]] || return 0
  cp "$main/$file" "$copy/$main/$file"
  OLD=$old NEW=$new perl -0pi -e '
    my $n = () = /\Q$ENV{OLD}\E/g;
    die "stands $n times, expected once: $ENV{OLD}\n" unless $n == 1;
    s/\Q$ENV{OLD}\E/$ENV{NEW}/' "$copy/$main/$file" || die "$name no longer fits $file"
  (cd "$copy" && run_tests "$tests") >"$log" 2>&1 || true
  cp "$main/$file" "$copy/$main/$file"
  ! grep -q 'COMPILATION ERROR' "$log" || die "$name does not compile, see $log"
  failed=$(grep -cE '^\[ERROR\]   [A-Za-z]+Test' "$log" || true)
  if ((failed)); then
    caught+=("$name")
    say "$name: caught by $failed, such as $(grep -m1 -oE '^\[ERROR\]   [A-Za-z]+Test[.:>A-Za-z]*' "$log" | cut -c11-)"
  elif grep -q 'There was a timeout' "$log"; then
    caught+=("$name")
    say "$name: caught, the tests did not end"
  else
    missed+=("$name")
    say "$name: NOT CAUGHT, see $log"
  fi
}

run_tests() {
  mvn --batch-mode -Dstyle.color=never test -Dspotless.check.skip -Dsurefire.timeout=240 \
    -DargLine=--enable-preview -Dsurefire.failIfNoSpecifiedTests=false "-Dtest=$1" "-Djvm=$JAVA_HOME/bin/java"
}

prepare() {
  JAVA_HOME=$(tools/jdk.sh 25 || tools/jdk.sh 21) || die "needs JDK 21 or 25"
  export JAVA_HOME
  export MAVEN_OPTS="${MAVEN_OPTS:-} -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -XX:TieredStopAtLevel=1"
  rm -rf "$copy"
  mkdir -p "$copy"
  tar cf - --exclude=./target --exclude=./.git --exclude=./examples --exclude=./bench . | tar xf - -C "$copy"
}

prepare

defect no-roll-back StopSequence.java \
  'current = lastStage + 1;' \
  'current = lastStage + 1 == stages.size() ? lastStage + 1 : 0;'
defect stop-called-twice PhaseThreads.java \
  'case STOP -> service.stop(context);' \
  'case STOP -> { service.stop(context); service.stop(context); }'
defect stopped-forward StopSequence.java \
  'List<Slot> stage = stages.get(current);' \
  'List<Slot> stage = stages.get(stages.size() - 1 - current);'
defect no-reserve Budget.java \
  'graceEnd - reserve.plus(OVERTIME).toNanos()' \
  'graceEnd - OVERTIME.toNanos()'
defect second-signal-ignored Lifecycle.java \
  'signals >= 2 && !hurried' \
  'signals >= 200 && !hurried'
defect no-baton Lookout.java \
  'boolean done = supervisor.takeOver();' \
  'boolean done = false;' \
  'TakeOverTest#whileUp*' # the others would wait until the fake clock has no more patience
defect ready-while-stopping Program.java \
  'return allRunning && request.asked() == null && wellbeing.letsBeReady();' \
  'return allRunning && wellbeing.letsBeReady();'
defect init-without-limit StartSequence.java \
  'deadlines.limit(slot, slot.definition().initTimeout());' \
  ''
defect owned-is-not-closed StopSequence.java \
  'if (slot.progress() != Progress.STOPPING || slot.context()' \
  'if (slot.progress() != Progress.OVER || slot.context()'
defect later-cause-wins StopRequest.java \
  'return asked.get() == null && asked.compareAndSet(null, first);' \
  'return asked.getAndSet(first) == null;'
defect rest-not-asked-in-overtime StopSequence.java \
  'deadlines.moveLimit(slot, end);
      } else {
        beginStop(slot);' \
  'deadlines.moveLimit(slot, end);
      } else {
        over(slot);'
defect no-report Findings.java \
  'program.log().say(Level.ERROR, "srun", straggler.toString(), new LogDetail.Stuck(straggler));' \
  '' \
  'FaultProcessTest,process.BudgetTest'
defect call-in-exit-is-waited-for SignalReceiver.java \
  'if (slot.isStopping() && !slot.isOver()) {' \
  'if (slot.isOver() && !slot.isOver()) {' \
  'ForeignExitTest'
defect no-end-from-outside Lookout.java \
  'if (!program.isOver()) {' \
  'if (program.isOver()) {'

defect dependents-not-told HealthTable.java \
  'open.addAll(changed.dependents());' \
  '' \
  "$health"
defect first-check-not-awaited StartSequence.java \
  'if (!checks.beginFirst(slot)) {' \
  'if (!checks.beginFirst(slot) || slot.isBegun()) {' \
  "$health"
defect hanging-check-not-interrupted HealthChecks.java \
  'threads.interrupt(slot, CHECK);' \
  'threads.interrupt(slot, EnumSet.noneOf(Phase.class));' \
  "$health"
defect checked-twice-at-a-time HealthChecks.java \
  '!slot.isStopping() && !isUnderWay();' \
  '!slot.isStopping();' \
  "$health"
defect latest-health-is-missed HealthSubscriber.java \
  'queued.set(position, ABSENT); // before its health is read, so that no change is lost
        tell(entry, position);' \
  'tell(entry, position);
        queued.set(position, ABSENT);' \
  "$health"
defect throwing-listener-is-closed HealthSubscriber.java \
  'failed(health, e);' \
  'failed(health, e);
      closed = true;' \
  "$health"
defect missed-beat-is-live Liveness.java \
  'return silent.isEmpty();' \
  'return true;' \
  "$health"

admin='DebugDoorTest,AdminServerTest,ProfilerTest,StatusTest,RequestLimitTest,HttpOptionsTest'
defect debug-open-to-rebound-pages admin/DebugDoor.java \
  '!LOOPBACK_NAME.matcher(hosts.getFirst()).matches()' \
  '!LOOPBACK_NAME.matcher(hosts.getFirst()).find()' \
  "$admin"
defect debug-open-to-other-sites admin/DebugDoor.java \
  'return foreign ? "a page' \
  'return foreign && host == null ? "a page' \
  "$admin"
defect debug-token-not-compared admin/DebugDoor.java \
  'return MessageDigest.isEqual(token, given);' \
  'return given.length > 0 && MessageDigest.isEqual(token, token);' \
  "$admin"
defect two-profiles-at-a-time admin/ProfileTurn.java \
  'return holder.compareAndExchange(null, next);' \
  'return null;' \
  "$admin"
defect profile-outlives-its-client admin/Profiler.java \
  'if (clientIsGone.test(exchange)) {' \
  'if (clientIsGone.test(exchange) && seconds < 0) {' \
  "$admin"
defect degraded-is-refused admin/Probes.java \
  'return status.health().status().works();' \
  'return status.health().status() == HealthStatus.HEALTHY;' \
  "$admin"
defect half-a-request-holds-a-thread http/TimeLimits.java \
  'return new Reading(Math.min(after(HURRIED), deadline), deadline);' \
  'return new Reading(Math.max(after(HURRIED), NEVER), Math.max(deadline, NEVER));' \
  "$admin"

defect lambda-in-every-start Supervisor.java \
  'program.log().debug("srun", "services run in " + scope.description());' \
  'Runnable tells = () -> program.log().debug("srun", scope.description()); tells.run();' \
  ColdStartTest
defect watchdog-looks-on-after-the-end Watchdog.java \
  'if (ended || program.isOver()) {' \
  'if (ended) {' \
  WatchdogTest

upgrade='FailedUpgradeTest,InheritanceTest,ReplacedTest,ListenerTableTest,UpgradeLifecycleTest,PidFileTest'
defect gate-stands-open upgrade/ListenerTable.java \
  'open = false;' \
  'open = true;' \
  "$upgrade"
defect child-that-fails-lives-on upgrade/Handover.java \
  'child.end(accepts, logger);' \
  '' \
  "$upgrade"
defect unwell-child-stays upgrade/Child.java \
  'thisIsWell.getAsBoolean() ?' \
  'thisIsWell == null ?' \
  "$upgrade"
defect unwell-like-its-parent-gives-way upgrade/Child.java \
  'thisIsWell.getAsBoolean() ?' \
  'thisIsWell != null ?' \
  "$upgrade"
defect child-is-not-told-to-leave upgrade/Child.java \
  'if (accepts && process.isAlive()) {' \
  'if (!accepts && process.isAlive()) {' \
  "$upgrade"
defect asked-to-stop-is-not-said upgrade/Succession.java \
  'case Cause.Asked asked -> !asked' \
  'case Cause.Asked asked -> asked' \
  "$upgrade"
defect asked-to-stop-is-not-believed upgrade/Child.java \
  'askedToStop = true;' \
  'askedToStop = said.size() > LINES;' \
  "$upgrade"
defect half-a-slow-start upgrade/Handover.java \
  'Duration half = options.slowStart().dividedBy(2);' \
  'Duration half = Duration.ZERO;' \
  "$upgrade"
defect services-wait-for-the-linker upgrade/Inheritance.java \
  'OtherProcess parent = OtherProcess.of(place.parent());' \
  'kernel.get();
    OtherProcess parent = OtherProcess.of(place.parent());' \
  "$upgrade"
defect all-clients-are-told-at-once http/InFlight.java \
  'return over == 0 ||' \
  'return over >= 0 ||' \
  'InFlightTest'
defect warm-up-fails-the-start Lifecycle.java \
  'if (failure.phase() == Phase.WARM_UP && !slot.isStopping()) {' \
  'if (failure.phase() == Phase.SETUP && !slot.isStopping()) {' \
  'WarmUpTest'
defect rehearsal-is-open-to-others http/RehearsalServer.java \
  'exchange.getRemoteAddress().equals(client)' \
  'client != null' \
  'dev.srun.http.RehearsalTest'
defect listeners-not-put-back upgrade/ListenerTable.java \
  'each(handed, Claim::putBack).ifPresent(e::addSuppressed);' \
  'each(List.<Claim>of(), Claim::putBack).ifPresent(e::addSuppressed);' \
  "$upgrade"
defect two-upgrades-at-a-time upgrade/Upgrader.java \
  'return switch (state.compareAndExchange(ALONE, upgrading)) {' \
  'return switch (state.getAndSet(upgrading).equals(ALONE) ? ALONE : ALONE) {' \
  "$upgrade"
defect exclusive-runs-twice StartSequence.java \
  'definition.exclusive() || ' \
  '' \
  "$upgrade"
defect exclusive-told-too-early Lifecycle.java \
  'slot.definition().exclusive() && slot.state() != ServiceState.STOPPED' \
  'slot.definition().exclusive() && !slot.isStopping()' \
  "$upgrade"
defect replaced-program-drains Drain.java \
  'boolean isReplaced = asked.cause() instanceof Cause.Upgraded;' \
  'boolean isReplaced = false;' \
  "$upgrade"
defect pid-file-of-another-is-removed upgrade/PidFile.java \
  '.strip().equals(Long.toString(pid))' \
  '.strip().length() > 0' \
  "$upgrade"

say "caught ${#caught[@]}, not caught ${#missed[@]}${missed:+: ${missed[*]}}"
((${#missed[@]} == 0))

package dev.srun.examples.servers;

import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;

/** gRPC's health service, whose status is misused to tell the PID: no protocol has to be built. */
final class PidService extends HealthGrpc.HealthImplBase {

  @Override
  public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> answer) {
    int pid = Math.toIntExact(ProcessHandle.current().pid());
    answer.onNext(HealthCheckResponse.newBuilder().setStatusValue(pid).build());
    answer.onCompleted();
  }
}

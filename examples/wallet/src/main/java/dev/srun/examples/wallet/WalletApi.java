package dev.srun.examples.wallet;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Context;
import dev.srun.Service;
import dev.srun.ServiceHealth;
import dev.srun.WarmedUp;
import dev.srun.examples.wallet.Ledger.Account;
import dev.srun.examples.wallet.Ledger.Audit;
import dev.srun.examples.wallet.Ledger.Transfer;
import dev.srun.examples.wallet.Refusal.Kind;
import dev.srun.http.HttpListener;
import dev.srun.http.SampleRequest;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/** The ledger over HTTP, in JSON. */
final class WalletApi implements Service, WarmedUp {
  private static final int LONGEST_BODY = 64 * 1024;
  private static final String RETRY_AFTER_SECONDS = "5";
  private static final int ROUNDS = 300;
  private static final String ACCOUNTS = "/accounts/";

  private record Answer(int status, String json) {

    static Answer of(int status, Consumer<JsonGenerator> fields) {
      StringWriter json = new StringWriter();
      try (JsonGenerator out = Fields.JSON.createGenerator(ObjectWriteContext.empty(), json)) {
        out.writeStartObject();
        fields.accept(out);
        out.writeEndObject();
      }
      return new Answer(status, json.append('\n').toString());
    }
  }

  @FunctionalInterface
  private interface Endpoint {
    Answer answer(HttpExchange exchange) throws Refusal, IOException, InterruptedException;
  }

  private final InetSocketAddress address;
  private final Ledger ledger;
  private volatile String outage = "";
  private volatile Requests requests; // null as long as nothing is told
  private HttpListener http;

  WalletApi(InetSocketAddress address, Ledger ledger) {
    this.address = address;
    this.ledger = ledger;
  }

  @Override
  public void init(Context ctx) throws IOException {
    ctx.health().subscribe("ledger", this::ledgerIs);
    http =
        ctx.http("api", address)
            .handle("POST /accounts", json("/accounts", this::open))
            .handle("GET /accounts/*", json("/accounts/*", this::account))
            .handle("POST /transfers", json("/transfers", this::transfer))
            .handle("GET /audit", json("/audit", exchange -> audit()));
  }

  @Override
  public void run(Context ctx) {
    http.open();
    ctx.ready();
    // The first who asks waits for the SDK, and of what is answered meanwhile nothing is told.
    requests = new Requests(ctx.tracer(), ctx.meter());
  }

  /**
   * Asks for an account that nobody has and has transfers refused that nobody can make. The audit
   * is left out: it reads all of the books.
   */
  @Override
  public void warmUp(Context ctx) throws IOException, InterruptedException {
    String nobody = "warm-up-" + UUID.randomUUID();
    String transfer =
        "{\"id\":\"%1$s\",\"from\":\"%1$s\",\"to\":\"%1$s-2\",\"amount\":1}".formatted(nobody);
    String account = "{\"account\":\"%s\",\"balance\":-1}".formatted(nobody);
    http.rehearse(
        ROUNDS,
        ctx.remaining(),
        SampleRequest.of("GET " + ACCOUNTS + nobody),
        SampleRequest.of("POST /transfers").withBody(transfer),
        SampleRequest.of("POST /accounts").withBody(account));
  }

  private void ledgerIs(ServiceHealth health) {
    outage = health.status().works() ? "" : health.toString();
  }

  private Answer open(HttpExchange exchange) throws Refusal, IOException, InterruptedException {
    Fields fields = body(exchange, "account", "balance");
    Account account = new Account(fields.name("account"), fields.amount("balance", 0));
    return account(ledger.open(account) ? 201 : 200, account);
  }

  private Answer account(HttpExchange exchange) throws Refusal, InterruptedException {
    String name = exchange.getRequestURI().getPath().substring(ACCOUNTS.length());
    if (!Fields.isName(name)) {
      throw unknown(name);
    }
    return account(200, ledger.account(name).orElseThrow(() -> unknown(name)));
  }

  private Answer transfer(HttpExchange exchange) throws Refusal, IOException, InterruptedException {
    Fields fields = body(exchange, "id", "from", "to", "amount");
    Transfer transfer =
        new Transfer(
            fields.name("id"), fields.name("from"), fields.name("to"), fields.amount("amount", 1));
    if (transfer.from().equals(transfer.to())) {
      throw Fields.refused("to", "expected another account than in from");
    }
    return Answer.of(
        ledger.transfer(transfer) ? 201 : 200,
        json ->
            json.writeStringProperty("id", transfer.id())
                .writeStringProperty("from", transfer.from())
                .writeStringProperty("to", transfer.to())
                .writeNumberProperty("amount", transfer.amount()));
  }

  private Answer audit() throws Refusal, InterruptedException {
    Audit audit = ledger.audit();
    return Answer.of(
        200,
        json ->
            json.writeNumberProperty("transfers", audit.transfers())
                .writeNumberProperty("sum", audit.sum()));
  }

  private static Answer account(int status, Account account) {
    return Answer.of(
        status,
        json ->
            json.writeStringProperty("account", account.name())
                .writeNumberProperty("balance", account.balance()));
  }

  private static Refusal unknown(String name) {
    return new Refusal(Kind.NOT_FOUND, "account: there is no " + name);
  }

  private static Fields body(HttpExchange exchange, String... fields) throws Refusal, IOException {
    byte[] body = exchange.getRequestBody().readNBytes(LONGEST_BODY + 1);
    if (body.length > LONGEST_BODY) {
      throw new Refusal(Kind.TOO_LARGE, "body: expected at most %d bytes".formatted(LONGEST_BODY));
    }
    return Fields.read(body, List.of(fields));
  }

  private void refuseInAnOutage() throws Refusal {
    String reason = outage;
    if (!reason.isEmpty()) {
      throw new Refusal(Kind.UNAVAILABLE, "try again later: " + reason);
    }
  }

  private HttpListener.Handler json(String route, Endpoint endpoint) {
    return exchange -> {
      Requests told = told(exchange);
      try (Requests.Request request = told.begin(exchange, route)) {
        try {
          Answer answer = answer(exchange, endpoint);
          HttpListener.respond(exchange, answer.status(), "application/json", answer.json());
          request.answered(answer.status());
        } catch (Throwable e) {
          request.failed(e);
          throw e;
        }
      }
    };
  }

  private Requests told(HttpExchange exchange) {
    Requests known = requests;
    return known == null || HttpListener.isRehearsed(exchange) ? Untold.REQUESTS : known;
  }

  /** Not made by a start, which would wait for OpenTelemetry to be loaded. */
  private static final class Untold {
    static final Requests REQUESTS = Requests.untold();
  }

  private Answer answer(HttpExchange exchange, Endpoint endpoint)
      throws IOException, InterruptedException {
    try {
      refuseInAnOutage();
      return endpoint.answer(exchange);
    } catch (Refusal refusal) {
      if (refusal.isForNow()) {
        exchange.getResponseHeaders().set("Retry-After", RETRY_AFTER_SECONDS);
      }
      return Answer.of(
          refusal.status(), json -> json.writeStringProperty("error", refusal.getMessage()));
    }
  }
}

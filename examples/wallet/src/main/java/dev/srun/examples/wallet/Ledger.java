package dev.srun.examples.wallet;

import dev.srun.Context;
import dev.srun.Service;
import dev.srun.examples.wallet.Database.Session;
import dev.srun.examples.wallet.Refusal.Kind;
import java.sql.SQLException;
import java.util.Optional;

/**
 * The books: whatever one account gets, another one gives, in one transaction. Opening balances are
 * given by the account {@value #OPENING}, so that all balances together are always zero.
 */
final class Ledger implements Service {

  /** Nobody's name, see {@link Fields#name}; and never below what a long can hold. */
  private static final String OPENING = "(opening)";

  private static final String TAKE =
      "UPDATE accounts SET balance = balance - ? WHERE name = ? AND balance >= ?";
  private static final String GIVE = "UPDATE accounts SET balance = balance + ? WHERE name = ?";
  private static final String SAME_TRANSFER =
      "SELECT 1 FROM transfers WHERE id = ? AND giver = ? AND taker = ? AND amount = ?";
  private static final String AUDIT =
      "SELECT (SELECT COUNT(*) FROM transfers), SUM(balance) FROM accounts WHERE name <> ?";

  /** An account and its balance, in minor units. */
  record Account(String name, long balance) {}

  /** An amount, in minor units, on its way from one account to another. */
  record Transfer(String id, String from, String to, long amount) {}

  /**
   * What the books add up to.
   *
   * @param transfers how many were made
   * @param sum all balances but that of {@value #OPENING}; transfers never change it
   */
  record Audit(long transfers, long sum) {}

  private final Database database;

  Ledger(Database database) {
    this.database = database;
  }

  @Override
  public void init(Context ctx) throws Refusal, InterruptedException {
    database.transaction(session -> {
      session.execute(
          """
          CREATE TABLE IF NOT EXISTS accounts (
            name VARCHAR(64) PRIMARY KEY,
            opening BIGINT NOT NULL,
            balance BIGINT NOT NULL)
          """);
      session.execute(
          """
          CREATE TABLE IF NOT EXISTS transfers (
            id VARCHAR(64) PRIMARY KEY,
            giver VARCHAR(64) NOT NULL REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
            taker VARCHAR(64) NOT NULL REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
            amount BIGINT NOT NULL CHECK (amount > 0))
          """);
      return session.insert("accounts", OPENING, 0, 0);
    });
  }

  @Override
  public void run(Context ctx) {}

  /** Opens an account; false if it was opened before, with the same balance. */
  boolean open(Account account) throws Refusal, InterruptedException {
    String name = account.name();
    long balance = account.balance();
    return database.transaction(session -> {
      if (session.insert("accounts", name, balance, balance)) {
        if (session.update(TAKE, balance, OPENING, balance - Long.MAX_VALUE) == 0) {
          throw new Refusal(Kind.IMPOSSIBLE, "balance: more than the books can hold");
        }
        return true;
      }
      if (session.exists("SELECT 1 FROM accounts WHERE name = ? AND opening = ?", name, balance)) {
        return false;
      }
      throw new Refusal(Kind.CONFLICT, "account: " + name + " was opened with another balance");
    });
  }

  /** Makes a transfer; false if the same was made before. */
  boolean transfer(Transfer transfer) throws Refusal, InterruptedException {
    Object[] values = {transfer.id(), transfer.from(), transfer.to(), transfer.amount()};
    return database.transaction(session -> {
      if (session.insert("transfers", values)) {
        move(session, transfer.from(), transfer.to(), transfer.amount());
        return true;
      }
      if (session.exists(SAME_TRANSFER, values)) {
        return false;
      }
      throw new Refusal(Kind.CONFLICT, "id: " + transfer.id() + " is another transfer");
    });
  }

  Optional<Account> account(String name) throws Refusal, InterruptedException {
    return database.use(session ->
        session.query(
            "SELECT balance FROM accounts WHERE name = ?",
            row -> new Account(name, row.getLong(1)),
            name));
  }

  Audit audit() throws Refusal, InterruptedException {
    return database
        .use(session ->
            session.query(AUDIT, row -> new Audit(row.getLong(1), row.getLong(2)), OPENING))
        .orElseThrow();
  }

  private static void move(Session session, String from, String to, long amount)
      throws SQLException, Refusal {
    // Rows are locked in the order of their names, so no two transfers wait for each other.
    if (from.compareTo(to) < 0) {
      take(session, from, amount);
      give(session, to, amount);
    } else {
      give(session, to, amount);
      take(session, from, amount);
    }
  }

  private static void take(Session session, String from, long amount) throws SQLException, Refusal {
    if (session.update(TAKE, amount, from, amount) == 0) {
      boolean exists = session.exists("SELECT 1 FROM accounts WHERE name = ?", from);
      throw new Refusal(
          Kind.IMPOSSIBLE,
          "from: " + (exists ? from + " has too little" : "there is no account " + from));
    }
  }

  private static void give(Session session, String to, long amount) throws SQLException, Refusal {
    if (session.update(GIVE, amount, to) == 0) {
      throw new Refusal(Kind.IMPOSSIBLE, "to: there is no account " + to);
    }
  }
}

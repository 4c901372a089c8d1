package dev.srun.upgrade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is on the wire. */
final class MessageTest {
  private static final Message LEGACY =
      new Message.Legacy(
          3,
          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          List.of(
              new Message.Entry("api", "0.0.0.0:0", "0.0.0.0:45678", false),
              new Message.Entry("größer", "unix:/run/x", "unix:/run/x", true)));

  static Stream<Message> messages() {
    return Stream.of(
        new Message.Hello(),
        new Message.MainProcess(),
        new Message.Stop(),
        new Message.Legacy(2, "", List.of()),
        LEGACY,
        new Message.Ready(),
        new Message.Enter(),
        new Message.Entered(),
        new Message.ExclusiveStopped(),
        new Message.Sockets(253),
        new Message.Said("ERROR shop.database failed in init: java.io.IOException: größer"),
        new Message.Unwell("database is UNHEALTHY"),
        new Message.Leave(),
        new Message.AskedToStop());
  }

  /** Without the length, which is checked. */
  private static byte[] body(Message message) {
    ByteBuffer bytes = message.bytes();
    assertEquals(bytes.remaining() - Integer.BYTES, bytes.getInt());
    byte[] body = new byte[bytes.remaining()];
    bytes.get(body);
    return body;
  }

  @ParameterizedTest
  @MethodSource("messages")
  void whatIsReadIsWhatWasWritten(Message message) throws Exception {
    assertEquals(message, Message.of(body(message)));
  }

  @Test
  void theBytesOfThisVersionStayWhatTheyAre() {
    assertEquals(ByteBuffer.wrap(new byte[] {0, 0, 0, 2, 4, 1}), new Message.Hello().bytes());
    assertEquals(
        ByteBuffer.wrap(new byte[] {0, 0, 0, 4, 4, 7, 1, 2}), new Message.Sockets(258).bytes());
    List<Byte> kinds = messages().map(MessageTest::body).map(body -> body[1]).toList();
    assertEquals(
        List.of(1, 12, 13, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
        kinds.stream().map(Byte::intValue).toList());
  }

  @ParameterizedTest
  @MethodSource("messages")
  void whatIsCutShortIsRefused(Message message) {
    byte[] whole = body(message);
    for (int length = 0; length < whole.length; length++) {
      byte[] half = Arrays.copyOf(whole, length);
      assertThrows(ProtocolException.class, () -> Message.of(half), message + " " + length);
    }
  }

  @ParameterizedTest
  @MethodSource("messages")
  void whatIsTooLongIsRefused(Message message) {
    byte[] whole = body(message);
    byte[] more = Arrays.copyOf(whole, whole.length + 3);
    var refused = assertThrows(ProtocolException.class, () -> Message.of(more));

    assertTrue(refused.getMessage().startsWith("3 bytes too many after "), refused::getMessage);
  }

  @Test
  void anotherVersionIsNamed() {
    byte[] next = body(new Message.Ready());
    next[0] = (byte) 200;
    var refused = assertThrows(ProtocolException.class, () -> Message.of(next));

    assertEquals("version 200 of the upgrade protocol; expected 4", refused.getMessage());
  }

  @Test
  void whateverIsLoggedFitsIntoAMessage() throws Exception {
    Message said = new Message.Said("ä".repeat(100_000));
    Message unwell = new Message.Unwell("\ud83d".repeat(100_000));

    assertEquals(said, Message.of(body(said)));
    assertEquals(unwell, Message.of(body(unwell)));
    assertTrue(said.bytes().remaining() < Message.LONGEST);
  }

  @Test
  void asManyListenersAsOneMessageTakesSocketsFit() {
    List<Message.Entry> entries =
        IntStream.range(0, SocketMessage.MOST_FDS)
            .mapToObj(
                i -> new Message.Entry("n".repeat(100), "unix:" + "p".repeat(107), "x" + i, false))
            .toList();

    assertTrue(new Message.Legacy(2, "", entries).bytes().remaining() < Message.LONGEST);
  }

  @Test
  void whateverBytesComeEitherMeanAMessageOrAreRefused() {
    Random random = new Random(20_240_607);
    List<byte[]> seeds = messages().map(MessageTest::body).toList();
    for (int i = 0; i < 50_000; i++) {
      byte[] bytes;
      if (i % 2 == 0) {
        bytes = new byte[random.nextInt(64)];
        random.nextBytes(bytes);
        if (bytes.length > 1) {
          bytes[0] = Message.VERSION;
          bytes[1] = (byte) random.nextInt(12);
        }
      } else {
        bytes = seeds.get(random.nextInt(seeds.size())).clone();
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        Message message = Message.of(bytes);
        assertEquals(message, Message.of(body(message)), () -> Arrays.toString(bytes));
      } catch (ProtocolException refused) {
        assertTrue(!String.valueOf(refused.getMessage()).isBlank());
      }
    }
  }
}

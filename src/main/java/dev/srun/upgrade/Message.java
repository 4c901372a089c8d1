package dev.srun.upgrade;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What the two generations say to one another. On the wire: the length of what follows in four
 * bytes, the version of the protocol and the kind in one byte each, and the fields.
 */
sealed interface Message {

  /** To be raised with every change of what is on the wire. */
  int VERSION = 4;

  /** Length, version and kind. */
  int HEAD = Integer.BYTES + 2;

  /** The most that a message may be long, its head not counted: 250 listeners and their names. */
  int LONGEST = 1 << 17;

  /** New process: it is there. Who it is, the system says. */
  record Hello() implements Message {}

  /**
   * Parent: what the child inherits. The {@linkplain Sockets sockets} follow in the same order, in
   * a message of their own: this one can be read by means of the JDK alone.
   *
   * @param generation the child's
   * @param trace the trace that the upgrade is part of, as W3C has it; empty where there is none
   */
  record Legacy(int generation, String trace, List<Entry> listeners) implements Message {

    private void write(DataOutputStream out) throws IOException {
      out.writeInt(generation);
      out.writeUTF(trace);
      out.writeShort(listeners.size());
      for (Entry entry : listeners) {
        out.writeUTF(entry.name);
        out.writeUTF(entry.requested);
        out.writeUTF(entry.address);
        out.writeBoolean(entry.lent);
      }
    }

    private static Legacy read(DataInputStream in) throws IOException {
      int generation = in.readInt();
      String trace = in.readUTF();
      int count = in.readUnsignedShort();
      List<Entry> listeners = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        listeners.add(new Entry(in.readUTF(), in.readUTF(), in.readUTF(), in.readBoolean()));
      }
      return new Legacy(generation, trace, listeners);
    }
  }

  /** One listener: its name, where it was asked to listen, where it does, and whose it is. */
  record Entry(String name, String requested, String address, boolean lent) {}

  /** Parent: the sockets, which come with it. */
  record Sockets(int count) implements Message {}

  /** Child: every service is RUNNING. */
  record Ready() implements Message {}

  /** Parent: the child may accept. */
  record Enter() implements Message {}

  /** Child: it accepts. */
  record Entered() implements Message {}

  /** Old process: who supervises the program follows the new process from now on, not this one. */
  record MainProcess() implements Message {}

  /** Old process: the program is to stop, and the new process with it. */
  record Stop() implements Message {}

  /** Parent: what must not run twice has stopped. */
  record ExclusiveStopped() implements Message {}

  /** Child, at any time: what it has logged. */
  record Said(String line) implements Message {

    /** The longest line that is told whole. */
    static final int LONGEST_LINE = 2_000;

    public Said {
      if (line.length() > LONGEST_LINE) {
        line = line.substring(0, LONGEST_LINE) + "...";
      }
    }
  }

  /** Child, once it accepts: it is not well. */
  record Unwell(String why) implements Message {
    public Unwell {
      why = new Said(why).line;
    }
  }

  /** Parent: it serves again, and the child is to go. */
  record Leave() implements Message {}

  /** Child, before it closes the line: it stops because somebody wanted it to, not of a failure. */
  record AskedToStop() implements Message {}

  private int kind() {
    return switch (this) {
      case Hello hello -> 1;
      case Legacy legacy -> 2;
      case Ready ready -> 3;
      case Enter enter -> 4;
      case Entered entered -> 5;
      case ExclusiveStopped stopped -> 6;
      case Sockets sockets -> 7;
      case Said said -> 8;
      case Unwell unwell -> 9;
      case Leave leave -> 10;
      case AskedToStop asked -> 11;
      case MainProcess main -> 12;
      case Stop stop -> 13;
    };
  }

  /** What goes over the wire. */
  default ByteBuffer bytes() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(body)) {
      switch (this) {
        case Hello hello -> {}
        case Legacy legacy -> legacy.write(out);
        case Ready ready -> {}
        case Enter enter -> {}
        case Entered entered -> {}
        case ExclusiveStopped stopped -> {}
        case Sockets sockets -> out.writeShort(sockets.count);
        case Said said -> out.writeUTF(said.line);
        case Unwell unwell -> out.writeUTF(unwell.why);
        case Leave leave -> {}
        case AskedToStop asked -> {}
        case MainProcess main -> {}
        case Stop stop -> {}
      }
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot be written", e);
    }
    return ByteBuffer.allocate(HEAD + body.size())
        .putInt(body.size() + 2)
        .put((byte) VERSION)
        .put((byte) kind())
        .put(body.toByteArray())
        .flip();
  }

  /**
   * Reads a message, its length not included.
   *
   * @throws ProtocolException if it is none of this version
   */
  static Message of(byte[] text) throws ProtocolException {
    if (text.length < 2) {
      throw new ProtocolException("a message of " + text.length + " bytes");
    }
    if (text[0] != VERSION) {
      throw new ProtocolException(
          "version %d of the upgrade protocol; expected %d".formatted(text[0] & 0xff, VERSION));
    }
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(text, 2, text.length - 2))) {
      Message message =
          switch (text[1]) {
            case 1 -> new Hello();
            case 2 -> Legacy.read(in);
            case 3 -> new Ready();
            case 4 -> new Enter();
            case 5 -> new Entered();
            case 6 -> new ExclusiveStopped();
            case 7 -> new Sockets(in.readUnsignedShort());
            case 8 -> new Said(in.readUTF());
            case 9 -> new Unwell(in.readUTF());
            case 10 -> new Leave();
            case 11 -> new AskedToStop();
            case 12 -> new MainProcess();
            case 13 -> new Stop();
            default -> throw new ProtocolException("a message of unknown kind " + text[1]);
          };
      if (in.available() > 0) {
        throw new ProtocolException(in.available() + " bytes too many after " + message);
      }
      return message;
    } catch (ProtocolException e) {
      throw e;
    } catch (IOException e) {
      throw new ProtocolException("a message of kind " + text[1] + " that is cut short");
    }
  }
}

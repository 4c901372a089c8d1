package dev.srun.upgrade;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A struct msghdr with all that it leads to: one iovec for the text, and control data (cmsghdr) for
 * file descriptors. Laid out as the kernel has them on 64-bit machines, whatever the libc.
 */
final class SocketMessage implements AutoCloseable {

  /** How many file descriptors one message can take: SCM_MAX_FD. */
  static final int MOST_FDS = 253;

  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_CTRUNC = 8;

  private static final int IOV = 8 + 8;
  private static final int CONTROL = IOV + 16;
  private static final int CONTROL_LENGTH = CONTROL + 8;
  private static final int FLAGS = CONTROL_LENGTH + 8;
  private static final int IOVEC = FLAGS + 8;
  private static final int CONTROL_DATA = IOVEC + 16;
  private static final int CONTROL_HEADER = 16;
  private static final int MOST_CONTROL_DATA = CONTROL_HEADER + MOST_FDS * Integer.BYTES;
  private static final int TEXT = CONTROL_DATA + (MOST_CONTROL_DATA + 7) / 8 * 8;

  private final Memory memory;
  private final ByteBuffer bytes;

  private SocketMessage(int textLength, SystemCalls system) {
    this.memory = system.memory(TEXT + textLength);
    this.bytes = memory.bytes();
    bytes.putLong(IOV, address() + IOVEC).putLong(IOV + 8, 1);
    bytes.putLong(IOVEC, address() + TEXT).putLong(IOVEC + 8, textLength);
    bytes.putLong(CONTROL, address() + CONTROL_DATA);
  }

  static SocketMessage toSend(ByteBuffer text, List<Integer> fds, SystemCalls system)
      throws IOException {
    if (!text.hasRemaining()) {
      throw new IllegalArgumentException("a message has at least a byte");
    }
    if (fds.size() > MOST_FDS) {
      throw new IOException(
          "a message takes " + MOST_FDS + " file descriptors at most, not " + fds.size());
    }
    SocketMessage message = new SocketMessage(text.remaining(), system);
    message.bytes.put(TEXT, text, text.position(), text.remaining());
    if (!fds.isEmpty()) {
      message.put(fds);
    }
    return message;
  }

  private void put(List<Integer> fds) {
    int length = CONTROL_HEADER + fds.size() * Integer.BYTES;
    bytes.putLong(CONTROL_LENGTH, length);
    bytes.putLong(CONTROL_DATA, length);
    bytes.putInt(CONTROL_DATA + 8, SOL_SOCKET).putInt(CONTROL_DATA + 12, SCM_RIGHTS);
    for (int i = 0; i < fds.size(); i++) {
      bytes.putInt(CONTROL_DATA + CONTROL_HEADER + i * Integer.BYTES, fds.get(i));
    }
  }

  static SocketMessage toReceive(int mostBytes, SystemCalls system) {
    if (mostBytes <= 0) {
      throw new IllegalArgumentException("no room for a byte: " + mostBytes);
    }
    SocketMessage message = new SocketMessage(mostBytes, system);
    message.bytes.putLong(CONTROL_LENGTH, MOST_CONTROL_DATA);
    return message;
  }

  long address() {
    return memory.address();
  }

  /** Leaves out what has been sent; file descriptors go with the first byte. */
  void sent(int count) {
    bytes.putLong(IOVEC, bytes.getLong(IOVEC) + count);
    bytes.putLong(IOVEC + 8, bytes.getLong(IOVEC + 8) - count);
    bytes.putLong(CONTROL_LENGTH, 0);
  }

  /** Whether there is more to send. */
  boolean isLeft() {
    return bytes.getLong(IOVEC + 8) > 0;
  }

  /** What has been received, as an array of its own. */
  ByteBuffer text(int length) {
    byte[] text = new byte[length];
    bytes.get(TEXT, text);
    return ByteBuffer.wrap(text);
  }

  /** The file descriptors that came, which are this process's from then on. */
  List<Integer> fds() {
    List<Integer> fds = new ArrayList<>();
    int end = CONTROL_DATA + (int) bytes.getLong(CONTROL_LENGTH);
    int at = CONTROL_DATA;
    while (at + CONTROL_HEADER <= end) {
      int length = (int) bytes.getLong(at);
      boolean isRights = bytes.getInt(at + 8) == SOL_SOCKET && bytes.getInt(at + 12) == SCM_RIGHTS;
      for (int fd = at + CONTROL_HEADER; isRights && fd + 4 <= at + length; fd += 4) {
        fds.add(bytes.getInt(fd));
      }
      at += Math.max(CONTROL_HEADER, (length + 7) / 8 * 8);
    }
    return fds;
  }

  /** Whether more came than could be taken. */
  boolean isTruncated() {
    return (bytes.getInt(FLAGS) & MSG_CTRUNC) != 0;
  }

  @Override
  public void close() {
    memory.close();
  }
}

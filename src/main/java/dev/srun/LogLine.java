package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One line of the log, already text: nothing in it is user code any more.
 *
 * @param scope the logger's name
 * @param stackTrace null where there is no error
 */
record LogLine(
    Instant at,
    Level level,
    String scope,
    String message,
    String thread,
    @Nullable String stackTrace)
    implements LogWriter.Entry {}

/**
 * A service runner: start a program's services in order, watch them, stop them in reverse.
 *
 * <p>Enter at {@link dev.srun.Srun}: {@code runOrExit} for a {@code main()}, {@code run} for the
 * same without ending the process, {@code start} to embed a program in another or in a test. What a
 * program registers implements {@link dev.srun.Service} or {@link dev.srun.Task}; what it receives
 * is a {@link dev.srun.Context}; how it ended is an {@link dev.srun.Exit}.
 *
 * <p>Nothing here is null unless it is marked {@code @Nullable}.
 */
@NullMarked
package dev.srun;

import org.jspecify.annotations.NullMarked;

/**
 * The running program replaced by another that inherits its listening sockets: what is listened on,
 * and both sides of the handing over.
 */
@NullMarked
package dev.srun.upgrade;

import org.jspecify.annotations.NullMarked;

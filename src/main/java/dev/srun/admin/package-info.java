/**
 * The admin server: probes, the state of the services, metrics and debug tools over HTTP. An
 * ordinary service, registered first and so stopped last; see {@link dev.srun.Config#admin}.
 */
@NullMarked
package dev.srun.admin;

import org.jspecify.annotations.NullMarked;

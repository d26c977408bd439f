// Memory that is used again at once, as other libraries' is, by counting references or by hand.
import { tidy } from "adjoint";

/** What `compute` makes ends with the call; the last results are kept for the check. */
export const tidied = (compute, check) => ({
  work: () =>
    tidy(() => {
      compute();
    }),
  check: () => check(compute()),
});

/** What `compute` makes is left to the collector. */
export const untidy = (compute, check) => ({ work: compute, check });

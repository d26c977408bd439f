/** How long the tests of this folder are, as a multiple of what they are by themselves: ADJOINT_STRESS=10, say. */
export const length = Number(process.env.ADJOINT_STRESS ?? 1);

/** For every test here, in milliseconds. */
export const patience = 300_000 * Math.max(1, length);

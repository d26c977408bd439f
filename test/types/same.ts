/** Whether two types are the same, not merely assignable to each other. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile unless the type argument is `true`. */
export const check = <T extends true>(): T | undefined => undefined;

/** Fails to compile, and says which, where a list of names is not empty. */
export const none = <T extends never>(): T | undefined => undefined;

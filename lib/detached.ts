/** Whether the bytes of a buffer have been transferred to another thread: no property says so before Node 21. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

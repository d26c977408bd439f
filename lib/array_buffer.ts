/** Whether the bytes of a buffer have been transferred to another thread: no property says so before Node 21. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** The memory of a buffer, which has none any more. Throws where it cannot leave its place, or may not. */
export const movedBuffer = (buffer: ArrayBuffer): ArrayBuffer =>
  structuredClone(buffer, { transfer: [buffer] });

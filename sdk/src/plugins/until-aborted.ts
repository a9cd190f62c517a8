/** The work's own end, or the signal's reason as soon as it is aborted; a late answer is dropped. */
export async function untilAborted<Value>(
  work: () => Value | Promise<Value>,
  abortSignal: AbortSignal | undefined,
): Promise<Value> {
  abortSignal?.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(abortSignal?.reason);
  abortSignal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    abortSignal?.removeEventListener('abort', onAbort);
  }
}

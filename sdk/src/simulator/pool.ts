/** Runs work on each item, a few at a time; the first failure stops the rest from being started. */
export async function runEach<T>(
  items: readonly T[],
  { concurrency }: { readonly concurrency: number },
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  let failed = false;
  const worker = async () => {
    for (const [index, item] of queue) {
      if (failed) return;
      try {
        await work(item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(
    Array.from({ length: Math.min(concurrency, items.length) }, worker),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

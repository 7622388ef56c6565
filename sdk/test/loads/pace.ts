/**
 * Calls `task` at an even rate, whether or not those before it have ended: a server that is late finds the requests
 * of clients that did not wait for it.
 */
export async function pace(
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
  task: (index: number) => Promise<unknown>,
): Promise<void> {
  const start = performance.now();
  const count = Math.round(perSecond * seconds);
  const running: Promise<unknown>[] = [];
  for (let index = 0; index < count; index += 1) {
    const wait = start + (index / perSecond) * 1000 - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    running.push(task(index));
  }
  await Promise.all(running);
}

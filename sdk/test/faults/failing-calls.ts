import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Whether system calls of another process can be made to fail: strace is there, and may trace. */
export const canInject = (() => {
  const sleeper = spawn('sleep', ['1'], { stdio: 'ignore' });
  // Ends when the traced process does.
  return spawnSync('strace', ['-f', '-o', '/dev/null', '-p', String(sleeper.pid)]).status === 0;
})();

/**
 * Makes system calls of a process fail from now on, until the process ends.
 *
 * @param fault as of `strace -e inject`, such as `fsync:error=EIO:when=3`; calls are counted from now on
 */
export async function failCalls({ pid }: Pick<ChildProcess, 'pid'>, fault: string): Promise<void> {
  const args = ['-f', '-o', '/dev/null', '-e', `trace=${fault.split(':')[0]}`, '-e', `inject=${fault}`];
  const strace = spawn('strace', [...args, '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [said] = await Promise.race([once(strace.stderr, 'data'), once(strace, 'exit')]);
  if (!String(said).includes('attached')) throw new Error(`strace: ${said}`);
}

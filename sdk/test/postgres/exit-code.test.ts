import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test.each([0, 1, 3])('a run that started PostgreSQL and ended with %i ends with that', (code) => {
  const cluster = new URL('cluster.ts', import.meta.url).href;
  const script = `await import(${JSON.stringify(cluster)}); process.exitCode = ${code};`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: code, stderr: '' });
});

// Starts a PostgreSQL of this run's own, unless TEST_DATABASE_URL names one.
import type { TestProject } from 'vitest/node';
import { createCluster } from './cluster.ts';

export default async function startPostgres(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined && given !== '') {
    project.provide('postgresUrl', given);
    return async () => {};
  }
  const cluster = await createCluster();
  project.provide('postgresUrl', cluster.url);
  return () => cluster.remove();
}

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

// Tests read `scimkit` from its sources, so that none of them passes on an old build.
const scimkit = [
  { find: /^scimkit$/, replacement: path('./sdk/src/index.ts') },
  { find: /^scimkit\/express$/, replacement: path('./sdk/src/adapters/express.ts') },
  { find: /^scimkit\/node$/, replacement: path('./sdk/src/adapters/node.ts') },
  { find: /^scimkit\/record$/, replacement: path('./sdk/src/recorder/record.ts') },
  { find: /^scimkit\/replay$/, replacement: path('./sdk/src/recorder/replay.ts') },
  { find: /^scimkit\/simulate$/, replacement: path('./sdk/src/simulator/simulate.ts') },
  { find: /^scimkit\/verify$/, replacement: path('./sdk/src/verifier/verify.ts') },
];

// As in tsconfig.json: copied source imports what the app it lands in calls `@/…`.
const components = [
  { find: /^@\/components\/ui\//, replacement: path('./components/ui/') },
  { find: /^@\/components\/scim\//, replacement: path('./registry/enterprise-scim/components/scim/') },
  { find: /^@\/lib\/scim\//, replacement: path('./registry/enterprise-scim/lib/scim/') },
  { find: /^@\/hooks\/scim\//, replacement: path('./registry/enterprise-scim/hooks/scim/') },
  { find: /^@\/lib\/utils$/, replacement: path('./components/lib/utils.ts') },
];

// What takes long is tried on PostgreSQL with SCIMKIT_POSTGRES=all.
const ON_BOTH_DATABASES = [
  'sdk/src/http/*.test.ts',
  'sdk/test/events/*.test.ts',
  'sdk/test/faults/{apply-killed,client-drops,event-gap,kill-app,lost-answer,migrate-at-once,migrate-in-traffic}.test.ts',
  'sdk/test/faults/{failing-handlers,one-external-id,one-name,paused-dispatcher,two-phase-killed}.test.ts',
  'sdk/test/guard/*.test.ts',
  'sdk/test/{activity,configure,cursor-paging,deep-pages,filter-agreement,isolation,large-groups,nested-groups,search}.test.ts',
  'sdk/test/{dry-run,first-rules,groups-policy,linking,mapping,people-return,reconcile,restored,roles,root-search,seats}.test.ts',
  'sdk/test/{sign-in,timeline,two-phase,undo}.test.ts',
  'server-example/src/directory-hooks.test.ts',
  'server-example/test/stop-under-load.test.ts',
  // Those of the long run, on both.
  ...(process.env.SCIMKIT_RUNS === undefined
    ? []
    : ['sdk/test/loads/*.test.ts', 'sdk/test/faults/{killing,slow}-handlers.test.ts']),
  ...(process.env.SCIMKIT_POSTGRES === 'all'
    ? [
        'sdk/src/cli/*.test.ts',
        'sdk/test/{bulk,patch-agreement,profiles}.test.ts',
        'sdk/test/faults/{clock-skew,later-version}.test.ts',
        'sdk/test/loads/noisy-connection.test.ts',
        'sdk/test/requirements/*.test.ts',
        'server-example/src/{api-keys,app,held-routes,play-routes,session,setup-routes}.test.ts',
        'server-example/test/{contract,resource-types,scenarios,sequences,simulate,tolerances}.test.ts',
      ]
    : []),
];

// Under row-level security, as a user it binds; every push tries some of it.
const ON_GUARDED_TABLES = [
  'sdk/test/{nested-groups,root-search}.test.ts',
  ...(process.env.SCIMKIT_RUNS === undefined && process.env.SCIMKIT_POSTGRES !== 'all'
    ? []
    : [
        'sdk/src/http/*.test.ts',
        'sdk/test/events/*.test.ts',
        'sdk/test/{bulk,cursor-paging,filter-agreement,isolation,patch-agreement,profiles}.test.ts',
      ]),
];

export default defineConfig({
  resolve: { alias: [...scimkit, ...components] },
  test: {
    reporters: ['default', path('./scripts/evidence/reporter.ts')],
    setupFiles: [path('./scripts/evidence/setup.ts')],
    // Left to itself Vitest leaves a core free, which on two cores is half of them.
    maxWorkers: Math.max(2, availableParallelism()),
    // Every commit waits for a disk that others may be using.
    testTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'sdk',
          include: ['sdk/src/**/*.test.ts', 'sdk/test/**/*.test.ts'],
          exclude: ['sdk/test/postgres/**'],
        },
      },
      {
        extends: true,
        // What is said of the store, the command and Harbor holds on both databases.
        test: {
          name: 'postgres',
          include: [...ON_BOTH_DATABASES, '{sdk,server-example}/test/postgres/**/*.test.ts'],
          globalSetup: ['sdk/test/postgres/start-postgres.ts', 'server-example/test/build-sdk.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'guarded',
          include: ON_GUARDED_TABLES,
          globalSetup: ['sdk/test/postgres/start-guarded-postgres.ts'],
        },
      },
      { extends: true, test: { name: 'registry', include: ['registry/**/*.test.{ts,tsx}'] } },
      { extends: true, test: { name: 'scripts', include: ['scripts/**/*.test.ts'] } },
      { extends: true, test: { name: 'server', include: ['server-example/src/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'sequences',
          include: ['server-example/test/**/*.test.ts'],
          exclude: ['server-example/test/postgres/**'],
          globalSetup: ['server-example/test/build-sdk.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['server-example/e2e/**/*.test.ts', 'sdk/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});

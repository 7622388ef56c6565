#!/usr/bin/env node
// Starts the command, from its sources in a checkout and else as built, on a Node that can run it.
// Plain JavaScript that older Nodes read too, so that they can say what is missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (relative) => new URL(relative, import.meta.url);
const isCheckout = existsSync(at('../src/cli/main.ts'));

if (isNewEnough()) {
  hideExperimentalWarnings();
  const { main } = await import(isCheckout ? at('../src/cli/main.ts') : at('../dist/cli/main.js'));
  process.exitCode = await main(process.argv);
} else {
  process.exitCode = runOnPackagedNode();
}

/** node:sqlite needs no flag from Node 22.13 on; TypeScript needs none from 22.18 on. */
function isNewEnough() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= (isCheckout ? 18 : 13));
}

/** node:sqlite and type stripping announce themselves on stderr; that is no news to whoever runs a command. */
function hideExperimentalWarnings() {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = (warning, ...details) => {
    const type = typeof details[0] === 'string' ? details[0] : details[0]?.type;
    if (type !== 'ExperimentalWarning') emitWarning(warning, ...details);
  };
}

/** The Node that the `node` package brings along in this repository. */
function runOnPackagedNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const packaged = fileURLToPath(at(`../../node_modules/node/bin/${name}`));
  if (!existsSync(packaged)) {
    console.error(
      `scimkit needs Node 22.13 or newer, and this is ${process.versions.node}. Install Node 24.`,
    );
    return 1;
  }
  const { status, error } = spawnSync(packaged, process.argv.slice(1), { stdio: 'inherit' });
  if (error) console.error(`${packaged} could not be started: ${error.message}`);
  return status ?? 1;
}

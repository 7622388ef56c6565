// Runs one task of this repository on Node 24, from whatever Node (18 or newer) started it:
// installs what is missing, finds the Node of the `node` npm package, hands over.
// Built-in modules only: it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === 'win32';

const [task, ...taskArguments] = process.argv.slice(2);
const taskFile = join(root, 'scripts', `${task}.mjs`);
if (!task || task === 'start' || !existsSync(taskFile)) {
  fail(`Usage: node scripts/start.mjs <task>. Tasks: ${listTasks().join(', ')}.`);
}

if (!isInstalled()) install();
runTask(findNode());

function listTasks() {
  return readdirSync(join(root, 'scripts'), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.mjs') && entry.name !== 'start.mjs')
    .map((entry) => entry.name.slice(0, -'.mjs'.length));
}

/** Whether node_modules holds exactly what the lockfile names; packages for other platforms may be absent. */
function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    if (!found) return Boolean(entry.optional || entry.devOptional);
    return found.version === entry.version;
  });
}

function readPackages(file) {
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

function install() {
  console.log('Installing what package-lock.json names (npm ci) …');
  const result = spawnSync('npm', ['ci'], { cwd: root, stdio: 'inherit', shell: windows });
  if (result.error)
    fail(`npm could not be started: ${result.error.message}. Install Node.js with npm, then retry.`);
  if (result.status !== 0) fail('npm ci failed; its messages are above. Mend what they name, then retry.');
}

/** The Node 24 of the `node` npm package, else the running one where it is new enough. */
function findNode() {
  const packaged = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
  if (existsSync(packaged)) return packaged;
  if (runsTypeScript(process.versions.node)) {
    console.warn(
      `The Node of the "node" package is not installed; going on with Node ${process.versions.node}.`,
    );
    return process.execPath;
  }
  return fail(
    [
      `This needs Node 24, and Node ${process.versions.node} is running.`,
      'The "node" package brings Node 24 along, but its install script did not run: install scripts are',
      'disabled, here or in your npm configuration. Either run',
      '',
      '  npm rebuild node --ignore-scripts=false --foreground-scripts',
      '',
      'or allow install scripts (npm config set ignore-scripts false) and run npm ci, or use Node 24 or newer.',
    ].join('\n'),
  );
}

/** Node runs .ts files without a flag from 22.18 on. */
function runsTypeScript(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major >= 24 || (major === 22 && minor >= 18);
}

function runTask(node) {
  const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const child = spawn(node, [taskFile, ...taskArguments], {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${node} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

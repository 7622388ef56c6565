// Sends bad requests to scimkit, to be run with a small heap: node little-memory.ts PART COUNT SEED DATABASE.
// Prints one line of JSON: how many of which outcome, what was wrong, and the most memory held.
import { readFileSync } from 'node:fs';
import { createScim } from '../../src/index.ts';
import { createDice, type Dice } from '../support/dice.ts';
import { arbitraryRequest, judgeRequest } from './http-requests.ts';
import { arbitraryJson, brokenBytes, brokenJson } from './json-texts.ts';

const [part = 'json', count = '1', seed = '1', database = 'sqlite::memory:'] = process.argv.slice(2);
const BASE = 'https://app.example/scim/v2';
const errors: string[] = [];
const scim = createScim({
  database,
  pepper: 'a pepper for tests',
  endpointUrl: BASE,
  logger: { error: (message) => void errors.push(message), warn: () => {}, info: () => {} },
  limits: { rateLimit: false, failedAuthenticationsPerMinute: false },
});
const { scimApiKey } = (await scim.management.createScimConnection({ customerId: 'acme' })).getOrThrow();
const tried: Record<string, number> = {};
const faults: string[] = [];
for (let index = 0; index < Number(count); index += 1) {
  const dice = createDice(Number(seed) + Math.imul(index, 0x2545f491));
  const { outcome, fault } = await attempt(dice);
  tried[outcome] = (tried[outcome] ?? 0) + 1;
  if (fault !== undefined) faults.push(`input ${index} with seed ${seed}: ${fault}`.slice(0, 500));
}
faults.push(...errors);
await scim.close();
console.log(JSON.stringify({ tried, faults, peakMegabytes: readPeak() }));

async function attempt(
  dice: Dice,
): Promise<{ readonly outcome: string; readonly fault: string | undefined }> {
  if (part === 'requests') {
    const { request, expected } = arbitraryRequest(dice, { base: BASE, key: scimApiKey });
    const response = await scim.fetch(request);
    await response.arrayBuffer();
    return { outcome: toOutcome(response), fault: judgeRequest(response.status, expected) };
  }
  const body = part === 'groups' ? largeGroup(dice) : anyBody(dice);
  const response = await scim.fetch(
    new Request(
      `${BASE}${part === 'groups' ? '/Groups' : dice.pick(['/Users', '/Users/.search', '/Bulk', '/Groups'])}`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${scimApiKey}` },
        body,
      },
    ),
  );
  const text = await response.text();
  const isRight = response.status >= 200 && response.status < 500;
  return { outcome: toOutcome(response), fault: isRight ? undefined : `${response.status} ${text}` };
}

function toOutcome({ status }: Response): string {
  return status < 400 ? 'accepted' : 'refused';
}

function anyBody(dice: Dice): string | Uint8Array<ArrayBuffer> {
  if (dice.oneIn(40)) return `{"a":${'['.repeat(1 + dice.int(1_000_000))}`;
  if (dice.oneIn(40)) return `{"a":"${'x'.repeat(dice.int(1 << 20))}"}`;
  if (dice.oneIn(40)) return `[${'1,'.repeat(dice.int(1 << 19))}1]`;
  return dice.pick([
    () => arbitraryJson(dice).text,
    () => brokenJson(dice),
    () => new Uint8Array(brokenBytes(dice)),
  ])();
}

/** Just below 16 MiB of members nobody knows, and bodies that are too large or too many. */
function largeGroup(dice: Dice): string {
  const member = dice.pick([
    '{"value":"00000000-0000-7000-8000-000000000000"}',
    '{"value":"00000000-0000-7000-8000-000000000000","display":"somebody with a long name of ninety characters and more"}',
    '1',
    '{"value":"x","$ref":"https://app.example/scim/v2/Users/x","type":"User","display":"x"}',
  ]);
  const size = dice.pick([16_700_000, 16_777_216, 20_000_000, 8_000_000]);
  return `{"displayName":"g","members":[${`${member},`.repeat(Math.floor(size / (member.length + 1)))}${member}]}`;
}

/** The kernel's own figure; elsewhere than on Linux what Node knows. */
function readPeak(): number {
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
  } catch {
    return Math.round(process.resourceUsage().maxRSS / 1024);
  }
}

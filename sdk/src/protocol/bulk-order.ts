/** What an operation waits for. */
export interface BulkDependencies {
  /** The bulkId others know what it creates by; undefined = it creates nothing. */
  readonly creates: string | undefined;
  /** References it cannot be carried out without. */
  readonly needs: ReadonlySet<string>;
  /** References that can be written afterwards. */
  readonly wants: ReadonlySet<string>;
  /** The resource it changes; operations on one resource keep their order. */
  readonly changes: string | undefined;
}

/** One step of a bulk request. */
export type BulkStep = {
  /** Place of the operation in the request. */
  readonly index: number;
  /**
   * `whole`: carry it out. `begin`: carry it out without what it wants, and `complete` it later.
   * `refuse`: it needs what cannot exist before itself.
   */
  readonly kind: 'whole' | 'begin' | 'complete' | 'refuse';
};

interface Node {
  readonly index: number;
  readonly creates: boolean;
  readonly needs: readonly number[];
  /** Unmet needs and wants. */
  needed: number;
  wanted: number;
  state: 'waiting' | 'begun' | 'completed';
  readonly whenBegun: (() => void)[];
  readonly whenCompleted: (() => void)[];
}

/**
 * Puts operations in an order in which each reference stands for something already created (RFC 7644 §3.7.1):
 * that of the request, except that an operation waits for those it refers to. Where references run in a
 * circle, one that can be written later is; a circle of needs is refused.
 */
export function orderOperations(operations: readonly BulkDependencies[]): readonly BulkStep[] {
  const nodes = connect(operations);
  const steps: BulkStep[] = [];

  const finish = (node: Node) => {
    node.state = 'completed';
    for (const tell of node.whenCompleted) tell();
  };
  const take = (node: Node, kind: 'whole' | 'begin' | 'refuse') => {
    steps.push({ index: node.index, kind });
    node.state = 'begun';
    for (const tell of node.whenBegun) tell();
    if (kind !== 'begin') finish(node);
  };
  const completeBegun = () => {
    for (const node of nodes) {
      if (node.state !== 'begun' || node.wanted > 0) continue;
      steps.push({ index: node.index, kind: 'complete' });
      finish(node);
    }
  };

  for (let left = nodes.length; left > 0; left -= 1) {
    const ready = nodes.find((node) => isWaiting(node) && node.needed === 0 && node.wanted === 0);
    const startable = ready ?? nodes.find((node) => isWaiting(node) && node.needed === 0);
    if (ready !== undefined) take(ready, 'whole');
    else if (startable !== undefined) take(startable, 'begin');
    else take(findInCircle(nodes), 'refuse');
    completeBegun();
  }
  return steps;
}

function connect(operations: readonly BulkDependencies[]): readonly Node[] {
  const creators = new Map<string, number>();
  for (const [index, { creates }] of operations.entries())
    if (creates !== undefined) creators.set(creates, index);
  const lastChanges = new Map<string, number>();
  const nodes = operations.map((operation, index): Node => {
    const { creates, changes } = operation;
    const earlier = changes === undefined ? undefined : lastChanges.get(changes);
    if (changes !== undefined) lastChanges.set(changes, index);
    const needs = new Set(toIndices(operation.needs, creators));
    if (earlier !== undefined) needs.add(earlier);
    return {
      index,
      creates: creates !== undefined,
      needs: [...needs],
      needed: needs.size,
      wanted: 0,
      state: 'waiting',
      whenBegun: [],
      whenCompleted: [],
    };
  });
  for (const node of nodes) {
    for (const need of node.needs) {
      const list = node.creates ? nodes[need]?.whenBegun : nodes[need]?.whenCompleted;
      list?.push(() => {
        node.needed -= 1;
      });
    }
    const wants = toIndices(operations[node.index]?.wants ?? new Set(), creators);
    node.wanted = wants.length;
    for (const want of wants) {
      nodes[want]?.whenBegun.push(() => {
        node.wanted -= 1;
      });
    }
  }
  return nodes;
}

function toIndices(bulkIds: ReadonlySet<string>, creators: ReadonlyMap<string, number>): readonly number[] {
  return [...bulkIds].flatMap((bulkId) => creators.get(bulkId) ?? []);
}

function isWaiting(node: Node): boolean {
  return node.state === 'waiting';
}

/**
 * When nothing can start, some that create need each other in a circle: those that create nothing are needed by
 * nobody but each other, in the order of the request. Following needs from any of them ends in the circle.
 */
function findInCircle(nodes: readonly Node[]): Node {
  const seen = new Set<Node>();
  let node = nodes.find((candidate) => isWaiting(candidate) && candidate.creates);
  while (node !== undefined && !seen.has(node)) {
    seen.add(node);
    const next = node.needs.find((need) => nodes[need]?.state === 'waiting');
    node = next === undefined ? undefined : nodes[next];
  }
  if (node === undefined) throw new Error('Operations wait for each other without a circle.');
  return node;
}

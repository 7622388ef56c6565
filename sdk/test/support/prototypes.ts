/** What parsers and PATCH could reach and must never touch (I15). */
const PROTOTYPES: readonly object[] = [
  Object.prototype,
  Array.prototype,
  Function.prototype,
  String.prototype,
  Number.prototype,
  Boolean.prototype,
  Map.prototype,
  Set.prototype,
  RegExp.prototype,
  Date.prototype,
  Error.prototype,
  Promise.prototype,
];

const sizes = PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).length);
const contents = PROTOTYPES.map(describe);

function describe(prototype: object): readonly unknown[] {
  const keys = Reflect.ownKeys(prototype);
  const values = keys.map((key) => {
    const { value, get, set } = Object.getOwnPropertyDescriptor(prototype, key) ?? {};
    return [value, get, set];
  });
  return [Object.getPrototypeOf(prototype), ...keys, ...values.flat()];
}

/** @throws Error when a built-in prototype has gained or lost a name since this module was loaded. Cheap. */
export function requirePrototypeNames(): void {
  for (const [index, prototype] of PROTOTYPES.entries()) {
    if (Reflect.ownKeys(prototype).length !== sizes[index])
      throw new Error(`The prototype of ${prototype.constructor.name} has changed.`);
  }
}

/** Names of the built-in types whose prototype is not what it was, down to each value. */
export function findChangedPrototypes(): readonly string[] {
  return PROTOTYPES.filter((prototype, index) => {
    const now = describe(prototype);
    const before = contents[index] ?? [];
    return now.length !== before.length || now.some((part, place) => !Object.is(part, before[place]));
  }).map((prototype) => prototype.constructor.name);
}

import { createApp } from './app.ts';
import { readEnvironment } from './environment.ts';

try {
  const { port, ...options } = readEnvironment(process.env);
  const harbor = await createApp(options);
  const { url } = await harbor.listen(port);

  // A second signal, such as the terminal's own beside npm's, changes nothing: the first is being obeyed.
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      harbor.close().then(() => process.exit(0), fail);
    });
  }
  console.log(`Harbor is ready on ${options.publicUrl ?? url}`);
} catch (error) {
  fail(error);
}

function fail(error: unknown): never {
  console.error(`Harbor cannot run: ${explain(error)}`);
  process.exit(1);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'the port is in use. Choose another one with PORT=3001.';
  const { RESOURCE_TYPES } = process.env;
  const isDeclaration = error instanceof TypeError && RESOURCE_TYPES;
  return isDeclaration
    ? `${error.message} It is declared in RESOURCE_TYPES=${RESOURCE_TYPES}.`
    : error.message;
}

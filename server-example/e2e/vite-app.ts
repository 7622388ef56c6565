import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** A command of an installed package, run by the Node that runs the tests. */
function runPackage(
  script: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
) {
  return run(process.execPath, [join(root, 'node_modules', script), ...args], {
    ...options,
    maxBuffer: 64 * 1024 * 1024,
  });
}

/**
 * A fresh app from create-vite's react-ts template with Tailwind and shadcn set up as their guides say.
 *
 * It lies inside the repository, so that it finds the packages installed there without a network, and
 * declares them, so that the shadcn CLI has nothing to install.
 *
 * @param style `radix-…` or `base-…`, as shadcn's own `init` writes it.
 */
export async function createViteApp(style: string) {
  const parent = mkdtempSync(join(root, 'server-example/e2e/.app-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  await runPackage('create-vite/index.js', ['app', '--template', 'react-ts', '--no-interactive'], {
    cwd: parent,
  });
  const folder = join(parent, 'app');
  // A repository of its own, as real apps are: linters then look no further up for what to ignore.
  await run('git', ['init', '--quiet'], { cwd: folder });
  const path = (name: string) => join(folder, name);
  const edit = (name: string, change: (text: string) => string) =>
    writeFileSync(path(name), change(readFileSync(path(name), 'utf8')));

  declarePackages(edit);
  const paths = '"paths": { "@/*": ["./src/*"] }';
  edit('tsconfig.json', (text) =>
    text.replace('"files": [],', `"files": [], "compilerOptions": { ${paths} },`),
  );
  edit('tsconfig.app.json', (text) => text.replace('"jsx": "react-jsx",', `"jsx": "react-jsx", ${paths},`));
  writeFileSync(path('vite.config.ts'), VITE_CONFIG);
  writeFileSync(path('src/index.css'), readFileSync(join(root, 'components/theme.css')));
  mkdirSync(path('src/lib'));
  writeFileSync(path('src/lib/utils.ts'), readFileSync(join(root, 'components/lib/utils.ts')));
  writeFileSync(path('components.json'), JSON.stringify({ ...COMPONENTS_JSON, style }));
  writeFileSync(path('src/App.tsx'), APP);

  return {
    folder,
    /** `npx shadcn add URL -y -o`, with the primitives of `shadcnRegistry` in place of shadcn's own. */
    add: (url: string, shadcnRegistry: string) =>
      runPackage('shadcn/dist/index.js', ['add', url, '-y', '-o'], {
        cwd: folder,
        env: { ...process.env, REGISTRY_URL: shadcnRegistry },
      }),
    /** What the template's own `npm run build` does. */
    async build() {
      await runPackage('typescript/bin/tsc', ['-b'], { cwd: folder });
      await runPackage('vite/bin/vite.js', ['build'], { cwd: folder });
    },
    /** The template's own linter, with its own rules. */
    lint: () => runPackage('oxlint/bin/oxlint', ['src'], { cwd: folder }),
  };
}

/** The versions installed here are those the app asks for. */
function declarePackages(edit: (name: string, change: (text: string) => string) => void): void {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  edit('package.json', (text) => {
    const manifest = JSON.parse(text) as { dependencies: Record<string, string> };
    return JSON.stringify(
      { ...manifest, dependencies: { ...devDependencies, ...manifest.dependencies } },
      null,
      2,
    );
  });
}

const VITE_CONFIG = `import path from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@': path.resolve(import.meta.dirname, './src') } },
})
`;

const COMPONENTS_JSON = {
  $schema: 'https://ui.shadcn.com/schema.json',
  rsc: false,
  tsx: true,
  tailwind: { config: '', css: 'src/index.css', baseColor: '', cssVariables: true, prefix: '' },
  iconLibrary: 'lucide',
  aliases: {
    components: '@/components',
    utils: '@/lib/utils',
    ui: '@/components/ui',
    lib: '@/lib',
    hooks: '@/hooks',
  },
};

const APP = `import ScimSetup from '@/components/scim/scim-setup'
import { createScimApi } from '@/lib/scim/create-scim-api'

const api = createScimApi({ baseUrl: '/api/setup/scim' })

export default function App() {
  return <ScimSetup scimEndpointUrl="https://app.example/scim/v2" api={api} onGenerate={() => {}} />
}
`;

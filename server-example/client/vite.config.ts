import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  root: path('.'),
  plugins: [react(), tailwindcss()],
  build: { outDir: '../dist/client', emptyOutDir: true },
  resolve: {
    // The page comes straight from the registry's source: what `npx shadcn add` copies is what runs here.
    alias: [
      { find: /^@\/components\/ui\//, replacement: path('../../components/ui/') },
      {
        find: /^@\/components\/scim\//,
        replacement: path('../../registry/enterprise-scim/components/scim/'),
      },
      { find: /^@\/lib\/scim\//, replacement: path('../../registry/enterprise-scim/lib/scim/') },
      { find: /^@\/hooks\/scim\//, replacement: path('../../registry/enterprise-scim/hooks/scim/') },
      { find: /^@\/lib\/utils$/, replacement: path('../../components/lib/utils.ts') },
    ],
  },
});

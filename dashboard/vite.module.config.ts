import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

import { scoped } from './scope';
import own from './vite.config';

/** The host has PatternFly's style sheets; ours hold below the element that our pages are in, and nowhere else. */
const styles: Plugin = {
  name: 'styles-of-a-guest',
  enforce: 'pre',
  load: (id) => (/\/node_modules\/@patternfly\/.*\.css$/.test(id) ? '' : undefined),
  transform: (code, id) => (/\/dashboard\/src\/.*\.css$/.test(id) ? scoped(code) : undefined),
};

/**
 * The container that @module-federation/runtime looks for under the module's name, in a script of the old kind: it loads the
 * rest when it is asked for it. Its own name stays, that of the rest changes with what is in it.
 */
const container: Plugin = {
  name: 'container',
  generateBundle(_options, bundle) {
    const entry = Object.values(bundle).find((c) => c.type === 'chunk' && c.isEntry)?.fileName;
    if (entry === undefined) throw new Error('there is no entry');
    this.emitFile({
      type: 'asset',
      fileName: 'remoteEntry.js',
      source: `(() => {
  const at = document.currentScript.src;
  let shared;
  globalThis.mpiJobs = {
    init: (scope) => void (shared = scope),
    get: async (name) => (await import(new URL(${JSON.stringify(entry)}, at).href)).get(name, shared),
  };
})();
`,
    });
  },
};

/** The pages as a module of another dashboard; beside the dashboard's own files, after them. */
export default defineConfig({
  base: './', // wherever the host passes it on from
  publicDir: false,
  plugins: [react(), styles, container],
  resolve: own.resolve ?? {},
  build: {
    ...own.build,
    emptyOutDir: false,
    rollupOptions: { input: 'src/module/odh.ts', preserveEntrySignatures: 'strict', output: { entryFileNames: 'assets/module-[hash].js' } },
  },
});

import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Where `npm run dev` finds a training service: the sandbox's, or the one that SERVICE names.
const service = process.env.SERVICE ?? 'https://127.0.0.1:8443';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '~': fileURLToPath(new URL('src', import.meta.url)) } },
  build: {
    target: 'es2022',
    // Sources are in the repository; a source map would double what the service carries.
    sourcemap: false,
    // hack/dashboard.sh puts it into dist, where Go finds it.
    outDir: 'node_modules/.dist',
    emptyOutDir: true,
    chunkSizeWarningLimit: 800, // in kB before compression; 620 are 160 on the wire
    assetsInlineLimit: 0, // the content security policy allows no data: scripts
    modulePreload: { polyfill: false }, // every browser that has ES2022 has it
  },
  server: {
    fs: { allow: ['.', '../docs'] }, // the help page is made of the docs' own
    proxy: { '/api': { target: service, secure: false }, '/session': { target: service, secure: false } },
  },
  // A busy machine takes its time; what doesn't come at all fails all the same.
  test: { globals: true, environment: 'jsdom', setupFiles: ['src/test/setup.ts'], include: ['src/**/*.test.{ts,tsx}'], css: false, testTimeout: 30_000 },
});

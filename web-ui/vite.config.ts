/**
 * How the interface is built. Everything is served from the site itself, at its root, under a
 * policy of `default-src 'self'`: so nothing is inlined as a data address, and nothing is fetched
 * from anywhere else.
 */
import optimizeLocales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` sends what is not the interface: a site running on this machine. */
const site = process.env.BOCAGE_SITE ?? "http://127.0.0.1:8601";

export default defineConfig({
  base: "/",
  // Every text we do not ship in French or English is cut out of the parts library.
  plugins: [react(), optimizeLocales.vite({ locales: ["fr-FR", "en-US"] })],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    // A data address would need an exception in the site's content policy.
    assetsInlineLimit: 0,
    manifest: true,
    // Every browser of the list below knows module preloading.
    modulePreload: { polyfill: false },
    target: ["chrome111", "firefox115", "safari16.4"],
    rolldownOptions: {
      input: { index: "index.html", sw: "src/sw.ts" },
      output: {
        // The worker must keep one address for ever; all the rest is named by its content.
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
      },
    },
  },
  // In development automerge must stay as it is: bundled ahead, it loses the address of its wasm.
  optimizeDeps: { exclude: ["@automerge/automerge"] },
  server: {
    proxy: {
      "/api": { target: site, ws: true, changeOrigin: false },
    },
  },
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.{ts,tsx}", "src/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    css: { modules: { classNameStrategy: "non-scoped" } },
    // One per core of the smallest machine it runs on: by default one core of two stays idle.
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});

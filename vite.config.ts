import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // ORT's wasm is loaded by URL from the bundle; nothing of it is inlined or pre-bundled.
  optimizeDeps: { exclude: ["onnxruntime-web"] },
  worker: { format: "es" },
  build: { target: "esnext", chunkSizeWarningLimit: 1000 },
});

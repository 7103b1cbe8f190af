import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { browserFlags } from "./scripts/browser.ts";

// What needs a real browser but no page: WebRTC links, and the kernels of WebGPU beside those of WASM.
const { CHROMIUM_PATH } = process.env;

export default defineConfig({
  optimizeDeps: { include: ["peerjs"], exclude: ["onnxruntime-web"] },
  test: {
    include: ["src/**/*.browser.test.ts"],
    globalSetup: ["src/transport/testing/peer-server.ts"],
    testTimeout: 60_000,
    fileParallelism: false,
    // PeerServer offers no way to stop its timers.
    teardownTimeout: 1000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          ...(CHROMIUM_PATH ? { executablePath: CHROMIUM_PATH } : {}),
          args: [...browserFlags({ webgpu: "software" }, process.getuid?.() === 0)],
        },
      }),
      instances: [{ browser: "chromium" }],
    },
  },
});

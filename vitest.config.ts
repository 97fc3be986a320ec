import { defineConfig } from 'vitest/config';

/**
 * Four projects, by what they need: `unit` needs nothing and is part of `npm run check`; `system` needs git, sockets and files;
 * `docker` needs a Docker engine and root, and runs one file at a time because the engine and the packet rules are shared. `chaos` plays many
 * seeds of the simulator and its planted bugs, on all cores, so one file at a time. Vitest leaves a core to itself; on a machine with two that halves the
 * speed of `unit` and `system`.
 */
export default defineConfig({
  test: {
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'test/contracts/**/*.test.ts',
            'test/scenarios/**/*.test.ts',
            'test/simulator/**/*.test.ts',
          ],
          exclude: ['**/*.docker.test.ts', '**/*.system.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['src/**/*.system.test.ts', 'test/**/*.system.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['test/chaos/**/*.test.ts'],
          fileParallelism: false,
          maxConcurrency: 2,
          testTimeout: 900_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'docker',
          include: ['src/**/*.docker.test.ts', 'test/**/*.docker.test.ts', 'test/docker/**/*.test.ts'],
          exclude: ['**/*.system.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});

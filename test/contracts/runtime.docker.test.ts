import { randomUUID } from 'node:crypto';
import { silentLogger } from '../../src/lib/logger.ts';
import { engineCall, ensureBusybox } from '../../src/runtime/docker/testing/engine-by-hand.ts';
import { startFakeRegistry } from '../../src/runtime/docker/testing/fake-registry.ts';
import { createDockerRuntime } from '../../src/runtime/index.ts';
import { describeRuntime } from './runtime-contract.ts';
import type { ContractProcess } from './runtime-harness.ts';

const IMAGE = 'busybox:1.36';

const COMMANDS: Record<ContractProcess, readonly string[]> = {
  serve: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.02; done'],
  stubborn: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'],
  talk: ['sh', '-c', 'echo one; echo two; echo three >&2; exit 3'],
  echo: ['cat'],
  listen: ['httpd', '-f', '-p', '8080', '-h', '/etc'],
  broken: ['/no/such/program'],
};

describeRuntime('Docker', async () => {
  await ensureBusybox();
  const registry = await startFakeRegistry();
  const pullable = `${registry.host}/public/app:1`;
  const open = (clusterUid: string) => createDockerRuntime({ clusterUid, nodeIp: '192.0.2.2', log: silentLogger });
  return {
    runtime: await open(randomUUID()),
    other: await open(randomUUID()),
    processOf: (process) => ({ image: IMAGE, command: COMMANDS[process] }),
    failingPulls: {
      ImageNotFound: `${registry.host}/public/none:1`,
      ImageUnauthorized: `${registry.host}/private/app:1`,
      ImageInvalid: `${registry.host}/public/wrong:1`,
      RegistryUnavailable: '127.0.0.1:1/none:1',
    },
    pullable,
    killByHand: async (id) => {
      await engineCall('POST', `/containers/${id}/kill`);
    },
    unreachable: () =>
      createDockerRuntime({
        clusterUid: randomUUID(),
        nodeIp: '192.0.2.2',
        log: silentLogger,
        address: { kind: 'unix', path: '/nonexistent/docker.sock' },
      }),
    close: async () => {
      await engineCall('DELETE', `/images/${pullable}`);
      await registry.close();
    },
  };
});

import { afterEach } from 'vitest';
import { startTestNode, type TestNode } from './test-node.ts';

/** What starts the node of a test; it is stopped after the test. Call it once in a file of tests. */
export function useTestNode(): (options?: Parameters<typeof startTestNode>[0]) => Promise<TestNode> {
  let started: TestNode | undefined;
  afterEach(async () => {
    await started?.stop();
    started = undefined;
  });
  return async (options = {}) => {
    started = await startTestNode(options);
    return started;
  };
}

import { describe, expect, it } from 'vitest';
import { RuntimeError } from '../runtime.ts';
import { removePodNetworks } from './pod-network.ts';

function engineOf(refusals: Readonly<Record<string, RuntimeError>>) {
  const asked: string[] = [];
  const networks = [
    { Id: '1', Name: 'berth-one' },
    { Id: '2', Name: 'berth-two' },
  ];
  const engine = {
    json: async () => networks,
    find: async ({ path }: { readonly path: string }) => {
      asked.push(path);
      const refusal = refusals[path];
      if (refusal !== undefined) throw refusal;
      return undefined;
    },
  };
  return { engine, asked };
}

describe('removing the networks of a cluster', () => {
  it('goes on where the engine holds on to one of a container that has gone, and names it', async () => {
    const held = new RuntimeError(
      'Forbidden',
      'error while removing network: network berth-one id 1 has active endpoints',
    );
    const { engine, asked } = engineOf({ '/networks/1': held });
    expect(await removePodNetworks(engine, 'uid')).toEqual({ removed: 1, held: ['berth-one'] });
    expect(asked).toEqual(['/networks/1', '/networks/2']);
  });

  it('fails with any other answer', async () => {
    const { engine } = engineOf({ '/networks/1': new RuntimeError('EngineUnavailable', 'nobody answers') });
    await expect(removePodNetworks(engine, 'uid')).rejects.toThrow('nobody answers');
  });
});

import { SeededRandom } from '../../src/lib/random.ts';
import { VirtualClock } from '../../src/lib/virtual-clock.ts';
import { createSimEngine, type SimExecRequest, type SimExecResult } from '../../src/runtime/index.ts';
import { describeRuntime } from './runtime-contract.ts';
import type { ContractProcess } from './runtime-harness.ts';

const IMAGES: Record<ContractProcess, string> = {
  serve: 'serve:1',
  stubborn: 'stubborn:1',
  talk: 'talk:1',
  echo: 'echo:1',
  listen: 'listen:1',
  broken: 'broken:1',
};

/** The few commands that the contract runs. */
function answerExec(request: SimExecRequest): SimExecResult {
  if (request.command[0] === 'cat') return { exitCode: 0, stdout: request.stdin };
  return request.command[0] === 'sh' ? { exitCode: 7, stdout: 'hello\n' } : { exitCode: 0 };
}

describeRuntime('the simulated engine', async () => {
  const clock = new VirtualClock();
  const engine = createSimEngine({
    clock,
    random: new SeededRandom(42),
    images: {
      [IMAGES.serve]: { present: true, process: { termExitCode: 0, exec: answerExec } },
      [IMAGES.stubborn]: { present: true, process: { ignoresTerm: true } },
      [IMAGES.echo]: { present: true, process: { echoes: true } },
      [IMAGES.listen]: { present: true, process: { ports: [8080] } },
      [IMAGES.broken]: { present: true, process: { start: 'fails' } },
      [IMAGES.talk]: {
        present: true,
        process: {
          exit: { afterMs: 20, code: 3 },
          logs: [
            { atMs: 1, text: 'one' },
            { atMs: 2, text: 'two' },
            { atMs: 3, text: 'three', stream: 'stderr' },
          ],
        },
      },
      'missing:1': { pull: 'missing' },
      'private:1': { credentials: { username: 'user', password: 'word' } },
      'broken-manifest:1': { pull: 'invalid' },
      'away.example.com/web:1': { pull: 'unavailable' },
    },
    unknownImage: { pull: 'missing' },
  });
  const away = createSimEngine({ clock, random: new SeededRandom(43) });
  away.setAvailable(false);
  engine.setImage('pullable:1', {});

  // Virtual time passes as fast as the tests wait for it.
  let isOpen = true;
  const turn = () => {
    if (!isOpen) return;
    clock.fireNext();
    setImmediate(turn);
  };
  setImmediate(turn);

  return {
    runtime: engine.connect('cluster-1'),
    other: engine.connect('cluster-2'),
    processOf: (process) => ({ image: IMAGES[process] }),
    failingPulls: {
      ImageNotFound: 'missing:1',
      ImageUnauthorized: 'private:1',
      ImageInvalid: 'broken-manifest:1',
      RegistryUnavailable: 'away.example.com/web:1',
    },
    pullable: 'pullable:1',
    killByHand: async (id) => engine.killContainer(id),
    unreachable: async () => away.connect('cluster-1'),
    close: async () => {
      isOpen = false;
    },
  };
});

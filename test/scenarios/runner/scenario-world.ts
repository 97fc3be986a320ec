import type { Client } from '../../../src/api/client.ts';
import { SimulatedWorld } from '../../../src/simulate/index.ts';
import { IMAGES, TIMINGS } from './images.ts';
import { Namer } from './namer.ts';
import { PretendedNodes } from './pretended-nodes.ts';
import { RisingRandom } from './rising-random.ts';
import { Timeline } from './timeline.ts';

/** The world of one scenario: a whole simulated box whose own node is called `sim`, and further nodes that only pretend. */
export class ScenarioWorld {
  readonly simulated = new SimulatedWorld({
    seed: 1,
    random: new RisingRandom(),
    engine: { images: IMAGES, timings: TIMINGS, cpuCount: 4 },
    measuresMachine: true,
  });
  readonly namer = new Namer();
  readonly client: Client;
  readonly timeline: Timeline;
  readonly nodes: PretendedNodes;

  constructor() {
    const { registry, clock } = this.simulated;
    this.client = registry.client({ user: 'ann', fieldManager: 'kubectl' });
    this.client.watchAll(({ type, object }) => {
      if (type === 'ADDED') this.namer.note(object);
    });
    this.timeline = new Timeline(this.client, this.namer, clock);
    this.nodes = new PretendedNodes({
      client: registry.client({ user: 'system:node', fieldManager: 'kubelet' }),
      clock,
      renewLease: (name) => registry.renewLease(name),
    });
  }

  async start(): Promise<void> {
    await this.simulated.start();
    // The box's node is ready, and what starting took is over, before the first command.
    await this.simulated.run(10_000 - this.simulated.clock.monotonicMs());
    this.timeline.startAt(this.simulated.clock.monotonicMs());
  }

  async advance(ms: number): Promise<void> {
    await this.simulated.run(ms);
  }

  async stop(): Promise<void> {
    let isStopped = false;
    const stopping = this.simulated.box.stop().then(() => {
      isStopped = true;
    });
    for (let step = 0; !isStopped && step < 1_000; step++) await this.simulated.run(100);
    await stopping;
  }
}

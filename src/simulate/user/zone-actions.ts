import type { Client } from '../../api/client.ts';
import { randomItem, type SeededRandom } from '../../lib/random.ts';
import { referenceOf } from './live-references.ts';

const ZONE = 'topology.kubernetes.io/zone';
const MODE = 'service.kubernetes.io/topology-mode';

/** What a person does who has machines in several rooms. */
export const ZONE_ACTIONS = {
  // Each node in one of two zones; now and then all in one, or one in none.
  'put the nodes into zones': (client: Client, random: SeededRandom) => {
    const nodes = client.list('Node');
    const first = randomItem(random, ['a', 'b']);
    for (const [index, node] of nodes.entries()) {
      const zone = index === 0 ? first : randomItem(random, ['a', 'a', 'b', 'b', 'b', null]);
      client.patch(referenceOf('v1', 'Node', node), 'merge', { metadata: { labels: { [ZONE]: zone } } });
    }
    return `${nodes.length} nodes`;
  },
  'share services out among zones': (client: Client, random: SeededRandom) => {
    const services = client.list('Service');
    for (const service of services) {
      const mode = randomItem(random, ['Auto', 'Auto', 'Auto', null]);
      client.patch(referenceOf('v1', 'Service', service), 'merge', { metadata: { annotations: { [MODE]: mode } } });
    }
    return services.length === 0 ? undefined : `${services.length} services`;
  },
};

import type { Client } from '../../api/client.ts';
import { randomItem, type SeededRandom } from '../../lib/random.ts';
import { referenceOf } from './live-references.ts';

const ZONE = 'topology.kubernetes.io/zone';
const APART = 'node-role.kubernetes.io/control-plane';
const MODE = 'service.kubernetes.io/topology-mode';

/** What a person does who has machines in several rooms. */
export const ZONE_ACTIONS = {
  // Whoever joins later is in none, with which nothing is shared out any more.
  'put the nodes into zones': (client: Client, random: SeededRandom) => {
    const nodes = client.list('Node');
    for (const node of nodes) {
      const zone = randomItem(random, ['a', 'b']);
      client.patch(referenceOf('v1', 'Node', node), 'merge', { metadata: { labels: { [ZONE]: zone } } });
    }
    return `${nodes.length} nodes`;
  },
  'move a node to the other zone': (client: Client, random: SeededRandom) => {
    const nodes = client.list('Node');
    if (nodes.length === 0) return undefined;
    const node = randomItem(random, nodes);
    const zone = node.metadata.labels?.[ZONE] === 'a' ? 'b' : 'a';
    client.patch(referenceOf('v1', 'Node', node), 'merge', { metadata: { labels: { [ZONE]: zone } } });
    return `${node.metadata.name} is in ${zone}`;
  },
  // "Nodes with any of these labels … will be excluded from topology capacity calculations": then it needs no zone, and
  // may have pods.
  'set a node apart for the control plane': (client: Client, random: SeededRandom) => {
    const nodes = client.list('Node');
    if (nodes.length === 0) return undefined;
    const node = randomItem(random, nodes);
    const isApart = node.metadata.labels?.[APART] !== undefined;
    const labels = isApart ? { [APART]: null, [ZONE]: randomItem(random, ['a', 'b']) } : { [APART]: '', [ZONE]: null };
    client.patch(referenceOf('v1', 'Node', node), 'merge', { metadata: { labels } });
    return `${node.metadata.name}: ${isApart ? 'not any more' : 'yes'}`;
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

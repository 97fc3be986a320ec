import type { ApiClient } from '../../api/http-client/index.ts';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { kindOf } from '../../objects/kinds.ts';
import type { StoredObject } from '../../objects/types.ts';
import { describeObject } from '../describe/describe-object.ts';
import { fetchObjects, listObjects } from '../objects/fetch-objects.ts';
import { namespaceOf, parseTargets, type ScopeOptions } from '../objects/targets.ts';
import { EXIT } from '../output/exit-codes.ts';
import { createTerminal } from '../output/terminal.ts';
import { type ConnectionOptions, connect } from './socket-of.ts';

export interface DescribeOptions extends ConnectionOptions, ScopeOptions {
  readonly selector?: string;
}

export async function runDescribe(first: string, names: readonly string[], options: DescribeOptions): Promise<number> {
  const targets = parseTargets(first, names);
  const api = await connect(options);
  const selection = { namespace: namespaceOf(options), selector: options.selector };
  const terminal = createTerminal(process.stdout);
  const found = await Promise.all(targets.map((target) => fetchObjects(api, target, selection)));
  const objects = found.flat();
  if (objects.length === 0) createTerminal(process.stderr).write('No resources found.\n');
  for (const [index, object] of objects.entries()) {
    if (index > 0) terminal.write('\n\n');
    const [events, nodePods] = await Promise.all([eventsOf(api, object), podsOf(api, object)]);
    terminal.write(describeObject(object, events, linuxClock.wallMs(), nodePods));
  }
  return EXIT.ok;
}

/** Events of objects without a namespace are kept in `default`. */
function eventsOf(api: ApiClient, { metadata }: StoredObject): Promise<readonly StoredObject[]> {
  return listObjects(api, kindOf('Event'), {
    namespace: metadata.namespace ?? 'default',
    fieldSelector: `involvedObject.uid=${metadata.uid}`,
  });
}

/** Those of a node that have not ended; none of any other kind. */
async function podsOf(api: ApiClient, { kind, metadata }: StoredObject): Promise<readonly StoredObject[]> {
  if (kind !== 'Node') return [];
  const fieldSelector = `spec.nodeName=${metadata.name},status.phase!=Succeeded,status.phase!=Failed`;
  return listObjects(api, kindOf('Pod'), { fieldSelector });
}

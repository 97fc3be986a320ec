import type { Diagnostic } from '../../diagnostic.ts';
import { diagnosticOf } from '../problems.ts';
import type { RenderedObject } from '../rendered-object.ts';
import { metadataEntries } from '../resources/resource.ts';

const HOOK = 'helm.sh/hook';
/** Applying a commit is an installation or an upgrade; helm's other events happen on commands that are not there. */
const HAPPENING: ReadonlySet<string> = new Set([
  'crd-install',
  'pre-install',
  'post-install',
  'pre-upgrade',
  'post-upgrade',
]);

/** Leaves out hooks that would run at the wrong time, such as one that cleans up after a deletion, and says so. */
export function dropIgnoredHooks(objects: readonly RenderedObject[]): {
  readonly objects: readonly RenderedObject[];
  readonly problems: readonly Diagnostic[];
} {
  const ignored = objects.filter(isIgnored);
  if (ignored.length === 0) return { objects, problems: [] };
  const problems = ignored.map(({ kind, name, node, place }) => {
    const events = metadataEntries(node, 'annotations').get(HOOK) ?? '';
    const message = `${kind}/${name} is a hook of ${events}, which does not happen here: it is not applied`;
    const help = 'nothing is to be done; set spec.helm.skipHooks in berth.yaml to have no hooks at all';
    return diagnosticOf({ code: 'HookIgnored', message, help }, place, undefined, 'warning');
  });
  return { objects: objects.filter((object) => !isIgnored(object)), problems };
}

function isIgnored({ node }: RenderedObject): boolean {
  const events = metadataEntries(node, 'annotations').get(HOOK);
  return events !== undefined && events !== '' && !events.split(',').some((event) => HAPPENING.has(event.trim()));
}

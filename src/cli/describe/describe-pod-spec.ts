import type { JsonObject } from '../../lib/json.ts';
import { fieldsAt, itemsAt, outlineOf, pairsOf, textAt, textsAt } from './fields.ts';
import type { OutlineEntry, OutlineValue } from './outline.ts';

/** The containers and volumes of a pod or a pod template; a pod's own status adds what each container does. */
export function describePodSpec(spec: JsonObject, status: JsonObject = {}): readonly OutlineEntry[] {
  const containers = (field: string, statuses: string): OutlineValue => {
    const items = itemsAt(spec, field);
    if (items.length === 0) return undefined;
    return items.map((container): OutlineEntry => {
      const name = textAt(container, 'name') ?? '';
      const present = itemsAt(status, statuses).find((one) => one['name'] === name);
      return [name, describeContainer(container, present)];
    });
  };
  const volumes = itemsAt(spec, 'volumes').map((volume): OutlineEntry => {
    const [type = '', source] = Object.entries(volume).find(([key]) => key !== 'name') ?? [];
    return [textAt(volume, 'name') ?? '', [['Type', type] as OutlineEntry, ...plainFields(source)]];
  });
  return [
    ['Init Containers', containers('initContainers', 'initContainerStatuses')],
    ['Containers', containers('containers', 'containerStatuses') ?? '<none>'],
    ['Volumes', volumes.length === 0 ? '<none>' : volumes],
    ['Service Account', textAt(spec, 'serviceAccountName')],
    ['Node-Selectors', pairsOrUndefined(fieldsAt(spec, 'nodeSelector'))],
  ];
}

function plainFields(source: unknown): readonly OutlineEntry[] {
  const outline = outlineOf(source);
  return Array.isArray(outline) && Array.isArray(outline[0]) ? (outline as readonly OutlineEntry[]) : [];
}

function pairsOrUndefined(fields: JsonObject): readonly string[] | undefined {
  return Object.keys(fields).length === 0 ? undefined : pairsOf(fields);
}

function describeContainer(container: JsonObject, status: JsonObject | undefined): readonly OutlineEntry[] {
  const ports = itemsAt(container, 'ports').map(
    (port) =>
      `${textAt(port, 'containerPort')}/${textAt(port, 'protocol') ?? 'TCP'}${textAt(port, 'name') === undefined ? '' : ` (${textAt(port, 'name')})`}`,
  );
  const mounts = itemsAt(container, 'volumeMounts').map(
    (mount) =>
      `${textAt(mount, 'mountPath')} from ${textAt(mount, 'name')} (${mount['readOnly'] === true ? 'ro' : 'rw'})`,
  );
  const list = (values: readonly string[]) => (values.length === 0 ? undefined : values);
  return [
    ...(status === undefined ? [] : describeStatus(status)),
    ['Image', textAt(container, 'image')],
    ['Ports', list(ports)],
    ['Command', list(textsAt(container, 'command'))],
    ['Args', list(textsAt(container, 'args'))],
    ['Limits', pairsOrUndefined(fieldsAt(container, 'resources', 'limits'))],
    ['Requests', pairsOrUndefined(fieldsAt(container, 'resources', 'requests'))],
    ...(['liveness', 'readiness', 'startup'] as const).map((type): OutlineEntry => {
      const probe = container[`${type}Probe`];
      return [
        `${type.charAt(0).toUpperCase()}${type.slice(1)}`,
        probe === undefined ? undefined : formatProbe(fieldsAt(probe)),
      ];
    }),
    ['Environment', describeEnvironment(container)],
    ['Mounts', list(mounts)],
  ];
}

/** What it does now, how it ended before, and how often it was started again. */
function describeStatus(status: JsonObject): readonly OutlineEntry[] {
  return [
    ['Container ID', textAt(status, 'containerID')],
    ['Image ID', textAt(status, 'imageID') || undefined],
    ['State', describeState(fieldsAt(status, 'state'))],
    ['Last State', describeState(fieldsAt(status, 'lastState'))],
    ['Ready', status['ready'] === true ? 'True' : 'False'],
    ['Restart Count', textAt(status, 'restartCount') ?? '0'],
  ];
}

function describeState(state: JsonObject): OutlineValue {
  const [name] = Object.keys(state);
  if (name === undefined) return undefined;
  const details = fieldsAt(state, name);
  const title = name.charAt(0).toUpperCase() + name.slice(1);
  const lines = (['reason', 'message', 'exitCode', 'signal', 'startedAt', 'finishedAt'] as const).flatMap((field) => {
    const text = textAt(details, field);
    return text === undefined || text === '' ? [] : [`${field}: ${text.trimEnd()}`];
  });
  return [title, ...lines.flatMap((line) => line.split('\n'))];
}

/** `http-get :8080/ delay=0s timeout=1s period=2s #success=1 #failure=3`, as kubectl words it. */
function formatProbe(probe: JsonObject): string {
  const http = fieldsAt(probe, 'httpGet');
  const number = (field: string, fallback: number) => textAt(probe, field) ?? fallback;
  const handler =
    probe['httpGet'] !== undefined
      ? `http-get ${(textAt(http, 'scheme') ?? 'HTTP').toLowerCase()}://:${textAt(http, 'port')}${textAt(http, 'path') ?? '/'}`
      : probe['tcpSocket'] !== undefined
        ? `tcp-socket :${textAt(probe, 'tcpSocket', 'port')}`
        : `exec ${JSON.stringify(textsAt(probe, 'exec', 'command'))}`;
  const times = `delay=${number('initialDelaySeconds', 0)}s timeout=${number('timeoutSeconds', 1)}s period=${number('periodSeconds', 10)}s`;
  return `${handler} ${times} #success=${number('successThreshold', 1)} #failure=${number('failureThreshold', 3)}`;
}

/** Where each value comes from; what a Secret holds is not looked up. */
function describeEnvironment(container: JsonObject): OutlineValue {
  const from = itemsAt(container, 'envFrom').map((source) => {
    const [type = '', reference] = Object.entries(source).find(([key]) => key.endsWith('Ref')) ?? [];
    return `all of ${type.replace(/Ref$/, '')} ${textAt(reference, 'name')}`;
  });
  const single = itemsAt(container, 'env').map((variable) => {
    const [type, source] = Object.entries(fieldsAt(variable, 'valueFrom'))[0] ?? [];
    if (type === undefined) return `${textAt(variable, 'name')}: ${textAt(variable, 'value') ?? ''}`;
    const place =
      textAt(source, 'fieldPath') ??
      textAt(source, 'resource') ??
      `key ${textAt(source, 'key')} of ${textAt(source, 'name')}`;
    return `${textAt(variable, 'name')}: <${type.replace(/(Key)?Ref$/, '')} ${place}>`;
  });
  const all = [...from, ...single];
  return all.length === 0 ? undefined : all;
}

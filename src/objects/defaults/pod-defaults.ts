import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import { each, fill, fillZero, inOrder, put, within } from './fill.ts';

/** Mode of a file from a ConfigMap, Secret or the downward API: 0644. */
const DEFAULT_MODE = 0o644;
const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/**
 * Defaults of a pod itself, which a template of pods does not get (SetDefaults_Pod): requests from limits, service
 * variables, host ports of a pod on the host's network.
 */
export function defaultPod(pod: JsonObject): JsonObject {
  return within(pod, 'spec', (spec) => {
    const filled = fill(defaultPodSpec(spec), { enableServiceLinks: true });
    const withRequests = CONTAINER_LISTS.slice(0, 2).reduce(
      (current, list) => each(current, list, defaultRequests),
      filled,
    );
    if (spec['hostNetwork'] !== true) return withRequests;
    return CONTAINER_LISTS.reduce((current, list) => each(current, list, defaultHostPorts), withRequests);
  });
}

/** Defaults of a pod's spec wherever it stands (SetDefaults_PodSpec and those of its parts). */
export function defaultPodSpec(spec: JsonObject): JsonObject {
  const filled = fill(spec, {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
  });
  const withContainers = CONTAINER_LISTS.reduce((current, list) => each(current, list, defaultContainer), filled);
  return each(sameServiceAccount(withContainers), 'volumes', defaultVolume);
}

/** "serviceAccount is a deprecated alias for serviceAccountName" (PodSpec): both are shown. */
function sameServiceAccount(spec: JsonObject): JsonObject {
  const name = spec['serviceAccountName'] || spec['serviceAccount'];
  if (name === undefined || name === '' || name === null) return spec;
  return put(put(spec, 'serviceAccountName', name), 'serviceAccount', name);
}

/**
 * "If Requests is omitted for a container, it defaults to Limits if that is explicitly specified"
 * (ResourceRequirements).
 */
function defaultRequests(container: JsonObject): JsonObject {
  return within(container, 'resources', (resources) => {
    const { limits, requests } = resources;
    if (!isJsonObject(limits)) return resources;
    const given = isJsonObject(requests) ? requests : {};
    return put(resources, 'requests', isJsonObject(requests) ? fill(given, limits) : limits);
  });
}

/** "If HostNetwork is specified, hostPort must match containerPort" (ContainerPort), and is set to it. */
function defaultHostPorts(container: JsonObject): JsonObject {
  return each(container, 'ports', (port) => fillZero(port, { hostPort: port['containerPort'] ?? null }));
}

function defaultContainer(container: JsonObject): JsonObject {
  const image = container['image'];
  return inOrder(
    fill(container, {
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: pullPolicyOf(typeof image === 'string' ? image : ''),
      resources: {},
    }),
    (current) => each(current, 'ports', (port) => fill(port, { protocol: 'TCP' })),
    (current) => each(current, 'env', (variable) => within(variable, 'valueFrom', defaultValueSource)),
    (current) => within(current, 'livenessProbe', defaultProbe),
    (current) => within(current, 'readinessProbe', defaultProbe),
    (current) => within(current, 'startupProbe', defaultProbe),
    (current) => within(current, 'lifecycle', defaultLifecycle),
  );
}

/**
 * "Defaults to Always if the :latest tag is specified or no tag, IfNotPresent otherwise" (Container); a digest counts
 * as a tag.
 */
export function pullPolicyOf(image: string): 'Always' | 'IfNotPresent' {
  const [name = '', digest] = image.split('@');
  const tag = /:([^/:]+)$/.exec(name)?.[1];
  if (tag === 'latest') return 'Always';
  return tag === undefined && digest === undefined ? 'Always' : 'IfNotPresent';
}

function defaultValueSource(source: JsonObject): JsonObject {
  return within(within(source, 'fieldRef', defaultFieldRef), 'resourceFieldRef', defaultResourceFieldRef);
}

function defaultFieldRef(reference: JsonObject): JsonObject {
  return fill(reference, { apiVersion: 'v1' });
}

function defaultResourceFieldRef(reference: JsonObject): JsonObject {
  return fill(reference, { divisor: '0' });
}

function defaultProbe(probe: JsonObject): JsonObject {
  const filled = fillZero(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  const withService = within(filled, 'grpc', (grpc) =>
    grpc['service'] === undefined ? put(grpc, 'service', '') : grpc,
  );
  return within(withService, 'httpGet', defaultHttpGet);
}

function defaultHttpGet(action: JsonObject): JsonObject {
  return fill(action, { path: '/', scheme: 'HTTP' });
}

function defaultLifecycle(lifecycle: JsonObject): JsonObject {
  const defaultHandler = (handler: JsonObject) => within(handler, 'httpGet', defaultHttpGet);
  return within(within(lifecycle, 'postStart', defaultHandler), 'preStop', defaultHandler);
}

/** "If no source is given, it is an emptyDir" (SetDefaults_Volume). */
function defaultVolume(volume: JsonObject): JsonObject {
  if (Object.keys(volume).every((key) => key === 'name')) return put(volume, 'emptyDir', {});
  return inOrder(
    volume,
    (current) => within(current, 'configMap', withDefaultMode),
    (current) => within(current, 'secret', withDefaultMode),
    (current) => within(current, 'downwardAPI', (source) => defaultDownwardItems(withDefaultMode(source))),
    (current) => within(current, 'projected', (source) => each(withDefaultMode(source), 'sources', defaultProjection)),
    (current) =>
      within(current, 'hostPath', (source) => (source['type'] === undefined ? put(source, 'type', '') : source)),
  );
}

function withDefaultMode(source: JsonObject): JsonObject {
  return fill(source, { defaultMode: DEFAULT_MODE });
}

function defaultDownwardItems(source: JsonObject): JsonObject {
  return each(source, 'items', defaultValueSource);
}

function defaultProjection(source: JsonObject): JsonObject {
  const withItems = within(source, 'downwardAPI', defaultDownwardItems);
  return within(withItems, 'serviceAccountToken', (token) => fill(token, { expirationSeconds: 3600 }));
}

/** A template of pods: its spec alone is defaulted. */
export function defaultPodTemplate(template: JsonObject): JsonObject {
  return within(template, 'spec', defaultPodSpec);
}

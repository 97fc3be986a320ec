import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import type { KubernetesObject } from '../types.ts';
import { type Change, each, fill, fillZero, inOrder, put, within } from './fill.ts';
import { normalizeObject } from './normalize.ts';
import { defaultPod, defaultPodTemplate } from './pod-defaults.ts';
import {
  defaultCronJob,
  defaultDaemonSet,
  defaultHorizontalPodAutoscaler,
  defaultJob,
  defaultReplicationController,
  defaultStatefulSet,
} from './workload-defaults.ts';

/**
 * The API's defaults by kind (`defaults.go` of each group). What depends on the cluster, such as addresses, is the
 * registry's.
 */
const DEFAULTS: Readonly<Record<string, Change>> = {
  'v1/Secret': (secret) => fill(secret, { type: 'Opaque' }),
  'v1/Service': defaultService,
  'v1/Endpoints': (endpoints) => each(endpoints, 'subsets', (subset) => each(subset, 'ports', withProtocol)),
  'v1/Pod': defaultPod,
  'v1/PodTemplate': (object) => within(object, 'template', defaultPodTemplate),
  'v1/PersistentVolumeClaim': (claim) => inOrder(claim, withSpec({ volumeMode: 'Filesystem' })),
  'v1/PersistentVolume': (volume) =>
    inOrder(volume, withSpec({ persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' })),
  'v1/ReplicationController': defaultReplicationController,
  'apps/v1/DaemonSet': defaultDaemonSet,
  'apps/v1/Deployment': defaultDeployment,
  'apps/v1/ReplicaSet': (set) => withTemplate(inOrder(set, withSpec({ replicas: 1 }))),
  'apps/v1/StatefulSet': defaultStatefulSet,
  'autoscaling/v2/HorizontalPodAutoscaler': defaultHorizontalPodAutoscaler,
  'batch/v1/CronJob': defaultCronJob,
  'batch/v1/Job': defaultJob,
  'discovery.k8s.io/v1/EndpointSlice': (slice) => each(slice, 'ports', (port) => fillName(withProtocol(port))),
  'networking.k8s.io/v1/NetworkPolicy': defaultNetworkPolicy,
  'rbac.authorization.k8s.io/v1/RoleBinding': defaultRoleBinding,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': defaultRoleBinding,
  'scheduling.k8s.io/v1/PriorityClass': (priority) => fill(priority, { preemptionPolicy: 'PreemptLowerPriority' }),
  'storage.k8s.io/v1/StorageClass': (storage) =>
    fill(storage, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
};

/**
 * The object in its one spelling (`normalizeObject`) with everything that the API server fills in. Pure; returns the
 * same object when nothing was missing, so that defaulting twice costs nothing. Kinds without defaults are only
 * normalised.
 */
export function applyDefaults(object: KubernetesObject): KubernetesObject {
  const normalized = normalizeObject(object);
  const change = DEFAULTS[`${object.apiVersion}/${object.kind}`];
  if (change === undefined || !isJsonObject(normalized)) return normalized;
  return change(normalized) as KubernetesObject;
}

function withSpec(defaults: JsonObject): Change {
  return (object) => within(object, 'spec', (spec) => fill(spec, defaults));
}

function withTemplate(object: JsonObject): JsonObject {
  return within(object, 'spec', (spec) => within(spec, 'template', defaultPodTemplate));
}

function withProtocol(port: JsonObject): JsonObject {
  return fill(port, { protocol: 'TCP' });
}

/** The name of an endpoint's port is a pointer with the empty text as its default. */
function fillName(port: JsonObject): JsonObject {
  return port['name'] === undefined ? put(port, 'name', '') : port;
}

function defaultDeployment(deployment: JsonObject): JsonObject {
  const filled = within(deployment, 'spec', (spec) => {
    const strategy = isJsonObject(spec['strategy']) ? spec['strategy'] : {};
    return put(
      fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }),
      'strategy',
      defaultStrategy(strategy),
    );
  });
  return withTemplate(filled);
}

function defaultStrategy(strategy: JsonObject): JsonObject {
  const typed = fill(strategy, { type: 'RollingUpdate' });
  if (typed['type'] !== 'RollingUpdate') return typed;
  return within(fill(typed, { rollingUpdate: {} }), 'rollingUpdate', (update) =>
    fill(update, { maxUnavailable: '25%', maxSurge: '25%' }),
  );
}

function defaultService(service: JsonObject): JsonObject {
  return within(service, 'spec', (spec) => {
    const filled = fill(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
    return inOrder(filled, defaultSessionAffinity, defaultTrafficPolicies, (current) =>
      each(current, 'ports', defaultServicePort),
    );
  });
}

/** "timeoutSeconds defaults to 10800 (3 hours)"; without affinity its configuration is dropped. */
function defaultSessionAffinity(spec: JsonObject): JsonObject {
  if (spec['sessionAffinity'] === 'None') return put(spec, 'sessionAffinityConfig', undefined);
  if (spec['sessionAffinity'] !== 'ClientIP') return spec;
  return within(fill(spec, { sessionAffinityConfig: {} }), 'sessionAffinityConfig', (config) =>
    within(fill(config, { clientIP: {} }), 'clientIP', (client) => fill(client, { timeoutSeconds: 10800 })),
  );
}

function defaultTrafficPolicies(spec: JsonObject): JsonObject {
  const { type } = spec;
  if (type === 'ExternalName') return spec;
  const inside = fill(spec, { internalTrafficPolicy: 'Cluster' });
  if (type === 'ClusterIP') return inside;
  const outside = fill(inside, { externalTrafficPolicy: 'Cluster' });
  return type === 'LoadBalancer' ? fill(outside, { allocateLoadBalancerNodePorts: true }) : outside;
}

/** "targetPort: if this is not specified, the value of the port field is used" (ServicePort). */
function defaultServicePort(port: JsonObject): JsonObject {
  const filled = withProtocol(port);
  return filled['port'] === undefined ? filled : fillZero(filled, { targetPort: filled['port'] });
}

/** "policyTypes: Ingress by default, and Egress when the policy has egress rules" (NetworkPolicySpec). */
function defaultNetworkPolicy(policy: JsonObject): JsonObject {
  return within(policy, 'spec', (spec) => {
    const types = Array.isArray(spec['egress']) && spec['egress'].length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
    return fill(spec, { policyTypes: types });
  });
}

function defaultRoleBinding(binding: JsonObject): JsonObject {
  const withGroup = within(binding, 'roleRef', (role) => fill(role, { apiGroup: 'rbac.authorization.k8s.io' }));
  return each(withGroup, 'subjects', (subject) =>
    subject['kind'] === 'User' || subject['kind'] === 'Group'
      ? fill(subject, { apiGroup: 'rbac.authorization.k8s.io' })
      : subject,
  );
}

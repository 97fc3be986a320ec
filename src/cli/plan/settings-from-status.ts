import type { BoxSettings } from '../../box/index.ts';
import type { PublishedStatus } from '../../gitops/index.ts';
import { isJsonObject, type JsonObject } from '../../lib/json.ts';

/** How the box that published its status is set up, as far as it says; the rest as this machine has it. */
export function settingsFromStatus(own: BoxSettings, status: PublishedStatus): BoxSettings {
  const { settings, cluster, paths } = status;
  const node = status.objects.find(
    (object) => object['kind'] === 'Node' && (settings.node === undefined || nameOf(object) === settings.node),
  );
  const name = settings.node ?? (node === undefined ? undefined : nameOf(node)) ?? own.node.name;
  const nodeStatus = node === undefined ? {} : asObject(node['status']);
  const pods = Number(asObject(nodeStatus['capacity'])['pods'] ?? Number.NaN);
  return {
    ...own,
    cluster: cluster.name,
    paths: paths.length > 0 ? paths : own.paths,
    serviceCidr: settings.serviceCidr ?? own.serviceCidr,
    clusterDomain: settings.clusterDomain ?? own.clusterDomain,
    rolloutTimeoutMs:
      settings.rolloutTimeoutSeconds === undefined ? own.rolloutTimeoutMs : settings.rolloutTimeoutSeconds * 1000,
    policy: { namespaces: settings.allow ?? {}, protectedPaths: own.policy.protectedPaths },
    node: {
      name,
      ip: addressOf(nodeStatus) ?? own.node.ip,
      machine: own.node.machine,
      ...(Number.isInteger(pods) && pods > 0 ? { maxPods: pods } : {}),
    },
  };
}

function addressOf(status: JsonObject): string | undefined {
  const addresses = Array.isArray(status['addresses']) ? status['addresses'] : [];
  const internal = addresses.map(asObject).find(({ type }) => type === 'InternalIP')?.['address'];
  return typeof internal === 'string' ? internal : undefined;
}

function nameOf(object: JsonObject): string | undefined {
  const name = asObject(object['metadata'])['name'];
  return typeof name === 'string' ? name : undefined;
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

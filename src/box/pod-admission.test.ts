import { describe, expect, it } from 'vitest';
import { createTestRegistry } from '../api/testing.ts';
import type { KubernetesObject } from '../objects/types.ts';
import { createPodAdmission } from './pod-admission.ts';

function deployment(namespace: string, spec: object): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'app:1' }], ...spec },
      },
    },
  };
}

const HOST_PATH = { volumes: [{ name: 'logs', hostPath: { path: '/var/log' } }] };

function openRegistry(namespaces: Parameters<typeof createPodAdmission>[0]['namespaces']) {
  return createTestRegistry({ admission: [createPodAdmission({ namespaces, protectedPaths: ['/var/lib/berth'] })] });
}

describe('the admission of pods', () => {
  it('refuses a workload whose pods ask for the machine, with the path in its template', () => {
    const { client } = openRegistry({});
    expect(() => client.create(deployment('default', HOST_PATH))).toThrow(/spec\.template\.spec\.volumes\[0\]/);
    expect(() => client.create(deployment('default', { hostNetwork: true }))).toThrow(/hostNetwork/);
    expect(client.create(deployment('default', {}))).toBeDefined();
  });

  it('lets in what the box allows that namespace, and never what is protected', () => {
    const { client } = openRegistry({ default: { hostPaths: ['/var'] } });
    const protectedPath = { volumes: [{ name: 'data', hostPath: { path: '/var/lib/berth/store' } }] };
    expect(() => client.create(deployment('default', protectedPath))).toThrow(/Forbidden/);
    expect(client.create(deployment('default', HOST_PATH))).toBeDefined();
    expect(() => client.create(deployment('kube-system', HOST_PATH))).toThrow(/Forbidden/);
  });

  it('judges a stored object again only when its pod spec changes', () => {
    const { store, client } = openRegistry({ default: { hostPaths: ['/var/log'] } });
    client.create(deployment('default', HOST_PATH));
    const stricter = createTestRegistry({
      store,
      admission: [createPodAdmission({ namespaces: {}, protectedPaths: [] })],
    }).client;
    const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
    expect(stricter.patch(reference, 'merge', { spec: { replicas: 3 } })).toMatchObject({ spec: { replicas: 3 } });
    const change = { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } } };
    expect(() => stricter.patch(reference, 'merge', change)).toThrow(/Forbidden/);
  });
});

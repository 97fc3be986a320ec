import { expect, it } from 'vitest';
import { createTestRegistry, pod, referenceTo, service } from '../../api/testing.ts';
import { sliceObject } from '../testing.ts';
import { ZoneIndex } from './zone-index.ts';

const READY = { ready: true, serving: true, terminating: false };
const SQL = [{ name: 'sql', port: 5432, protocol: 'TCP' as const }];

function world() {
  const { client } = createTestRegistry();
  const zone = new ZoneIndex(client);
  const stop = zone.watch();
  return { client, zone, stop };
}

it('knows services with an address, and forgets them', () => {
  const { client, zone } = world();
  const web = client.create(service('web', { clusterIP: '10.96.0.5' }));
  expect(zone.service('default', 'web')).toMatchObject({ clusterIp: '10.96.0.5', endpoints: [] });
  expect(zone.servicesAt('10.96.0.5')).toEqual(['web.default']);
  expect(zone.hasNamespace('default')).toBe(true);
  expect(zone.hasNamespace('nowhere')).toBe(false);
  client.delete(referenceTo(web));
  expect(zone.service('default', 'web')).toBeUndefined();
  expect(zone.servicesAt('10.96.0.5')).toEqual([]);
});

it('knows what was there before it', () => {
  const { client } = createTestRegistry();
  client.create(service('web', { clusterIP: '10.96.0.5' }));
  const zone = new ZoneIndex(client);
  zone.watch();
  expect(zone.service('default', 'web')?.clusterIp).toBe('10.96.0.5');
});

it('follows the ready endpoints of headless services', () => {
  const { client, zone } = world();
  client.create(service('db', { clusterIP: 'None', ports: [{ name: 'sql', port: 5432 }] }));
  const slice = client.create(
    sliceObject(
      'db',
      [
        { addresses: ['10.88.0.3'], conditions: READY, hostname: 'db-1' },
        { addresses: ['10.88.0.2'], conditions: READY },
        { addresses: ['10.88.0.4'], conditions: { ...READY, ready: false }, hostname: 'db-2' },
      ],
      SQL,
    ),
  );
  const ports = [{ name: 'sql', protocol: 'tcp', port: 5432 }];
  expect(zone.service('default', 'db')).toEqual({
    clusterIp: undefined,
    externalName: undefined,
    ports,
    endpoints: [
      { address: '10.88.0.2', hostname: '10-88-0-2', isNamed: false, ports },
      { address: '10.88.0.3', hostname: 'db-1', isNamed: true, ports },
    ],
  });
  expect(zone.endpointsAt('10.88.0.3')).toEqual(['db-1.db.default']);
  expect(zone.endpointsAt('10.88.0.2')).toEqual([]);
  client.delete(referenceTo(slice));
  expect(zone.service('default', 'db')?.endpoints).toEqual([]);
  expect(zone.endpointsAt('10.88.0.3')).toEqual([]);
});

it('knows which pods have an address, as long as they run', () => {
  const { client, zone } = world();
  const created = client.create(pod('web-0'));
  const withStatus = (phase: string) =>
    client.updateStatus({
      ...created,
      metadata: { name: 'web-0', namespace: 'default' },
      status: { phase, podIP: '10.88.0.7' },
    });
  withStatus('Running');
  expect(zone.hasPodAt('default', '10.88.0.7')).toBe(true);
  expect(zone.hasPodAt('kube-system', '10.88.0.7')).toBe(false);
  withStatus('Succeeded');
  expect(zone.hasPodAt('default', '10.88.0.7')).toBe(false);
});

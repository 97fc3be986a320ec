import { expect, it } from 'vitest';
import { pod } from '../testing.ts';
import { useTestApi } from './test-api.ts';

const t = useTestApi();
const ROOT = '/apis/metrics.k8s.io/v1beta1';
const ITEM = {
  timestamp: '2026-01-01T00:00:00Z',
  window: '15s',
  containers: [{ name: 'app', usage: { cpu: '250m', memory: '20480Ki' } }],
};

it('tells what pods use, all or some or one', async () => {
  t.client.create(pod('web'));
  t.client.create(pod('db'));
  const namesIn = async (path: string, query = {}) => {
    const { items } = (await t.api.request({ path, query })) as { items: { metadata: { name: string } }[] };
    return items.map(({ metadata }) => metadata.name);
  };
  expect(await namesIn(`${ROOT}/pods`)).toEqual(['db', 'web']);
  expect(await namesIn(`${ROOT}/namespaces/default/pods`)).toEqual(['db', 'web']);
  expect(await namesIn(`${ROOT}/namespaces/other/pods`)).toEqual([]);
  expect(await namesIn(`${ROOT}/pods`, { labelSelector: 'no=such' })).toEqual([]);
  expect(await t.api.request({ path: `${ROOT}/namespaces/default/pods/web` })).toMatchObject({
    kind: 'PodMetrics',
    metadata: { name: 'web', namespace: 'default' },
    ...ITEM,
  });
});

it('tells what nodes use, those that are measured', async () => {
  for (const name of ['box', 'silent']) t.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
  const measured = {
    metadata: { name: 'box' },
    timestamp: '2026-01-01T00:00:00Z',
    window: '15s',
    usage: { cpu: '500m', memory: '1048576Ki' },
  };
  const list = (await t.api.request({ path: `${ROOT}/nodes` })) as { items: object[] };
  expect(list).toMatchObject({ kind: 'NodeMetricsList', items: [measured] });
  expect(list.items).toHaveLength(1);
  expect(await t.api.request({ path: `${ROOT}/nodes/box` })).toMatchObject({ kind: 'NodeMetrics', ...measured });
});

it('is found by whoever looks for it, and has nothing else', async () => {
  const { groups } = (await t.api.request({ path: '/apis' })) as { groups: { name: string }[] };
  expect(groups.map(({ name }) => name)).toContain('metrics.k8s.io');
  expect(await t.api.request({ path: ROOT })).toMatchObject({
    resources: [
      { name: 'nodes', kind: 'NodeMetrics' },
      { name: 'pods', kind: 'PodMetrics' },
    ],
  });
  expect((await t.refused({ path: `${ROOT}/nodes/other` })).reason).toBe('NotFound');
  expect((await t.refused({ path: `${ROOT}/nodes/box/more` })).reason).toBe('NotFound');
  expect((await t.refused({ path: `${ROOT}/namespaces/default/pods/none` })).reason).toBe('NotFound');
  for (const none of ['%zz', 'a%2Fb'])
    expect((await t.refused({ path: `${ROOT}/nodes/${none}` })).reason).toBe('NotFound');
  expect((await t.refused({ path: `${ROOT}/pods`, method: 'POST', body: {} })).reason).toBe('MethodNotAllowed');
});

import { describe, expect, it } from 'vitest';
import { createTestRegistry } from '../api/testing.ts';
import { noModelValidators } from '../manifests/index.ts';
import { MemoryRepository } from '../source/memory/memory-repository.ts';
import { MemorySource } from '../source/memory/memory-source.ts';
import { GitopsState } from './gitops-state.ts';
import { ManifestApplicationLoader } from './manifest-application-loader.ts';
import { planCommit } from './plan-commit.ts';
import { drive } from './testing.ts';

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replica: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "app:1"}]}
`;
const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: page}\ndata: {a: b}\n';

const test = createTestRegistry();

async function plan(files: Readonly<Record<string, string>>, paths: readonly string[]) {
  const { client, clock, store } = test;
  const repository = new MemoryRepository();
  const commit = repository.commit('main', new Map(Object.entries(files)), { message: 'x', atMs: 0 });
  const source = new MemorySource({ repository, branch: 'main', clock });
  const validators = { validators: noModelValidators, load: async () => {} };
  const loader = new ManifestApplicationLoader({ source, validators, clock, exists: () => false });
  return drive(
    clock,
    planCommit({ source, loader, client, state: new GitopsState(store), clock, paths, rootName: 'root', commit }),
  );
}

describe('ManifestApplicationLoader', () => {
  it('reports a typo with its place, its excerpt and what was probably meant, and plans nothing for that application', async () => {
    const [application] = await plan({ 'k8s/web.yaml': DEPLOYMENT, 'k8s/page.yaml': CONFIG }, ['k8s']);
    expect(application?.changes).toEqual([]);
    expect(application?.loadProblems).toEqual([
      expect.objectContaining({
        code: 'FieldUnknown',
        path: 'k8s/web.yaml',
        line: 6,
        column: 3,
        help: expect.stringContaining('replicas'),
      }),
    ]);
  });

  it('plans what applying would do, and writes nothing', async () => {
    const before = test.store.revision;
    const [application] = await plan({ 'web.yaml': DEPLOYMENT.replace('replica:', 'replicas:'), 'page.yaml': CONFIG }, [
      '.',
    ]);
    expect(application?.changes.map(({ action, id }) => `${id.kind} ${action}`)).toEqual([
      'ConfigMap created',
      'Deployment created',
    ]);
    expect(test.store.revision).toBe(before);
  });

  it('honours .sourceignore files in the folder and above it', async () => {
    const files = {
      '.sourceignore': '/apps/one/draft.yaml\n',
      'apps/one/draft.yaml': 'a: [1',
      'apps/one/page.yaml': CONFIG,
    };
    const [application] = await plan(
      { ...files, 'apps/one/.sourceignore': '*.tmp.yaml\n', 'apps/one/x.tmp.yaml': 'b: [1' },
      ['apps/*'],
    );
    expect(application?.loadProblems).toEqual([]);
    expect(application?.changes).toHaveLength(1);
  });
});

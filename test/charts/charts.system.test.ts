import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadedApplication } from '../../src/gitops/application.ts';
import { ManifestApplicationLoader } from '../../src/gitops/manifest-application-loader.ts';
import { TreeReader } from '../../src/gitops/tree-reader.ts';
import { noDataKeys } from '../../src/host/data-keys.ts';
import { HelmCharts } from '../../src/host/linux/helm-charts.ts';
import { linuxClock } from '../../src/host/linux/linux-clock.ts';
import { noModelValidators } from '../../src/manifests/index.ts';
import { MemoryRepository } from '../../src/source/memory/memory-repository.ts';
import { MemorySource } from '../../src/source/memory/memory-source.ts';
import { findTool } from './find-tool.ts';
import { OwnTemporaryFolder } from './own-temporary-folder.ts';

type Files = Readonly<Record<string, string>>;

const metadata = (name: string) => `metadata: {name: "{{ .Release.Name }}-${name}"}`;
const CHART: Files = {
  'shop/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'shop/values.yaml': 'color: grey\nsize: small\ndb: {enabled: false}\n',
  'shop/values-prod.yaml': 'size: large\nshape: round\n',
  'shop/templates/config.yaml': `apiVersion: v1
kind: ConfigMap
${metadata('config')}
data:
  color: {{ .Values.color }}
  size: {{ .Values.size }}
  shape: {{ .Values.shape | default "none" }}
  namespace: {{ .Release.Namespace }}
`,
  'shop/templates/migrate.yaml': `apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {helm.sh/hook: "pre-install,pre-upgrade"}
spec:
  template: {spec: {restartPolicy: Never, containers: [{name: m, image: "app:1"}]}}
`,
  'shop/templates/goodbye.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: goodbye, annotations: {helm.sh/hook: post-delete}}\n',
  'shop/templates/tests/ping.yaml':
    'apiVersion: v1\nkind: Pod\nmetadata: {name: ping, annotations: {helm.sh/hook: test}}\nspec: {containers: [{name: p, image: "app:1"}]}\n',
  'shop/charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 0.1.0\n',
  'shop/charts/db/templates/db.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: db}\n',
};
const settings = (helm: string) =>
  `apiVersion: berth.dev/v1alpha1\nkind: Application\nspec:\n  helm:\n${helm.replace(/^/gm, '    ')}\n`;

let helm: HelmCharts;
let temporary: OwnTemporaryFolder;
beforeAll(async () => {
  temporary = new OwnTemporaryFolder();
  helm = new HelmCharts({ program: await findTool('helm') });
}, 120_000);
afterAll(() => {
  const { left } = temporary;
  temporary.remove();
  expect(left).toEqual([]);
});

async function load(files: Files, path = 'shop', charts = helm): Promise<LoadedApplication> {
  const repository = new MemoryRepository();
  const commit = repository.commit('main', new Map(Object.entries(files)), { message: 'x', atMs: 0 });
  const source = new MemorySource({ repository, branch: 'main', clock: linuxClock });
  const validators = { validators: noModelValidators, load: async () => {} };
  const loader = new ManifestApplicationLoader({
    source,
    validators,
    charts,
    dataKeys: noDataKeys,
    clock: linuxClock,
    exists: () => true,
    find: () => undefined,
  });
  const opened = await loader.open({ path, rootTree: commit.tree, reader: new TreeReader(source) });
  if (opened === undefined) throw new Error('no such folder');
  return opened.load();
}

const errorsOf = ({ problems }: LoadedApplication) => problems.filter(({ severity }) => severity === 'error');
const objectOf = ({ objects }: LoadedApplication, key: string) =>
  objects.find(({ id }) => `${id.kind}/${id.namespace}/${id.name}` === key)?.decode() as
    | { readonly data?: Readonly<Record<string, string>>; readonly metadata: object }
    | undefined;

describe('a folder with a Chart.yaml, by a real helm', () => {
  it('is rendered as a release of the application’s name', async () => {
    const application = await load(CHART);
    expect(errorsOf(application)).toEqual([]);
    expect(objectOf(application, 'ConfigMap/default/shop-config')?.data).toMatchObject({
      color: 'grey',
      size: 'small',
      namespace: 'default',
    });
    expect(objectOf(application, 'ConfigMap/default/db')).toBeDefined();
  });

  it('takes several files of values, then the values that are written, and a namespace', async () => {
    const helmSettings =
      'releaseName: prod\nnamespace: store\nvaluesFiles: [values-prod.yaml, ../env.yaml]\nvalues: {color: red}';
    const application = await load({
      ...CHART,
      'env.yaml': 'shape: square\n',
      'shop/berth.yaml': settings(helmSettings),
    });
    expect(errorsOf(application)).toEqual([]);
    expect(objectOf(application, 'ConfigMap/store/prod-config')?.data).toEqual({
      color: 'red',
      size: 'large',
      shape: 'square',
      namespace: 'store',
    });
  });

  it('keeps hooks with their annotations, and leaves out those of events that do not happen', async () => {
    const application = await load(CHART);
    expect(objectOf(application, 'Job/default/migrate')?.metadata).toMatchObject({
      annotations: { 'helm.sh/hook': 'pre-install,pre-upgrade' },
    });
    expect(application.objects.map(({ id }) => id.name)).not.toContain('goodbye');
    expect(application.objects.map(({ id }) => id.name)).not.toContain('ping');
    expect(application.problems).toMatchObject([
      { code: 'HookIgnored', severity: 'warning', path: 'shop/templates/goodbye.yaml' },
    ]);
    const none = await load({ ...CHART, 'shop/berth.yaml': settings('skipHooks: true') });
    expect(none.objects.map(({ id }) => id.kind)).not.toContain('Job');
    expect(none.problems).toEqual([]);
  });

  it('points at the template where it fails, and at the value where a rendered object is wrong', async () => {
    const broken = { ...CHART, 'shop/templates/broken.yaml': 'a: b\nc: {{ .Values.not.there }}\n' };
    expect(errorsOf(await load(broken))).toMatchObject([
      { code: 'ChartFailed', path: 'shop/templates/broken.yaml', line: 2, message: expect.stringContaining('not') },
    ]);
    const wrong = {
      ...CHART,
      'shop/charts/db/templates/db.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: db}\ndat: {}\n',
    };
    expect(errorsOf(await load(wrong))).toMatchObject([
      { code: 'FieldUnknown', path: 'shop/charts/db/templates/db.yaml', object: 'ConfigMap/default/db' },
    ]);
    const named = { ...CHART, 'shop/berth.yaml': settings('valuesFiles: [gone.yaml, ../../x.yaml]') };
    expect(errorsOf(await load(named))).toMatchObject([
      { code: 'RenderFileMissing', path: 'shop/berth.yaml', line: 5, field: 'spec.helm.valuesFiles[0]' },
      { code: 'RenderRefused', path: 'shop/berth.yaml', line: 5, field: 'spec.helm.valuesFiles[1]' },
    ]);
  });

  it('fetches nothing: a dependency has to be there', async () => {
    const files = {
      ...CHART,
      'shop/Chart.yaml': `${CHART['shop/Chart.yaml']}dependencies: [{name: redis, version: 1.0.0, repository: "https://charts.example.com"}]\n`,
    };
    expect(errorsOf(await load(files))).toMatchObject([
      { code: 'ChartFailed', path: 'shop/Chart.yaml', help: expect.stringContaining('helm dependency build') },
    ]);
  });

  it('reads nothing of the machine', async () => {
    const probe = `apiVersion: v1
kind: ConfigMap
metadata: {name: probe}
data:
  host: {{ getHostByName "localhost" | default "none" | quote }}
  file: {{ .Files.Get "../../../../etc/hostname" | default "none" | quote }}
  path: {{ .Files.Get "/etc/passwd" | default "none" | quote }}
  cluster: {{ lookup "v1" "Namespace" "" "default" | toJson | quote }}
`;
    const application = await load({ ...CHART, 'shop/templates/probe.yaml': probe });
    expect(errorsOf(application)).toEqual([]);
    expect(objectOf(application, 'ConfigMap/default/probe')?.data).toEqual({
      host: 'none',
      file: 'none',
      path: 'none',
      cluster: '{}',
    });
  });

  it('stops a chart that grows without end', { timeout: 90_000 }, async () => {
    const bomb =
      '{{ $x := "0123456789abcdef" }}{{ range until 40 }}{{ $x = printf "%s%s" $x $x }}{{ end }}a: {{ $x }}\n';
    const [problem] = errorsOf(await load({ ...CHART, 'shop/templates/bomb.yaml': bomb }));
    expect(problem?.code).toMatch(/^(?:ChartFailed|LimitExceeded)$/);
  });

  it('is an error with a next step where there is no helm', async () => {
    const missing = new HelmCharts({ program: '/nowhere/helm' });
    expect(errorsOf(await load(CHART, 'shop', missing))).toMatchObject([
      { code: 'HelmMissing', path: 'shop/Chart.yaml', help: expect.stringContaining('--helm') },
    ]);
  });
});

describe('CRDs', () => {
  it('come first, and can be left out', async () => {
    const crd =
      'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\n';
    const options = { name: 'x', releaseName: 'x', namespace: '', nameTemplate: '', skipHooks: false, skipTests: true };
    const render = (includeCRDs: boolean) =>
      helm.render({
        files: new Map(
          Object.entries({ ...CHART, 'shop/crds/thing.yaml': crd }).map(([path, text]) => [
            path.slice('shop/'.length),
            new TextEncoder().encode(text),
          ]),
        ),
        values: [],
        options: { ...options, includeCRDs, kubeVersion: '', apiVersions: [] },
      });
    const [withThem, without] = [await render(true), await render(false)];
    const kindsOf = (result: typeof withThem) =>
      result.type === 'rendered' ? [...result.text.matchAll(/^kind: (\S+)/gm)].map(([, kind]) => kind) : [];
    expect(kindsOf(withThem)[0]).toBe('CustomResourceDefinition');
    expect(kindsOf(without)).not.toContain('CustomResourceDefinition');
    expect(kindsOf(without)).toContain('Job');
  });
});

describe('helmCharts of a kustomization', () => {
  const vendored = Object.fromEntries(
    Object.entries(CHART).map(([path, text]) => [path.replace('shop/', 'apps/charts/web/'), text]),
  );
  const kustomization = (more: string) => ({
    ...vendored,
    'apps/kustomization.yaml': `namePrefix: a-\nhelmCharts:\n- name: web\n  releaseName: web\n  skipHooks: true\n${more}`,
    'apps/prod.yaml': 'size: large\nshape: round\n',
  });

  it.each([
    ['', { color: 'grey', size: 'small', shape: 'none' }],
    ['  valuesFile: prod.yaml\n  valuesInline: {size: tiny}\n', { size: 'tiny', shape: 'round' }],
    [
      '  valuesFile: prod.yaml\n  valuesInline: {size: tiny}\n  valuesMerge: merge\n',
      { size: 'large', shape: 'round' },
    ],
    [
      '  valuesFile: prod.yaml\n  valuesInline: {size: tiny}\n  valuesMerge: replace\n',
      { size: 'tiny', shape: 'none' },
    ],
    ['  additionalValuesFiles: [prod.yaml]\n  namespace: store\n', { size: 'large', namespace: 'store' }],
  ])('are rendered and transformed like everything else: %j', async (more, data) => {
    const application = await load(kustomization(more), 'apps');
    expect(errorsOf(application)).toEqual([]);
    expect(objectOf(application, 'ConfigMap/default/a-web-config')?.data).toMatchObject(data);
  });

  it('have to be in the repository', async () => {
    const files = kustomization('- name: redis\n  repo: https://charts.example.com\n  version: 1.2.3\n');
    expect(errorsOf(await load(files, 'apps'))).toMatchObject([
      {
        code: 'RenderFileMissing',
        path: 'apps/kustomization.yaml',
        line: 6,
        field: 'helmCharts[1]',
        help: expect.stringContaining('helm pull --untar -d apps/charts/redis-1.2.3'),
      },
    ]);
  });
});

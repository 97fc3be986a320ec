import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { ModelValidatorLoader } from '../host/linux/model-validators.ts';
import { formatDiagnosticLine } from './diagnostic-text.ts';
import { type Diagnostic, type LoadResult, ManifestCache, ManifestLoader } from './index.ts';

const CORPORA = '/work/shared/corpora';
const isThere = existsSync(CORPORA);

/**
 * Manifests of public repositories as they are; a test without the folder is skipped, because it is not part of the
 * project.
 */
async function loadFolder(folder: string): Promise<Extract<LoadResult, { type: 'loaded' }>> {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
    .map((path) => {
      const bytes = readFileSync(path);
      return { path: relative(folder, path), blobId: createHash('sha1').update(bytes).digest('hex'), bytes };
    });
  const models = new ModelValidatorLoader();
  const loader = new ManifestLoader({ cache: new ManifestCache({ maxBytes: 1e9 }), models: models.validators });
  for (;;) {
    const steps = loader.load(files, { exists: () => true });
    let step = steps.next();
    while (!step.done) step = steps.next();
    if (step.value.type === 'loaded') return step.value;
    await models.load(step.value.kinds);
  }
}

const folders = isThere
  ? readdirSync(CORPORA, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
  : [];

test.skipIf(!isThere).each(folders)('%s is read to its end', async (name) => {
  const { counts, diagnostics } = await loadFolder(join(CORPORA, name));
  expect(counts.files).toBeGreaterThan(0);
  for (const diagnostic of diagnostics) expect(formatDiagnosticLine(diagnostic)).not.toBe('');
});

/** What is about Berth, a whole file or two files, and says nothing of whether the object is valid. */
const NOT_ABOUT_VALIDITY = new Set([
  'ApiVersionRemoved',
  'FieldRefused',
  'KindRefused',
  'KindUnknown',
  'ObjectDuplicate',
]);

function invalid(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics
    .filter((diagnostic) => diagnostic.severity === 'error' && !NOT_ABOUT_VALIDITY.has(diagnostic.code))
    .map(({ code, path, field }) => `${code} ${path} ${field ?? ''}`.trim());
}

test.skipIf(!isThere)('the maintained upstream examples are valid', async () => {
  const folder = join(CORPORA, 'kubernetes__examples');
  const diagnostics = (await loadFolder(folder)).diagnostics.filter(({ path }) => !path.startsWith('_archived/'));
  expect(invalid(diagnostics)).toEqual([]);
});

test.skipIf(!isThere)('of the archived examples only those with real mistakes are refused', async () => {
  const { diagnostics } = await loadFolder(join(CORPORA, 'kubernetes__examples'));
  const archived = diagnostics.filter(({ path, code }) => path.startsWith('_archived/') && !code.startsWith('Yaml'));
  const templates = /-template\.yaml/;
  expect(invalid(archived).filter((line) => !templates.test(line))).toEqual([
    'FieldValueInvalid _archived/nodesjs-mongodb/web-controller.yaml spec.template.spec.containers[0].image',
    'FieldValueRequired _archived/sysdig-cloud/sysdig-rc.yaml spec.selector',
    'FieldValueNotSupported _archived/volumes/aws_ebs/aws-ebs-web.yaml spec.containers[0].ports[0].protocol',
    'FieldValueNotSupported _archived/volumes/cinder/cinder-web.yaml spec.containers[0].ports[0].protocol',
    'FieldValueTypeInvalid _archived/volumes/fibre_channel/fc.yaml spec.volumes[0].fc.lun',
    'FieldUnknown _archived/volumes/rbd/rbd.yaml spec.volumes[0].rbd.imageformat',
    'FieldUnknown _archived/volumes/rbd/rbd.yaml spec.volumes[0].rbd.imagefeatures',
    'FieldUnknown _archived/volumes/scaleio/pod.yaml spec.volumes[0].scaleIO.protectionDoamin',
    'FieldUnknown _archived/volumes/storageos/storageos-pod.yaml spec.volumes[0].storageos.pool',
    'FieldUnknown _archived/volumes/storageos/storageos-pv.yaml spec.storageos.secretName',
  ]);
});

test.skipIf(!isThere)('complete manifests of applications are valid', async () => {
  const demo = await loadFolder(join(CORPORA, 'GoogleCloudPlatform__microservices-demo'));
  const complete = demo.diagnostics.filter(({ path }) => !/kustomize\/components|helm-chart/.test(path));
  expect(invalid(complete)).toEqual([]);
});

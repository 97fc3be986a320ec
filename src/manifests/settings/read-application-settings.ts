import type { Diagnostic } from '../diagnostic.ts';
import { decodeText, fileTooLarge } from '../parse/decode-text.ts';
import {
  type ChartSettings,
  diagnosticOf,
  FieldReader,
  type MapNode,
  type Node,
  parseNodes,
  RenderError,
} from '../render/index.ts';
import {
  type ApplicationSettings,
  type DecryptionSettings,
  NO_SETTINGS,
  SETTINGS_API_VERSION,
  SETTINGS_KIND,
  type SubstituteReference,
} from './application-settings.ts';

export interface ReadSettings {
  /** What could be read of it; the defaults where nothing could. */
  readonly settings: ApplicationSettings;
  /** Any problem is an error: an application is not rendered by half of what it asks for. */
  readonly problems: readonly Diagnostic[];
}

/** "Variable names" of Flux' `postBuild.substitute` (kustomize-controller, varsub). */
const VARIABLE = /^[_A-Za-z][_A-Za-z0-9]*$/;

/**
 * Reads a `berth.yaml`, strictly: an unknown field is an error. Without `bytes` it was too large to be read at all.
 * Never throws.
 */
export function readApplicationSettings(path: string, bytes: Uint8Array | undefined): ReadSettings {
  const decoded = bytes === undefined ? { problem: fileTooLarge() } : decodeText(bytes);
  if (decoded.problem !== undefined) return { settings: NO_SETTINGS, problems: [{ ...decoded.problem, path }] };
  const file = { path, text: decoded.text, lineShift: 0 };
  const problems: Diagnostic[] = [];
  try {
    const [node, second] = parseNodes(file, '1.2');
    const reader = new FieldReader(node ?? { kind: 'map', fields: new Map(), file, start: 0 }, '', {
      isStrict: true,
      code: 'ApplicationSettingsInvalid',
      report: (error, at, field) => problems.push(diagnosticOf(error, error.at ?? at, field || undefined)),
    });
    if (second !== undefined)
      reader.fail(second, '', 'the file has more than one document', 'remove all but the first');
    return { settings: readDocument(reader), problems };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    problems.push(diagnosticOf(error, error.at ?? { file, start: 0 }, undefined));
    return { settings: NO_SETTINGS, problems };
  }
}

function readDocument(reader: FieldReader): ApplicationSettings {
  readConstant(reader, 'apiVersion', SETTINGS_API_VERSION);
  readConstant(reader, 'kind', SETTINGS_KIND);
  reader.object('metadata', (metadata) => metadata.text('name'));
  const settings = reader.object('spec', readSpec) ?? NO_SETTINGS;
  reader.finish();
  return settings;
}

function readConstant(reader: FieldReader, field: string, wanted: string): void {
  const found = reader.locatedText(field);
  if (found?.value === wanted) return;
  const message = found === undefined ? `${field} is missing` : `${field} is ${found.value}`;
  reader.fail(found?.at ?? reader.node, field, message, `write ${field}: ${wanted}`);
}

function readSpec(spec: FieldReader): ApplicationSettings {
  const substitute = spec.textMap('substitute');
  for (const [name, { at }] of substitute) {
    if (VARIABLE.test(name)) continue;
    const help = 'use letters, digits and _, and begin with no digit';
    spec.fail(at, `substitute.${name}`, `${JSON.stringify(name)} is no name of a variable`, help);
  }
  return {
    helm: spec.object('helm', readHelm) ?? NO_SETTINGS.helm,
    substitute,
    substituteFrom: spec.objects('substituteFrom', readReference).filter((reference) => reference !== undefined),
    decryption: spec.object('decryption', readDecryption),
    force: spec.bool('force'),
  };
}

function readHelm(helm: FieldReader): ChartSettings {
  const values = helm.get('values');
  if (values !== undefined && values.kind !== 'map')
    helm.fail(values, 'values', 'spec.helm.values has to be a mapping');
  return {
    at: helm.node,
    releaseName: helm.locatedText('releaseName'),
    namespace: helm.locatedText('namespace'),
    valuesFiles: helm.texts('valuesFiles'),
    values: mapOf(values),
    includeCRDs: helm.get('includeCRDs') === undefined || helm.bool('includeCRDs'),
    skipHooks: helm.bool('skipHooks'),
    skipTests: helm.get('skipTests') === undefined || helm.bool('skipTests'),
    kubeVersion: helm.locatedText('kubeVersion'),
    apiVersions: helm.texts('apiVersions'),
  };
}

function mapOf(node: ReturnType<FieldReader['get']>): MapNode | undefined {
  return node?.kind === 'map' ? node : undefined;
}

function readReference(reference: FieldReader): SubstituteReference | undefined {
  const kind = reference.text('kind');
  const name = reference.locatedText('name');
  const optional = reference.bool('optional');
  const namespace = reference.text('namespace') || 'default';
  if (kind !== 'ConfigMap' && kind !== 'Secret') {
    reference.fail(reference.node, 'kind', `kind is ${kind || 'missing'}`, 'write ConfigMap or Secret');
    return undefined;
  }
  if (name !== undefined && name.value !== '') return { kind, name, namespace, optional };
  reference.fail(reference.node, 'name', 'name is missing', `name the ${kind}`);
  return undefined;
}

function readDecryption(decryption: FieldReader): DecryptionSettings | undefined {
  const provider = decryption.locatedText('provider');
  if (provider?.value === 'sops') return { provider: 'sops', at: decryption.node };
  const message = `provider is ${provider?.value ?? 'missing'}`;
  decryption.fail(provider?.at ?? decryption.node, 'provider', message, 'write provider: sops');
  return undefined;
}

/** A value that means nothing where it stands. */
export function settingsProblem(at: Node, field: string, message: string, help: string): Diagnostic {
  return diagnosticOf({ code: 'ApplicationSettingsInvalid', message, help }, at, field);
}

import type { IIoK8sApiCoreV1EnvFromSource } from 'kubernetes-models/v1/EnvFromSource';
import type { IIoK8sApiCoreV1EnvVar } from 'kubernetes-models/v1/EnvVar';
import type { Pod } from '../../objects/types.ts';
import { type Container, specOf } from '../observed-pod.ts';
import { type ConfigSources, decodeText, MissingConfigError } from './config-sources.ts';
import { expandVariables } from './expand-variables.ts';
import { type DownwardContext, fieldValue, resourceFieldValue } from './field-value.ts';
import { serviceVariables } from './service-variables.ts';

export type Environment = readonly { readonly name: string; readonly value: string }[];

export interface EnvironmentInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly sources: ConfigSources;
  readonly downward: DownwardContext;
}

/**
 * The environment of a container. Container.envFrom: "When a key exists in multiple sources, the value associated with
 * the last source will take precedence. Values defined by an Env with a duplicate key will take precedence." Service
 * variables give way to both. Throws a `MissingConfigError` when a source that is not optional is missing.
 */
export function computeEnvironment(input: EnvironmentInput): Environment {
  const links = specOf(input.pod).enableServiceLinks ?? true;
  const services = links ? serviceVariables(input.sources.services()) : new Map<string, string>();
  const variables = new Map<string, string>();
  for (const source of input.container.envFrom ?? []) {
    for (const [key, value] of readSource(input, source)) variables.set(`${source.prefix ?? ''}${key}`, value);
  }
  const lookup = (name: string): string | undefined => variables.get(name) ?? services.get(name);
  for (const entry of input.container.env ?? []) {
    const value = variableValue(input, entry, lookup);
    if (value === undefined) continue;
    variables.delete(entry.name);
    variables.set(entry.name, value);
  }
  for (const [name, value] of services) {
    if (!variables.has(name)) variables.set(name, value);
  }
  return [...variables].map(([name, value]) => ({ name, value }));
}

/**
 * Each key is a variable. "Containers may use any printable ASCII characters except for `=` in names of environment
 * variables" (RelaxedEnvironmentVariableValidation, on since Kubernetes 1.32), and keys of ConfigMaps and Secrets hold
 * letters, digits and `-._` alone.
 */
function readSource(input: EnvironmentInput, source: IIoK8sApiCoreV1EnvFromSource): readonly [string, string][] {
  const { configMapRef, secretRef } = source;
  if (configMapRef !== undefined) {
    const name = configMapRef.name ?? '';
    const configMap = input.sources.configMap(name);
    if (configMap !== undefined) return Object.entries(configMap.data ?? {});
    if (configMapRef.optional === true) return [];
    throw new MissingConfigError(`configmap "${name}" not found`);
  }
  const { name = '', optional = false } = secretRef ?? {};
  const secret = input.sources.secret(name);
  if (secret === undefined && !optional) throw new MissingConfigError(`secret "${name}" not found`);
  return Object.entries(secret?.data ?? {}).map(([key, value]) => [key, decodeText(value)]);
}

/** `undefined` for an optional reference to nothing: the variable is left out. */
function variableValue(
  input: EnvironmentInput,
  entry: IIoK8sApiCoreV1EnvVar,
  lookup: (name: string) => string | undefined,
): string | undefined {
  const from = entry.valueFrom;
  if (from === undefined) return expandVariables(entry.value ?? '', lookup);
  const { namespace = 'default' } = input.pod.metadata;
  if (from.configMapKeyRef !== undefined) {
    const { key, name = '', optional = false } = from.configMapKeyRef;
    const configMap = input.sources.configMap(name);
    if (configMap === undefined && !optional) throw new MissingConfigError(`configmap "${name}" not found`);
    const value = configMap?.data?.[key];
    if (value !== undefined || optional) return value;
    throw new MissingConfigError(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
  }
  if (from.secretKeyRef !== undefined) {
    const { key, name = '', optional = false } = from.secretKeyRef;
    const secret = input.sources.secret(name);
    if (secret === undefined && !optional) throw new MissingConfigError(`secret "${name}" not found`);
    const value = secret?.data?.[key];
    if (value !== undefined) return decodeText(value);
    if (optional) return undefined;
    throw new MissingConfigError(`couldn't find key ${key} in Secret ${namespace}/${name}`);
  }
  return downwardValue(input, entry);
}

function downwardValue({ pod, container, downward }: EnvironmentInput, entry: IIoK8sApiCoreV1EnvVar): string {
  const { fieldRef, resourceFieldRef = { resource: '' } } = entry.valueFrom ?? {};
  if (fieldRef !== undefined) return fieldValue(pod, fieldRef.fieldPath, downward);
  return resourceFieldValue(pod, container, resourceFieldRef, downward);
}

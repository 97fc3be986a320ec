import {
  configMapKeyProblems,
  descendingPathProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  envVarNameProblems,
  portNameProblems,
  portNumberProblems,
} from '../../../objects/names.ts';
import { type Cursor, checkRequiredText, checkText, checkUnique } from '../cursor.ts';
import { findSimilar } from '../did-you-mean.ts';
import { checkLifecycle, checkProbe } from './handler-rules.ts';
import { imageNameProblem } from './image-name.ts';
import { checkResources } from './resource-rules.ts';

export interface ContainerScope {
  readonly role: 'container' | 'init';
  /** Names of the pod's volumes, those of volume claim templates included. */
  readonly volumeNames: ReadonlySet<string>;
  readonly isHostNetwork: boolean;
  /** What the pod has to end, or what it would get by default. */
  readonly graceSeconds: number;
}

/** One container (core validation, validateContainerCommon, validateContainers, validateInitContainers). */
export function checkContainer(container: Cursor, scope: ContainerScope): void {
  checkRequiredText(container.get('name'), dns1123LabelProblems);
  checkImage(container.get('image'));
  const ports = container.get('ports').items;
  checkPorts(ports, scope);
  for (const variable of container.get('env').items) checkEnv(variable);
  for (const source of container.get('envFrom').items) checkEnvFrom(source);
  for (const mount of container.get('volumeMounts').items) checkVolumeMount(mount, scope);
  checkResources(container.get('resources'));
  checkProbes(container, scope, ports);
  const security = container.get('securityContext');
  for (const field of ['runAsUser', 'runAsGroup']) {
    const id = security.get(field);
    if (id.number !== undefined && (id.number < 0 || id.number > 2147483647)) {
      id.invalid('must be between 0 and 2147483647, inclusive');
    }
  }
}

function checkProbes(container: Cursor, scope: ContainerScope, ports: readonly Cursor[]): void {
  const restartPolicy = container.get('restartPolicy');
  const isSidecar = scope.role === 'init' && restartPolicy.value === 'Always';
  if (!restartPolicy.isAbsent && scope.role === 'container') {
    restartPolicy.forbidden('may not be set for non-init containers', 'set it on the pod');
  } else if (restartPolicy.text !== undefined && restartPolicy.text !== 'Always') {
    restartPolicy.notSupported(['Always']);
  }
  const fields = ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const;
  if (scope.role === 'init' && !isSidecar) {
    for (const field of fields) {
      const message = 'may not be set for init containers without restartPolicy=Always';
      if (container.has(field)) container.get(field).forbidden(message);
    }
    return;
  }
  const portNames = ports.map((port) => port.get('name').text ?? '').filter((name) => name !== '');
  checkProbe(container.get('livenessProbe'), 'liveness', portNames);
  checkProbe(container.get('readinessProbe'), 'readiness', portNames);
  checkProbe(container.get('startupProbe'), 'startup', portNames);
  checkLifecycle(container.get('lifecycle'), portNames, scope.graceSeconds);
}

function checkImage(image: Cursor): void {
  if (image.isAbsent || image.value === '') return image.required();
  const problem = image.text === undefined ? undefined : imageNameProblem(image.text);
  if (problem !== undefined) image.invalid(problem.detail, problem.help);
}

function checkPorts(ports: readonly Cursor[], scope: ContainerScope): void {
  for (const port of ports) {
    checkText(port.get('name'), (value) => (value === '' ? [] : portNameProblems(value)));
    const containerPort = port.get('containerPort');
    const hostPort = port.get('hostPort');
    for (const number of [containerPort, hostPort]) {
      if (number.number === undefined || (number === hostPort && number.number === 0)) continue;
      for (const message of portNumberProblems(number.number)) number.invalid(message);
    }
    if (scope.isHostNetwork && hostPort.number !== undefined && hostPort.number !== containerPort.number) {
      hostPort.invalid('must match `containerPort` when `hostNetwork` is true');
    }
  }
  checkUnique(ports, (port) => port.get('name'));
}

const ENV_SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef'];
const FIELD_PATHS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const RESOURCES = /^(?:limits|requests)\.(?:cpu|memory|ephemeral-storage|hugepages-[\w.]+)$/;

function checkEnv(variable: Cursor): void {
  checkRequiredText(variable.get('name'), envVarNameProblems);
  const source = variable.get('valueFrom');
  if (source.object === undefined) return;
  const value = variable.get('value');
  if (value.text !== undefined && value.text !== '') source.invalid('may not be specified when `value` is not empty');
  const given = ENV_SOURCES.filter((name) => source.has(name));
  if (given.length === 0)
    source.invalid('must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`');
  if (given.length > 1) source.invalid('may not have more than one field specified at a time');
  checkFieldRef(source.get('fieldRef'), ['metadata.annotations', 'metadata.labels'], FIELD_PATHS);
  checkResourceRef(source.get('resourceFieldRef'));
  for (const name of ['configMapKeyRef', 'secretKeyRef']) {
    const reference = source.get(name);
    if (reference.object === undefined) continue;
    checkRequiredText(reference.get('name'), dns1123SubdomainProblems);
    checkRequiredText(reference.get('key'), configMapKeyProblems);
  }
}

/** `metadata.labels['app']`: a map with a key in brackets, or one of the plain paths. */
export function checkFieldRef(fieldRef: Cursor, maps: readonly string[], plain: readonly string[]): void {
  const path = fieldRef.get('fieldPath');
  if (fieldRef.object === undefined || path.text === undefined) return;
  if (path.text === '') return path.required();
  if (plain.includes(path.text)) return;
  const subscript = /^(.+?)\['(.*)'\]$/.exec(path.text);
  if (subscript?.[1] !== undefined && maps.includes(subscript[1])) return;
  const similar = findSimilar(path.text, plain);
  const help = similar === undefined ? undefined : `did you mean "${similar}"?`;
  path.notSupported([...plain, ...maps.map((map) => `${map}['<KEY>']`)], help);
}

export function checkResourceRef(reference: Cursor): void {
  const resource = reference.get('resource');
  if (reference.object === undefined || resource.text === undefined) return;
  if (resource.text === '') resource.required();
  else if (!RESOURCES.test(resource.text)) {
    resource.notSupported([
      'limits.cpu',
      'limits.memory',
      'limits.ephemeral-storage',
      'requests.cpu',
      'requests.memory',
      'requests.ephemeral-storage',
    ]);
  }
}

function checkEnvFrom(source: Cursor): void {
  const prefix = source.get('prefix');
  if (prefix.text !== undefined && prefix.text !== '') checkText(prefix, envVarNameProblems);
  const references = ['configMapRef', 'secretRef'].map((name) => source.get(name)).filter((item) => !item.isAbsent);
  if (references.length === 0) source.invalid('must specify one of: `configMapRef` or `secretRef`');
  if (references.length > 1) source.invalid('may not have more than one field specified at a time');
  for (const reference of references) checkRequiredText(reference.get('name'), dns1123SubdomainProblems);
}

function checkVolumeMount(mount: Cursor, { volumeNames }: ContainerScope): void {
  const name = mount.get('name');
  if (name.isAbsent || name.value === '') name.required();
  else if (name.text !== undefined && !volumeNames.has(name.text)) {
    const similar = findSimilar(name.text, volumeNames);
    name.notFound(
      similar === undefined ? `add a volume named "${name.text}" to the pod` : `did you mean "${similar}"?`,
    );
  }
  if (mount.get('mountPath').value === '') mount.get('mountPath').required();
  const subPath = mount.get('subPath');
  const subPathExpr = mount.get('subPathExpr');
  checkText(subPath, descendingPathProblems);
  checkText(subPathExpr, descendingPathProblems);
  if (subPath.text && subPathExpr.text) subPathExpr.invalid('subPathExpr and subPath are mutually exclusive');
}

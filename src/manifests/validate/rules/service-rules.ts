import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  portNameProblems,
  portNumberProblems,
} from '../../../objects/names.ts';
import { type Cursor, checkText, checkUnique } from '../cursor.ts';
import { checkLabels } from './metadata-rules.ts';
import { checkAddress } from './pod-rules.ts';

/** The API server's default range (`--service-node-port-range`). */
const NODE_PORT_MIN = 30000;
const NODE_PORT_MAX = 32767;
const MAX_AFFINITY_SECONDS = 86400;
const TRAFFIC_DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

/** `spec` of a Service (core validation, ValidateService). */
export function checkService(spec: Cursor): void {
  if (spec.object === undefined) return;
  const type = spec.get('type').text ?? 'ClusterIP';
  const ports = spec.get('ports').items;
  const isHeadless = spec.get('clusterIP').value === 'None';
  if (ports.length === 0 && !isHeadless && type !== 'ExternalName') spec.get('ports').required();
  for (const port of ports) checkPort(port, { isNamed: ports.length > 1, type });
  checkUnique(ports, (port) => port.get('name'));
  checkNodePorts(ports);
  checkLabels(spec.get('selector'));
  checkAddresses(spec, type);
  const distribution = spec.get('trafficDistribution');
  if (distribution.text !== undefined && !TRAFFIC_DISTRIBUTIONS.includes(distribution.text)) {
    distribution.notSupported(TRAFFIC_DISTRIBUTIONS);
  }
  if (type === 'ExternalName') checkExternalName(spec.get('externalName'));
  const timeout = spec.get('sessionAffinityConfig').get('clientIP').get('timeoutSeconds');
  if (timeout.number !== undefined && (timeout.number <= 0 || timeout.number > MAX_AFFINITY_SECONDS)) {
    timeout.invalid(`must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`);
  }
  if (!spec.get('sessionAffinityConfig').isAbsent && spec.get('sessionAffinity').value !== 'ClientIP') {
    spec.get('sessionAffinityConfig').forbidden('must not be set when session affinity is None');
  }
}

function checkPort(port: Cursor, service: { readonly isNamed: boolean; readonly type: string }): void {
  const name = port.get('name');
  if (service.isNamed && (name.isAbsent || name.value === '')) {
    name.required('a Service with more than one port needs a name for each', 'add name: to the port');
  } else checkText(name, (value) => (value === '' ? [] : dns1123LabelProblems(value)));
  const number = port.get('port');
  if (number.number !== undefined) for (const message of portNumberProblems(number.number)) number.invalid(message);
  const target = port.get('targetPort');
  // 0 and the empty text mean the same number as `port`.
  if (target.number !== undefined && target.number !== 0)
    for (const message of portNumberProblems(target.number)) target.invalid(message);
  if (target.text) {
    const help = /^\d+$/.test(target.text) ? 'remove the quotes' : undefined;
    for (const message of portNameProblems(target.text)) target.invalid(message, help);
  }
  checkNodePort(port.get('nodePort'), service.type);
}

function checkNodePort(nodePort: Cursor, type: string): void {
  if (nodePort.number === undefined || nodePort.number === 0) return;
  if (type === 'ClusterIP' || type === 'ExternalName') {
    return nodePort.forbidden(`may not be used when \`type\` is '${type}'`, 'set type: NodePort or remove the field');
  }
  if (nodePort.number < NODE_PORT_MIN || nodePort.number > NODE_PORT_MAX) {
    const range = `${NODE_PORT_MIN}-${NODE_PORT_MAX}`;
    nodePort.invalid(`provided port is not in the valid range. The range of valid ports is ${range}`);
  }
}

/** Two ports of one protocol cannot share a node port. */
function checkNodePorts(ports: readonly Cursor[]): void {
  const seen = new Set<string>();
  for (const port of ports) {
    const nodePort = port.get('nodePort');
    if (nodePort.number === undefined || nodePort.number === 0) continue;
    const key = `${port.get('protocol').text ?? 'TCP'}/${nodePort.number}`;
    if (seen.has(key)) nodePort.duplicate();
    seen.add(key);
  }
}

function checkAddresses(spec: Cursor, type: string): void {
  const clusterIp = spec.get('clusterIP');
  if (clusterIp.text && clusterIp.text !== 'None') {
    if (type === 'ExternalName') clusterIp.forbidden("may not be set when `type` is 'ExternalName'");
    else checkAddress(clusterIp);
  }
  if (clusterIp.value === 'None' && type !== 'ClusterIP') {
    clusterIp.invalid(`may not be set to 'None' for ${type} services`);
  }
  for (const address of spec.get('externalIPs').items) checkAddress(address);
}

function checkExternalName(externalName: Cursor): void {
  if (externalName.isAbsent || externalName.value === '') return externalName.required();
  checkText(externalName, (value) => dns1123SubdomainProblems(value.endsWith('.') ? value.slice(0, -1) : value));
}

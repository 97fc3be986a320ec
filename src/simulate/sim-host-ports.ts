import { SimDnsSockets } from '../host/sim/sim-dns-sockets.ts';
import { SimPacketRules, type SimPacketRulesOptions } from '../host/sim/sim-packet-rules.ts';
import { SimProbeSockets } from '../host/sim/sim-probe-sockets.ts';
import { SimVolumeFiles, type SimVolumeFilesOptions } from '../host/sim/sim-volume-files.ts';
import type { SimEngine } from '../runtime/sim/sim-engine.ts';

export interface SimHostPortsOptions extends SimVolumeFilesOptions, Pick<SimPacketRulesOptions, 'onApply'> {
  readonly engine: SimEngine;
}

/** What a node agent asks of the host, answered by the simulated engine: whoever listens there answers the probes. */
export function createSimHostPorts({ engine, ...options }: SimHostPortsOptions): {
  readonly volumeFiles: SimVolumeFiles;
  readonly probeSockets: SimProbeSockets;
  readonly packetRules: SimPacketRules;
  readonly dnsSockets: SimDnsSockets;
} {
  return {
    volumeFiles: new SimVolumeFiles(options),
    packetRules: new SimPacketRules(options),
    dnsSockets: new SimDnsSockets(options),
    probeSockets: new SimProbeSockets({
      ...options,
      answer: (host, port, path) => {
        if (path === undefined) return engine.isListening(host, port) ? { statusCode: 200 } : 'refused';
        const response = engine.httpGet(host, port, path);
        if (response === undefined) return 'refused';
        return { statusCode: response.status, ...(response.body === undefined ? {} : { body: response.body }) };
      },
    }),
  };
}

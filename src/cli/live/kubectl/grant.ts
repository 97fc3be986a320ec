import { BerthError } from '../../../lib/errors.ts';
import { isJsonObject } from '../../../lib/json.ts';

/** What a kubeconfig is made of, as a running Berth hands it out. */
export interface Grant {
  readonly cluster: string;
  readonly port: number;
  /** PEM. */
  readonly authority: string;
  readonly token: string;
}

/**
 * Throws `ApiUnreachable` where the Berth that runs answers in another way than this one would. What it said is not
 * repeated: a token may be in it.
 */
export function parseGrant(answer: unknown): Grant {
  const { cluster, port, authority, token } = isJsonObject(answer) ? answer : {};
  const isPort = typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535;
  if (typeof cluster === 'string' && isPort && typeof authority === 'string' && typeof token === 'string') {
    return { cluster, port, authority, token };
  }
  const detail = 'the answer of the running Berth does not say how to come in';
  const help = 'restart Berth, so that it is of the same version as this command';
  throw new BerthError('ApiUnreachable', { verb: 'open a port for kubectl', detail, help });
}

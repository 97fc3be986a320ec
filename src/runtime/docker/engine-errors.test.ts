import { describe, expect, it } from 'vitest';
import { classifyPullMessage, classifyResponse, cleanEngineMessage } from './engine-errors.ts';

// The texts are those of Docker 20.10 to 28 and of common registries.
it.each`
  message                                                                                                                          | reason
  ${'manifest for busybox:9 not found: manifest unknown: manifest unknown'}                                                        | ${'ImageNotFound'}
  ${'manifest unknown'}                                                                                                            | ${'ImageNotFound'}
  ${'repository r.example/x not found: name unknown: repository name not known to registry'}                                       | ${'ImageNotFound'}
  ${"pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource"} | ${'ImageUnauthorized'}
  ${'Head "https://r.example/v2/x/manifests/1": unauthorized: authentication required'}                                            | ${'ImageUnauthorized'}
  ${'Get "http://127.0.0.1:5000/v2/x/manifests/1": no basic auth credentials'}                                                     | ${'ImageUnauthorized'}
  ${'error from registry: denied'}                                                                                                 | ${'ImageUnauthorized'}
  ${'no matching manifest for linux/arm64/v8 in the manifest list entries'}                                                        | ${'ImageInvalid'}
  ${'invalid reference format: repository name must be lowercase'}                                                                 | ${'ImageInvalid'}
  ${'filesystem layer verification failed for digest sha256:ab'}                                                                   | ${'ImageInvalid'}
  ${'Get "https://r.invalid/v2/": dial tcp: lookup r.invalid on 127.0.0.53:53: no such host'}                                      | ${'RegistryUnavailable'}
  ${'Get "https://r.example/v2/": dial tcp 192.0.2.1:443: i/o timeout'}                                                            | ${'RegistryUnavailable'}
  ${'Get "https://r.example/v2/": net/http: TLS handshake timeout'}                                                                | ${'RegistryUnavailable'}
  ${'Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused'}                                             | ${'RegistryUnavailable'}
  ${'Get "https://r.example/v2/": x509: certificate signed by unknown authority'}                                                  | ${'RegistryUnavailable'}
  ${'Get "https://r.example/v2/": http: server gave HTTP response to HTTPS client'}                                                | ${'RegistryUnavailable'}
  ${'toomanyrequests: You have reached your pull rate limit'}                                                                      | ${'RegistryUnavailable'}
  ${'received unexpected HTTP status: 503 Service Unavailable'}                                                                    | ${'RegistryUnavailable'}
  ${'write /var/lib/docker/tmp/x: no space left on device'}                                                                        | ${'Unknown'}
`('a pull that fails with "$message" is $reason', ({ message, reason }) => {
  expect(classifyPullMessage(message)).toBe(reason);
});

it.each`
  status | purpose     | message                                                                            | reason
  ${404} | ${'query'}  | ${'No such container: x'}                                                          | ${'NotFound'}
  ${404} | ${'create'} | ${'No such image: x:1'}                                                            | ${'ImageNotFound'}
  ${400} | ${'create'} | ${'No such container: x'}                                                          | ${'NotFound'}
  ${409} | ${'create'} | ${'Conflict. The container name "/x" is already in use by container "y".'}         | ${'Conflict'}
  ${400} | ${'create'} | ${'invalid mount config for type "bind": bind source path does not exist: /x'}     | ${'InvalidSpec'}
  ${500} | ${'start'}  | ${'driver failed: Bind for 0.0.0.0:80 failed: port is already allocated'}          | ${'PortInUse'}
  ${500} | ${'start'}  | ${'Error starting userland proxy: listen tcp4 0.0.0.0:80: address already in use'} | ${'PortInUse'}
  ${400} | ${'start'}  | ${'OCI runtime create failed: exec: "x": executable file not found in $PATH'}      | ${'StartFailed'}
  ${409} | ${'start'}  | ${'cannot join network of a non running container: x'}                             | ${'StartFailed'}
  ${404} | ${'start'}  | ${'No such container: x'}                                                          | ${'NotFound'}
  ${409} | ${'change'} | ${'Container x is not running'}                                                    | ${'Conflict'}
  ${403} | ${'change'} | ${'error while removing network: network x id y has active endpoints'}             | ${'Forbidden'}
  ${500} | ${'change'} | ${'something else'}                                                                | ${'Unknown'}
`('$status of a $purpose call, "$message", is $reason', ({ status, purpose, message, reason }) => {
  expect(classifyResponse(status, message, purpose)).toBe(reason);
});

describe('a message is cleaned of', () => {
  it.each([
    ['line breaks', 'a\n  b\r\nc', 'a b c'],
    ['users in addresses', 'Get "https://u:p@r.example/v2/": no', 'Get "https://r.example/v2/": no'],
    ['signed queries', 'Get "https://s3.example/x?X-Sig=abc&y=1": EOF', 'Get "https://s3.example/x": EOF'],
    ['tokens', 'Authorization: Bearer abc.def-ghi refused', 'Authorization: Bearer … refused'],
    ['dialled addresses', 'dial tcp 192.0.2.1:443: i/o timeout', 'dial tcp: i/o timeout'],
    ['both ends', 'read tcp 10.0.0.1:5->192.0.2.1:443: connection reset', 'read tcp: connection reset'],
    [
      'resolvers',
      'dial tcp: lookup r.invalid on 127.0.0.53:53: no such host',
      'dial tcp: lookup r.invalid: no such host',
    ],
  ])('%s', (_title, message, expected) => {
    expect(cleanEngineMessage(message)).toBe(expected);
  });
});

/**
 * Whose API this is: clients go by it, nodes and probes name it, and `docs/kubectl.md` says what of later versions is
 * taken as well.
 */
export const KUBERNETES_VERSION = { major: '1', minor: '32', text: 'v1.32.0' } as const;

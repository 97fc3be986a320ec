import type { Identity } from '../client.ts';

/**
 * Questions of whoever asks about themselves (`kubectl auth can-i`, `auth whoami`). Whoever comes in may do everything,
 * so the answer depends on nothing that the question says, and it is not read.
 */
const REVIEWS: Readonly<Record<string, (identity: Identity) => object>> = {
  '/apis/authentication.k8s.io/v1/selfsubjectreviews': ({ user }) => ({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'SelfSubjectReview',
    metadata: {},
    status: { userInfo: { username: user, groups: ['system:masters', 'system:authenticated'] } },
  }),
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews': () => ({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    metadata: {},
    spec: {},
    status: { allowed: true, reason: 'whoever comes in may do everything' },
  }),
  '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews': () => ({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    metadata: {},
    spec: {},
    status: {
      incomplete: false,
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    },
  }),
};

/** Who answers at a path; `undefined` where nobody does. */
export function findSelfReview(path: string): ((identity: Identity) => object) | undefined {
  return Object.hasOwn(REVIEWS, path) ? REVIEWS[path] : undefined;
}

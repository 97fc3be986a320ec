/**
 * Every limit on untrusted input and on Berth's own growth, in one place. Going over one is a `LimitExceeded` error that names it.
 * Units are last in each name.
 */
export const LIMITS = {
  /** One YAML file. */
  manifestFileBytes: 5 * 1024 * 1024,
  /** Documents in one file, after `List` is unwrapped. */
  manifestDocumentsPerFile: 10_000,
  /** Nesting of one document. */
  manifestDepth: 64,
  /** Expansions of aliases in one document. */
  manifestAliases: 100,
  /** Files below one application's path. */
  applicationFiles: 50_000,
  /** One object as JSON, as etcd and Kubernetes have it. */
  objectBytes: 1_572_864,
  /** Problems reported of one commit; the rest is counted. */
  diagnostics: 500,
  /** Longest run of synchronous work before other work gets its turn. */
  turnMs: 10,
  /** One HTTP request body. */
  requestBodyBytes: 3 * 1024 * 1024,
} as const;

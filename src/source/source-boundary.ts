import { AssertionError } from '../lib/assert.ts';
import { messageOf } from '../lib/errors.ts';
import { redactUrl } from './repository-address.ts';
import { type Source, SourceError } from './source.ts';

/**
 * The outermost layer of every source: whatever a driver or the system rejects with (`ENOSPC`, `EMFILE`, a library's
 * own error) becomes a `SourceError`, so that the caller has one kind to handle. Bugs stay what they are.
 */
export function guardSource(inner: Source): Source {
  return {
    description: inner.description,
    resolve: (signal) => guard(inner.resolve(signal), signal),
    resolveRevision: (revision) => guard(inner.resolveRevision(revision)),
    watch: (onChange) => guard(inner.watch(onChange)),
    readTree: (tree) => guard(inner.readTree(tree)),
    readBlob: (blob, maxBytes) => guard(inner.readBlob(blob, maxBytes)),
    readBranch: (branch) => guard(inner.readBranch(branch)),
    publish: (request) => guard(inner.publish(request)),
    close: () => guard(inner.close()),
  };
}

async function guard<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SourceError || error instanceof AssertionError || signal?.aborted) throw error;
    if (error instanceof TypeError || error instanceof ReferenceError) throw error;
    throw new SourceError('Unknown', redactUrl(messageOf(error)), error);
  }
}

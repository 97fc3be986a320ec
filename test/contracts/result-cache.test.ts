import { MemoryResultCache } from '../../src/host/sim/memory-result-cache.ts';
import { resultCacheContract } from './result-cache-contract.ts';

resultCacheContract('in memory', () => ({ open: (maxBytes) => new MemoryResultCache(maxBytes), remove: () => {} }));

import { setFlagsFromString } from 'node:v8';

/**
 * Bytes of bytecode that a function runs before V8 gives it to its optimizing compiler; by itself it does so after 66
 * KB.
 */
const BUDGET = 1_000_000;

/**
 * For a process that ends after seconds: only what runs very often is worth the optimizing compiler. A plan runs a
 * great many functions a few thousand times each; a fourth of its processor time went into code that was hardly used
 * any more. What does run long is still optimized, only later. Later versions of Node have further compilers, for which
 * this was not measured: they are left alone.
 */
export function compileSparingly(): void {
  if (process.versions.node.startsWith('20.')) setFlagsFromString(`--interrupt-budget=${BUDGET}`);
}

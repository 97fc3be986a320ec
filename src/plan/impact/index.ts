/**
 * What a change reaches beyond the objects that it writes: pods that restart, Services and hosts in front of them,
 * images. All pure.
 */
export { type BlastRadius, computeBlastRadius, ingressRulesOf, selects } from './compute-blast-radius.ts';
export { computeImages, type ImageUse } from './compute-images.ts';
export { computeRestarts, type RestartReport } from './compute-restarts.ts';
export { type ConfigurationUse, usesOf } from './configuration-uses.ts';

import { normalizedName } from '../cluster/node-images.ts';
import { MAX_SCORE, type ScorePlugin } from '../plugin.ts';

const MEBIBYTE = 1024 * 1024;
const MIN_BYTES = 23 * MEBIBYTE;
const MAX_BYTES_PER_CONTAINER = 1000 * MEBIBYTE;

/**
 * "ImageLocality: favors nodes that already have the container images that the Pod runs." The size of each image counts
 * by the share of nodes that have it, "to avoid node heating"; what is below 23 MB in all counts nothing
 * (scaledImageScore).
 */
export const imageLocality: ScorePlugin = {
  name: 'ImageLocality',
  weight: 1,
  prepare: ({ pod }, cluster) => {
    const { images } = cluster;
    if (images.size === 0) return undefined;
    const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    const wanted = containers
      .map(({ image }) => images.get(normalizedName(image ?? '')))
      .filter((found) => found !== undefined);
    if (wanted.length === 0) return undefined;
    const maxBytes = MAX_BYTES_PER_CONTAINER * containers.length;
    const total = cluster.nodes.length;
    return {
      score: ({ name }) => {
        const bytes = wanted.reduce((sum, { sizeOn }) => {
          const size = sizeOn.get(name);
          return size === undefined ? sum : sum + Math.floor(size * (sizeOn.size / total));
        }, 0);
        const clamped = Math.min(Math.max(bytes, MIN_BYTES), maxBytes);
        return Math.floor((MAX_SCORE * (clamped - MIN_BYTES)) / (maxBytes - MIN_BYTES));
      },
    };
  },
};

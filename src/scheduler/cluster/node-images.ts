import type { NodeInfo } from './node-info.ts';

/** An image, with its size on each node that has it. */
export interface ImageState {
  readonly sizeOn: ReadonlyMap<string, number>;
}

/** By name, as `normalizedName` gives it. */
export function imagesOf(nodes: readonly NodeInfo[]): ReadonlyMap<string, ImageState> {
  const images = new Map<string, { sizeOn: Map<string, number> }>();
  for (const { name, node } of nodes) {
    for (const { names = [], sizeBytes = 0 } of node?.status?.images ?? []) {
      for (const image of names) {
        const key = normalizedName(image);
        const state = images.get(key) ?? { sizeOn: new Map<string, number>() };
        state.sizeOn.set(name, sizeBytes);
        images.set(key, state);
      }
    }
  }
  return images;
}

/** "If the image has no tag, :latest is meant" (normalizedImageName). */
export function normalizedName(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') && !image.includes('@') ? `${image}:latest` : image;
}

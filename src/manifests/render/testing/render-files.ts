import { type RenderCache, type RenderResult, render } from '../index.ts';

export type Rendered = Extract<RenderResult, { type: 'rendered' }> & { readonly rounds: number };

/** Renders files that are there as text or bytes; the id of a blob is its content. */
export function renderFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  folder = '',
  cache?: RenderCache,
): Rendered {
  const contents = new Map<string, Uint8Array>();
  const tree = Object.entries(files).map(([path, content]) => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const id = typeof content === 'string' ? content : Array.from(content).join();
    contents.set(id, bytes);
    return { path, type: 'blob' as const, id };
  });
  const blobs = new Map<string, Uint8Array>();
  for (let rounds = 1; ; rounds++) {
    const result = render({ tree, folder, blobs, ...(cache === undefined ? {} : { cache }) });
    if (result.type === 'rendered') return { ...result, rounds };
    for (const id of result.blobs) {
      const bytes = contents.get(id);
      if (bytes === undefined || blobs.has(id)) throw new Error(`the renderer asks for ${id} again or for nothing`);
      blobs.set(id, bytes);
    }
  }
}

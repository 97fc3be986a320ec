import { isImageId, normalizeImageName, parseImageReference } from '../image-reference.ts';
import { type ImageInfo, RuntimeError, type StoredImage } from '../runtime.ts';
import type { EngineConnection } from './engine-connection.ts';
import { cleanEngineMessage } from './engine-errors.ts';
import { listAt, numberAt, textAt, textsAt } from './json-path.ts';
import { buildSandboxImage, SANDBOX_REPOSITORY, sandboxArchitecture } from './sandbox-image/build-sandbox-image.ts';

/** What is known of an image on the box; `undefined` when it is not there. */
export async function inspectImage(engine: EngineConnection, image: string): Promise<ImageInfo | undefined> {
  if (!isImageId(image) && parseImageReference(image) === undefined) {
    throw new RuntimeError('ImageInvalid', `invalid reference format: "${image}"`);
  }
  const path = `/images/${normalizeImageName(image)}/json`;
  const details = await engine.find({ method: 'GET', path, purpose: 'query' });
  if (details === undefined) return undefined;
  return {
    id: textAt(details, 'Id'),
    repoDigests: textsAt(details, 'RepoDigests'),
    sizeBytes: numberAt(details, 'Size'),
    user: textAt(details, 'Config', 'User'),
    entrypoint: textsAt(details, 'Config', 'Entrypoint'),
    cmd: textsAt(details, 'Config', 'Cmd'),
  };
}

export async function listImages(engine: EngineConnection): Promise<readonly StoredImage[]> {
  const images = listAt(await engine.json({ method: 'GET', path: '/images/json', purpose: 'query' }));
  return images.map((image) => ({
    id: textAt(image, 'Id'),
    names: textsAt(image, 'RepoTags').filter((name) => name !== '<none>:<none>'),
    sizeBytes: numberAt(image, 'Size'),
  }));
}

/**
 * Never by force: the engine itself refuses for an image that anybody's container was made from. It refuses as well to
 * remove by its id what has names in several repositories ("unable to delete … (must be forced)"); by its names it goes
 * one after the other, once nobody's container holds it.
 */
export async function removeImage(
  engine: Pick<EngineConnection, 'find' | 'json'>,
  id: string,
  names: readonly string[] = [],
): Promise<boolean> {
  if (names.length < 2) return tryRemove(engine, id);
  const query = { all: true, filters: JSON.stringify({ ancestor: [id] }) };
  const users = listAt(await engine.json({ method: 'GET', path: '/containers/json', query, purpose: 'query' }));
  if (users.length > 0) return false;
  for (const name of names) if (!(await tryRemove(engine, name))) return false;
  return true;
}

async function tryRemove(engine: Pick<EngineConnection, 'find'>, image: string): Promise<boolean> {
  try {
    await engine.find({ method: 'DELETE', path: `/images/${image}`, purpose: 'change' });
    return true;
  } catch (error) {
    if (error instanceof RuntimeError && error.reason === 'Conflict') return false;
    throw error;
  }
}

/** Makes sure that the sandbox image is on the box and returns the name to create containers from. */
export async function ensureSandboxImage(engine: EngineConnection, clusterUid: string): Promise<string> {
  const engineArchitecture = textAt(await engine.version(), 'Arch');
  const architecture = sandboxArchitecture(engineArchitecture);
  if (architecture === undefined) {
    throw new RuntimeError('InvalidSpec', `there is no sandbox program for the processor "${engineArchitecture}"`);
  }
  const image = buildSandboxImage(architecture, clusterUid);
  if ((await inspectImage(engine, image.tag)) !== undefined) return image.tag;
  const response = await engine.stream({
    method: 'POST',
    path: '/images/load',
    query: { quiet: true },
    // With any other type the engine takes the archive for nothing and reports success.
    content: { type: 'application/x-tar', bytes: image.archive },
    purpose: 'change',
  });
  let text = '';
  for await (const chunk of response) text += String(chunk);
  if ((await inspectImage(engine, image.tag)) !== undefined) return image.tag;
  throw new RuntimeError('Unknown', `the engine did not load the sandbox image: ${cleanEngineMessage(text)}`);
}

/**
 * Removes the names of the sandbox image that belong to this cluster; the engine drops the image with its last name.
 */
export async function removeSandboxImages(engine: EngineConnection, clusterUid: string): Promise<void> {
  const query = { filters: JSON.stringify({ reference: [SANDBOX_REPOSITORY] }) };
  const images = listAt(await engine.json({ method: 'GET', path: '/images/json', query, purpose: 'query' }));
  const tags = images.flatMap((image) => textsAt(image, 'RepoTags')).filter((tag) => tag.endsWith(`-${clusterUid}`));
  for (const tag of tags) await engine.find({ method: 'DELETE', path: `/images/${tag}`, purpose: 'change' });
}

import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Semaphore } from '../../lib/semaphore.ts';
import { isImageId, normalizeImageName, parseImageReference } from '../../runtime/image-reference.ts';
import {
  type ImageInfo,
  type PulledImage,
  type RegistryCredentials,
  type Runtime,
  RuntimeError,
} from '../../runtime/runtime.ts';
import { formatGoDuration } from '../go-duration.ts';

export interface ImageRequest {
  readonly image: string;
  /** The container's policy, defaulted. */
  readonly policy: 'Always' | 'IfNotPresent' | 'Never';
  /** Only asked when something has to be pulled. */
  readonly credentials: () => Promise<readonly RegistryCredentials[]>;
  readonly report: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
}

export type ImageOutcome =
  | { readonly type: 'ready'; readonly image: ImageInfo }
  | { readonly type: 'blocked'; readonly reason: 'InvalidImageName' | 'ErrImageNeverPull'; readonly message: string }
  | { readonly type: 'failed'; readonly message: string; readonly isEngineDown: boolean };

/**
 * Container.imagePullPolicy: "Defaults to Always if :latest tag is specified, or IfNotPresent otherwise." No tag means
 * `latest`.
 */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  const reference = parseImageReference(image);
  if (reference === undefined || reference.digest !== undefined) return 'IfNotPresent';
  return (reference.tag ?? 'latest') === 'latest' ? 'Always' : 'IfNotPresent';
}

/**
 * Brings images to the box: one pull of an image at a time however many pods want it, and few pulls at once. Back-off
 * is the business of the pods' workers, as it is kept per pod and image.
 */
export class ImageManager {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #onPulled: (name: string, image: PulledImage) => void;
  readonly #pullSlots = new Semaphore(LIMITS.parallelImagePulls);
  /** Pulls that run, by image and credentials: two namespaces with different secrets never share one. */
  readonly #pulls = new Map<string, Promise<ImageInfo>>();
  /** Images known to be on the box; a start that finds one missing says so through `forget`. */
  readonly #present = new Map<string, ImageInfo>();
  readonly #stopped = new AbortController();

  /** `onPulled` is told of each pull, with the name that was asked for. */
  constructor(runtime: Runtime, clock: Clock, onPulled: (name: string, image: PulledImage) => void = () => {}) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#onPulled = onPulled;
  }

  /** Never rejects. Events are worded as the kubelet's. */
  async ensure(request: ImageRequest): Promise<ImageOutcome> {
    const { image, policy, report } = request;
    if (!isImageId(image) && parseImageReference(image) === undefined) {
      const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
      report('Warning', 'InspectFailed', message);
      return { type: 'blocked', reason: 'InvalidImageName', message };
    }
    try {
      const present = await this.#inspect(image);
      if (present !== undefined && policy !== 'Always') {
        report('Normal', 'Pulled', `Container image "${image}" already present on machine`);
        return { type: 'ready', image: present };
      }
      if (policy === 'Never') {
        const message = `Container image "${image}" is not present with pull policy of Never`;
        report('Warning', 'ErrImageNeverPull', message);
        return { type: 'blocked', reason: 'ErrImageNeverPull', message };
      }
      return { type: 'ready', image: await this.#pull(request) };
    } catch (error) {
      const message = messageOf(error);
      report('Warning', 'Failed', `Failed to pull image "${image}": ${message}`);
      report('Warning', 'Failed', 'Error: ErrImagePull');
      const isEngineDown = error instanceof RuntimeError && error.reason === 'EngineUnavailable';
      return { type: 'failed', message, isEngineDown };
    }
  }

  /** Forgets that an image is on the box, or all of them: somebody may have removed it behind Berth's back. */
  forget(image?: string): void {
    if (image === undefined) this.#present.clear();
    else this.#present.delete(image);
  }

  /** Ends the pulls that run. */
  stop(): void {
    this.#stopped.abort();
  }

  async #inspect(image: string): Promise<ImageInfo | undefined> {
    const known = this.#present.get(image);
    if (known !== undefined) return known;
    const found = await this.#runtime.inspectImage(image);
    if (found !== undefined) this.#present.set(image, found);
    return found;
  }

  async #pull(request: ImageRequest): Promise<ImageInfo> {
    const { image, report } = request;
    const credentials = await request.credentials();
    report('Normal', 'Pulling', `Pulling image "${image}"`);
    const askedAtMs = this.#clock.monotonicMs();
    const key = JSON.stringify([image, credentials]);
    let tookMs = 0;
    const pull = this.#pulls.get(key) ?? this.#startPull(key, image, credentials, (ms) => (tookMs = ms));
    const info = await pull;
    const waitedMs = this.#clock.monotonicMs() - askedAtMs;
    const took = formatGoDuration(Math.round(tookMs === 0 ? waitedMs : tookMs));
    const waited = `${formatGoDuration(Math.round(waitedMs))} including waiting`;
    report(
      'Normal',
      'Pulled',
      `Successfully pulled image "${image}" in ${took} (${waited}). Image size: ${info.sizeBytes} bytes.`,
    );
    return info;
  }

  #startPull(
    key: string,
    image: string,
    credentials: readonly RegistryCredentials[],
    onTook: (ms: number) => void,
  ): Promise<ImageInfo> {
    const pull = this.#pullSlots
      .run(async () => {
        const startedAtMs = this.#clock.monotonicMs();
        const info = await this.#runtime.pullImage(image, { credentials, signal: this.#stopped.signal });
        onTook(this.#clock.monotonicMs() - startedAtMs);
        this.#onPulled(normalizeImageName(image), info);
        this.#present.set(image, info);
        return info;
      })
      .finally(() => this.#pulls.delete(key));
    this.#pulls.set(key, pull);
    return pull;
  }
}

import { messageOf } from '../../lib/errors.ts';
import type { Pod, Secret } from '../../objects/types.ts';
import type { ImageInfo } from '../../runtime/runtime.ts';
import { type Container, specOf } from '../observed-pod.ts';
import type { ImageState, StartBlock } from '../pod-snapshot.ts';
import { type BackoffEntry, backOffShownAtMs, raiseBackoff } from '../restart-backoff.ts';
import { recordPodEvent, type WorkerContext } from '../worker-context.ts';
import { credentialsFromSecrets } from './image-credentials.ts';
import { defaultPullPolicy } from './image-manager.ts';

/** How far the images of one pod's containers are; used by its worker. Keyed by container name. */
export class PodImages {
  readonly #context: WorkerContext;
  readonly #onChange: () => void;
  readonly #onBlocked: (container: Container, block: StartBlock) => void;
  readonly states = new Map<string, ImageState>();
  readonly #infos = new Map<string, ImageInfo>();
  /** By image: "the delay before the next pull", as long as the pod lives. */
  readonly #backoff = new Map<string, BackoffEntry>();
  /** Containers whose back-off was reported since their last failure. */
  readonly #reported = new Set<string>();

  constructor(
    context: WorkerContext,
    callbacks: {
      readonly onChange: () => void;
      readonly onBlocked: (container: Container, block: StartBlock) => void;
    },
  ) {
    this.#context = context;
    this.#onChange = callbacks.onChange;
    this.#onBlocked = callbacks.onBlocked;
  }

  /** The image that a container is about to start from; it was found ready before. */
  infoOf(container: Container): ImageInfo | undefined {
    return this.#infos.get(container.name);
  }

  /** The next start of this container asks anew: its policy may be to pull every time. */
  reset(container: Container): void {
    this.states.delete(container.name);
    this.#infos.delete(container.name);
  }

  /** The engine did not find an image that was thought to be there. */
  forget(container: Container): void {
    this.reset(container);
    this.#context.images.forget(container.image ?? '');
  }

  /** Looks for the image and pulls it where the policy says so; the worker is told when that is over. */
  ensure(pod: Pod, container: Container): void {
    this.states.set(container.name, { type: 'pulling' });
    this.#ensure(pod, container).catch((error: unknown) => {
      this.#context.logger.error('image not looked for', { image: container.image, error: messageOf(error) });
      this.states.delete(container.name);
    });
  }

  async #ensure(pod: Pod, container: Container): Promise<void> {
    const { images, clock } = this.#context;
    const { name, image = '' } = container;
    const outcome = await images.ensure({
      image,
      policy: container.imagePullPolicy ?? defaultPullPolicy(image),
      credentials: () => this.#credentials(pod, image),
      report: (type, reason, message) => recordPodEvent(this.#context, pod, { type, reason, message }, container),
    });
    this.#reported.delete(name);
    if (outcome.type === 'ready') {
      this.#backoff.delete(image);
      this.#infos.set(name, outcome.image);
      this.states.set(name, { type: 'ready' });
    } else if (outcome.type === 'failed' && !outcome.isEngineDown) {
      const failedAtMs = clock.monotonicMs();
      const entry = raiseBackoff(this.#backoff.get(image), failedAtMs, failedAtMs);
      this.#backoff.set(image, entry);
      const retryAtMs = failedAtMs + entry.delayMs;
      this.states.set(name, { type: 'failed', message: outcome.message, failedAtMs, retryAtMs });
    } else {
      this.states.delete(name);
      if (outcome.type === 'blocked') {
        const nowMs = clock.monotonicMs();
        const entry = raiseBackoff(this.#backoff.get(image), nowMs, nowMs);
        this.#backoff.set(image, entry);
        const { reason, message } = outcome;
        this.#onBlocked(container, { reason, message, retryAtMs: nowMs + entry.delayMs });
      }
    }
    this.#onChange();
  }

  /** Says once per failed pull that the next one waits. */
  reportBackOff(pod: Pod, containers: readonly Container[]): void {
    for (const container of containers) {
      const state = this.states.get(container.name);
      if (state?.type !== 'failed' || this.#reported.has(container.name)) continue;
      if (this.#context.clock.monotonicMs() < backOffShownAtMs(state.failedAtMs)) continue;
      this.#reported.add(container.name);
      const message = `Back-off pulling image "${container.image ?? ''}"`;
      recordPodEvent(this.#context, pod, { type: 'Normal', reason: 'BackOff', message }, container);
      const failed = { type: 'Warning', reason: 'Failed', message: 'Error: ImagePullBackOff' } as const;
      recordPodEvent(this.#context, pod, failed, container);
    }
  }

  async #credentials(pod: Pod, image: string): ReturnType<WorkerContext['nodeCredentials']> {
    const { client, nodeCredentials } = this.#context;
    const { namespace = 'default' } = pod.metadata;
    const secrets = (specOf(pod).imagePullSecrets ?? []).flatMap(({ name = '' }): readonly Secret[] => {
      const secret = client.get('Secret', { namespace, name });
      return secret === undefined ? [] : [secret];
    });
    // A registry sees the credentials: the Secret that they are from must outlast a crash.
    await client.durable();
    return [...credentialsFromSecrets(image, secrets), ...(await nodeCredentials(image))];
  }
}

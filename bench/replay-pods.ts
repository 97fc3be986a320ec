import { randomUUID } from 'node:crypto';
import { Semaphore } from '../src/lib/semaphore.ts';
import { PARALLEL_STARTS } from '../src/runtime/docker/docker-runtime.ts';
import { LABELS } from '../src/runtime/docker/labels.ts';
import type { DockerCalls } from './docker-calls.ts';

/** What the engine is sent for one pod: its sandbox and its containers. */
export interface PodBodies {
  readonly uid: string;
  readonly sandbox: CreateBody;
  readonly containers: readonly CreateBody[];
}

type CreateBody = Readonly<Record<string, unknown>>;

interface Inspected {
  readonly Id: string;
  readonly Config: CreateBody & { readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: CreateBody;
}

/** Labels of the copies: no Berth takes them for its own. */
const COPY_UID = 'bench-copy';

/** Reads back how Berth has made the pods of one Deployment. */
export async function readPodBodies(docker: DockerCalls, namespace: string, prefix: string): Promise<PodBodies[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${LABELS.podNamespace}=${namespace}`] }));
  const listed = (await docker.call('GET', `/containers/json?filters=${filters}`)) as readonly {
    readonly Id: string;
  }[];
  const all = await Promise.all(
    listed.map(({ Id }) => docker.call('GET', `/containers/${Id}/json`) as Promise<Inspected>),
  );
  const own = all.filter(({ Config }) => Config.Labels[LABELS.podName]?.startsWith(`${prefix}-`));
  const sandboxes = own.filter(({ Config }) => Config.Labels[LABELS.type] === 'podsandbox');
  return sandboxes.map((sandbox) => {
    const uid = sandbox.Config.Labels[LABELS.podUid] ?? '';
    const containers = own.filter(({ Config }) => Config.Labels[LABELS.sandboxId] === sandbox.Id);
    return { uid, sandbox: bodyOf(sandbox), containers: containers.map(bodyOf) };
  });
}

function bodyOf({ Config, HostConfig }: Inspected): CreateBody {
  const { Hostname, Domainname, ...config } = Config;
  const isJoined = String(HostConfig['NetworkMode']).startsWith('container:');
  const Labels = { ...Config.Labels, [LABELS.clusterUid]: COPY_UID };
  return { ...config, ...(isJoined ? {} : { Hostname, Domainname }), Labels, HostConfig };
}

/** Creates and starts the pods with bare calls, and removes them again. Returns the milliseconds until the last container was started. */
export async function runPods(docker: DockerCalls, pods: readonly PodBodies[]): Promise<number> {
  const slots = new Semaphore(PARALLEL_STARTS);
  const made: string[] = [];
  const create = async (body: CreateBody): Promise<string> => {
    const { Id } = (await docker.call('POST', `/containers/create?name=bench-${randomUUID()}`, body)) as { Id: string };
    made.push(Id);
    return Id;
  };
  const start = (id: string) => docker.call('POST', `/containers/${id}/start`);
  const startMs = performance.now();
  try {
    await Promise.all(
      pods.map(async ({ uid, sandbox, containers }) => {
        const copyUid = randomUUID();
        const sandboxId = await slots.run(async () => {
          const id = await create(withUid(sandbox, uid, copyUid));
          await start(id);
          return id;
        });
        for (const container of containers) {
          const id = await create(joined(withUid(container, uid, copyUid), sandboxId));
          await slots.run(() => start(id));
        }
      }),
    );
    return performance.now() - startMs;
  } finally {
    await Promise.all(made.map((id) => docker.call('DELETE', `/containers/${id}?force=true&v=true`)));
  }
}

/** The pod's own cgroup and its labels, but not the files that are mounted from the original. */
function withUid(body: CreateBody, uid: string, copyUid: string): CreateBody {
  const { Labels, HostConfig } = body as {
    readonly Labels: object;
    readonly HostConfig: { readonly CgroupParent?: string };
  };
  return {
    ...body,
    Labels: { ...Labels, [LABELS.podUid]: copyUid },
    HostConfig: { ...HostConfig, CgroupParent: (HostConfig.CgroupParent ?? '').replace(uid, copyUid) },
  };
}

function joined(body: CreateBody, sandboxId: string): CreateBody {
  const HostConfig = body['HostConfig'] as Readonly<Record<string, unknown>>;
  const NetworkMode = `container:${sandboxId}`;
  const Labels = { ...(body['Labels'] as object), [LABELS.sandboxId]: sandboxId };
  return { ...body, Labels, HostConfig: { ...HostConfig, NetworkMode, IpcMode: NetworkMode } };
}

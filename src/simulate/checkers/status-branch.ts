import type { CommitInfo } from '../../source/source.ts';
import type { LifeWatcher } from '../life.ts';
import type { Machine } from '../machine.ts';
import { WORLD_SETTINGS } from '../world-settings.ts';
import { parseStatus } from './published-status.ts';

const FILES = ['README.md', 'live.json', 'status.yaml'];
/** Reading every commit would cost more than making it: the status of one of so many is read. */
const READ_EVERY = 4;
/** The list of all objects is much longer. */
const READ_LIST_EVERY = 16;

/**
 * The status branch can be read at every commit, calls nothing healthy that is not, is marked for no pipeline, and
 * leaves the folders of others alone.
 */
export class StatusBranchChecker implements LifeWatcher {
  readonly #machine: Machine;
  #commits = 0;
  readonly #neighbour: readonly [path: string, text: string];

  /** Puts a folder of another cluster onto the branch, which has to stay. */
  constructor(machine: Machine) {
    this.#machine = machine;
    this.#neighbour = ['neighbour/status.yaml', 'cluster: {uid: somebody-else}\n'];
    machine.actor = 'user';
    const message = 'A neighbour';
    machine.repository.commit(WORLD_SETTINGS.statusBranch, new Map([this.#neighbour]), { message, atMs: 0 });
    machine.actor = 'berth';
  }

  onStatusCommit(commit: CommitInfo): void {
    const { tally, repository } = this.#machine;
    tally.count('status commit');
    const files = repository.readFiles(commit.id);
    const [path, text] = this.#neighbour;
    if (files.get(path) !== text) this.#report('the folder of a neighbour was changed');
    const own = [...files.keys()].filter((name) => name !== path).sort();
    const expected = FILES.map((name) => `${WORLD_SETTINGS.cluster}/${name}`);
    if (own.join() !== expected.join()) this.#report(`holds ${own.join(', ')}`);
    if (!commit.message.includes('[skip ci]')) this.#report('the commit would start a pipeline');
    const count = this.#commits++;
    if (count % READ_EVERY !== 0) return;
    try {
      const status = parseStatus(files.get(`${WORLD_SETTINGS.cluster}/status.yaml`) ?? '');
      if (!status.apiVersion.startsWith('status.berth.dev/') || status.cluster.name !== WORLD_SETTINGS.cluster)
        this.#report('status.yaml is not that of this cluster');
      for (const one of status.applications)
        if (one.phase === 'Healthy' && (one.unhealthy.length > 0 || one.objects.healthy < one.objects.total))
          this.#report(`${one.name} is Healthy with ${one.objects.healthy} of ${one.objects.total} objects`);
      if (count % READ_LIST_EVERY === 0) JSON.parse(files.get(`${WORLD_SETTINGS.cluster}/live.json`) ?? '');
    } catch (error) {
      this.#report(`cannot be read: ${String(error)}`);
    }
  }

  #report(message: string): void {
    this.#machine.report('status branch', message);
  }
}

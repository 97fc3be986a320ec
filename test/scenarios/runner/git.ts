import type { ScenarioWorld } from './scenario-world.ts';

/** What the branch that is deployed holds, by the paths of its files. */
const files = new WeakMap<ScenarioWorld, Map<string, string>>();

/** Commits a file with this text, or takes it out of the branch where there is none. */
export function pushFile(world: ScenarioWorld, path: string, text: string): string {
  const known = files.get(world) ?? new Map<string, string>();
  if (text === '') known.delete(path);
  else known.set(path, text);
  files.set(world, known);
  world.simulated.push(Object.fromEntries(known));
  return '';
}

/** What `berth status` says of the application: its verdict, what is not healthy, and Jobs that are done and gone. */
export function showStatus({ simulated, namer }: ScenarioWorld): string {
  const { problems, applications } = simulated.box.status();
  const lines = applications.flatMap((status) => [
    `${status.phase}  ${status.objects.healthy}/${status.objects.total}  ${status.message}`,
    ...status.problems.map(({ code, object = '', message }) => `${code}: ${object}: ${message}`),
    ...status.unhealthy.map(({ object, message }) => `${object}: ${message}`),
    ...(status.finishedJobs ?? []).map(({ object, outcome }) => `${object}: ${outcome}, gone`),
  ]);
  const ofBox = problems.map(({ code, message, help }) => `${code}: ${message}; ${help}`);
  return namer.inText([...ofBox, ...lines].join('\n'));
}

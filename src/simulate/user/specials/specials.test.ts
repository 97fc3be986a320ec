import { describe, expect, it } from 'vitest';
import { SIM_IMAGES } from '../../sim-images.ts';
import { SimulatedWorld } from '../../simulated-world.ts';
import { renderSpecial, SPECIAL_NAMES, type SpecialFile, type SpecialName, specialOf } from './index.ts';

/** As many as the forms of the one with the most: that one goes on alone after the others have shown all of theirs. */
const VERSIONS = 16;
const FORMS_OF_MOST = 7;
const OF_MANY_FORMS: readonly SpecialName[] = ['pod that is wrong in one way'];
const OF_THE_HOST: readonly SpecialName[] = [
  'pod of the host',
  'pod of the host that waits',
  'service of two pods of the host',
  'volume of one’s own',
  'volume of a class that grows',
  'claim that was brought back',
];

/** Each has a namespace of its own; only those of the user's applications may reach for the host. */
function homeOf(special: SpecialName): string {
  return OF_THE_HOST.includes(special) ? 'shop' : special.replaceAll(/[^a-z]/g, '-');
}

function manifestsOf(version: number, isResting: boolean): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (version < FORMS_OF_MOST ? SPECIAL_NAMES : OF_MANY_FORMS).map((special, index) => {
      const folder = special.replaceAll(/[^a-z]/g, '-');
      const file: SpecialFile = {
        kind: 'Special',
        special,
        namespace: homeOf(special),
        name: `special-${index}`,
        version,
        isResting,
      };
      const home = `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${homeOf(special)}}\n`;
      return [`apps/${folder}/all.yaml`, `${home}---\n${renderSpecial(file)}`];
    }),
  );
}

describe('a special', () => {
  it('is taken by the API in each of its forms, one after the other', async () => {
    const world = new SimulatedWorld({ seed: 1, paths: ['apps/*'], engine: { images: SIM_IMAGES, cpuCount: 64 } });
    const problems = new Set<string>();
    for (let version = 0; version < VERSIONS; version++) {
      world.push(manifestsOf(version, false));
      if (version === 0) await world.start();
      await world.run(100);
      for (const { application, verdict } of world.box.reconciler.applications)
        if (verdict.phase === 'Invalid' || verdict.phase === 'Failed')
          problems.add(`${application.name} ${version}: ${verdict.message}`);
    }
    expect(
      [...problems].filter(
        (problem) =>
          !/CrashLoop|NodeAffinity|OutOfcpu|NodePorts|ErrImage|exit|Backoff|PastDeadline|not found|lost its volume/.test(
            problem,
          ),
      ),
    ).toEqual([]);
  }, 120_000);

  it('becomes healthy where it is said to', async () => {
    const world = new SimulatedWorld({ seed: 2, paths: ['apps/*'], engine: { images: SIM_IMAGES, cpuCount: 64 } });
    world.push(manifestsOf(1, true));
    await world.start();
    await world.run(60_000);
    const phases = world.box.reconciler.applications.map(({ application, verdict }) => [
      application.name,
      verdict.phase,
    ]);
    const healing = SPECIAL_NAMES.filter((special) => specialOf({ special }).fate === 'heals');
    expect(Object.fromEntries(phases)).toMatchObject(
      Object.fromEntries(healing.map((special) => [special.replaceAll(/[^a-z]/g, '-'), 'Healthy'])),
    );
  });
});

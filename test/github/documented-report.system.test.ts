import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ActionRepository, ActionWorld, pullRequestEvent } from './action-world.ts';

const PAGE = fileURLToPath(new URL('../../docs/pull-requests.md', import.meta.url));
const EXAMPLE = '.github/pull-request-example/bigger-web-servers.patch';
const REPORT = /(<!-- A real report[^\n]*-->\n)[\s\S]*?(<!-- The end of the report -->)/;

let repository: ActionRepository;
let world: ActionWorld;

beforeAll(async () => {
  repository = await ActionRepository.create('sample-repo', 'overlays/production');
  world = new ActionWorld(repository.program);
  await world.github.start();
});

afterAll(async () => {
  await world.close();
  repository.close();
});

/** What differs from run to run: ids of commits, measured times and the columns that they fill. */
function mask(report: string): string {
  return report
    .replace(/\b[0-9a-f]{7,40}\b/g, 'ID')
    .replace(/~?\b\d+ (ms|s|min)( \d+ s)?\b/g, 'TIME')
    .replace(/[·▁▂▃▄▅▆▇█]+/g, '█')
    .replace(/ +/g, ' ');
}

/** `BERTH_UPDATE_DOCS=1 npx vitest run --project system test/github/documented-report` writes the page anew. */
it('docs/pull-requests.md shows what the Action says of the example in sample-repo/', async () => {
  const { workspace, head } = repository.applyPatch(EXAMPLE);
  world.github.heads.set(7, head);
  const { code } = await world.run({ workspace, payload: pullRequestEvent(head, repository.main) });
  expect(code).toBe(1);
  const origin = new URL(world.github.url).origin;
  const report = (world.github.comments[0]?.body ?? '')
    .replaceAll(origin, 'https://github.com')
    .replace(/&#126;/g, '~');
  const page = readFileSync(PAGE, 'utf8');
  if (process.env['BERTH_UPDATE_DOCS'] === '1')
    writeFileSync(
      PAGE,
      page.replace(REPORT, (_, begin, end) => `${begin}${report}\n${end}`),
    );
  const shown = REPORT.exec(readFileSync(PAGE, 'utf8'))?.[0] ?? '';
  expect(mask(shown)).toContain(mask(report));
});

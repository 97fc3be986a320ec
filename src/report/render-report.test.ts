import { describe, expect, it, test } from 'vitest';
import { renderReport } from './index.ts';
import { applicationOf, findingOf, reportOf, rolloutOf } from './testing.ts';

const stuck = reportOf({
  result: 'error',
  findings: [findingOf(), findingOf({ severity: 'warning', code: 'KindInert', message: 'is stored only' })],
  applications: [
    applicationOf({
      readyIn: { kind: 'never' },
      rollouts: [rolloutOf({ outcome: 'stuck', reason: 'needs 2 CPU, 1.4 free', readyIn: { kind: 'never' } })],
    }),
    applicationOf({ name: 'blog', path: 'blog', readyIn: { kind: 'not-observed', images: ['blog:1'] } }),
  ],
});

describe('the heading', () => {
  test.each`
    name                       | report                                                                                   | heading
    ${'a rollout that fails'}  | ${stuck}                                                                                 | ${'✗ Rollout would fail: 1 error, 1 warning (3f2c1a9 → box1)'}
    ${'all is well'}           | ${reportOf()}                                                                            | ${'✔ Would roll out (3f2c1a9 → box1)'}
    ${'no change'}             | ${reportOf({ hasChanges: false, applications: [] })}                                     | ${'✔ No changes (3f2c1a9 → box1)'}
    ${'what is refused'}       | ${reportOf({ result: 'error', applications: [applicationOf({ isApplicable: false })] })} | ${'✗ Would be refused (3f2c1a9 → box1)'}
    ${'live state is stale'}   | ${reportOf({ live: { ...reportOf().live, stale: ['its heartbeat is missed'] } })}        | ${'✔ Would roll out (3f2c1a9 → box1, live state is stale)'}
    ${'live state is missing'} | ${reportOf({ live: { ...reportOf().live, missing: 'no branch berth-status' } })}         | ${'✔ Would roll out (3f2c1a9 → box1, no live state)'}
  `('says of $name', ({ report, heading }) => {
    expect(renderReport(report, 'text').split('\n')[0]).toBe(heading);
  });
});

describe('the text', () => {
  it('shows findings as compilers do, with excerpt and help', () => {
    const excerpt = { text: '  replica: 2', caretStart: 2, caretEnd: 9 };
    expect(renderReport(reportOf({ findings: [findingOf({ excerpt })] }), 'text')).toContain(
      [
        'error[FieldUnknown]: Deployment/shop/web: unknown field "spec.replica"',
        '  --> shop/web.yaml:7:3',
        '   |',
        ' 7 |   replica: 2',
        '   |   ^^^^^^^',
        'help: did you mean "replicas"?',
      ].join('\n'),
    );
  });

  it('draws a rollout over time, with the lowest readiness of each column', () => {
    const timeline = [
      { atMs: 0, newReady: 0, newPods: 0, oldReady: 2, oldPods: 2 },
      { atMs: 5_000, newReady: 0, newPods: 0, oldReady: 0, oldPods: 2 },
      { atMs: 5_001, newReady: 2, newPods: 2, oldReady: 0, oldPods: 0 },
      { atMs: 10_000, newReady: 2, newPods: 2, oldReady: 0, oldPods: 0 },
    ];
    const rollouts = [rolloutOf({ timeline, wantedReplicas: 2, lowestReady: 0 })];
    const text = renderReport(reportOf({ applications: [applicationOf({ rollouts })] }), 'text');
    expect(text).toContain('all ready █████·██████  lowest 0 of 2');
    expect(text).toContain('0 s     10 s');
  });

  it('gives no durations of what was never observed', () => {
    const readyIn = { kind: 'not-observed', images: ['app:2'] } as const;
    const text = renderReport(
      reportOf({ applications: [applicationOf({ readyIn, rollouts: [rolloutOf({ readyIn })] })] }),
      'text',
    );
    expect(text).toContain('not yet observed');
    expect(text).toContain('start    end');
    expect(text).not.toMatch(/\d+ s\b/);
  });
});

describe('the Markdown', () => {
  const markdown = renderReport(stuck, 'markdown', {
    permalink: (path, line) => `https://forge/${path}#L${line}`,
    fullReportUrl: 'https://forge/run',
  });

  it('puts the worst news first and opens only the block that fails', () => {
    const order = ['### ❌', '| app |', '[!CAUTION]', '[!WARNING]', '<details open>', '<details>', '<sub>'];
    const places = order.map((part) => markdown.indexOf(part));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(markdown.match(/<details open>/g)).toHaveLength(1);
  });

  it('links each finding to its line', () => {
    expect(markdown).toContain('[`shop/web.yaml:7:3`](https://forge/shop/web.yaml#L7)');
  });

  it('shows deletions first, one fence for each object', () => {
    const fences = [...markdown.matchAll(/```diff\n@@ (\S+) (\w+)/g)].map(
      ([, object, action]) => `${object} ${action}`,
    );
    expect(fences.slice(0, 2)).toEqual(['ConfigMap/shop/old deleted', 'ConfigMap/shop/old deleted']);
  });

  it('counts what is hidden and names the rule', () => {
    const hidden = [{ rule: 'more than 500 findings', count: 12 }];
    expect(renderReport(reportOf({ hidden }), 'markdown')).toContain('12 findings not shown: more than 500 findings.');
  });

  it('is a heading and a footer when nothing changes', () => {
    const text = renderReport(reportOf({ hasChanges: false, applications: [], images: [], capacity: [] }), 'markdown');
    expect(text.trim().split('\n\n')).toHaveLength(2);
  });
});

describe('the form for the log of a job', () => {
  it('has the worst ten of each type, and the last one says how many more there are', () => {
    const findings = Array.from({ length: 13 }, (_, index) => findingOf({ line: index + 1 }));
    const lines = renderReport(reportOf({ findings }), 'github', { stopToken: 'r4nd0m' }).split('\n');
    const errors = lines.filter((line) => line.startsWith('::error '));
    expect(errors).toHaveLength(10);
    expect(errors[9]).toContain('line=10,col=3,title=FieldUnknown::');
    expect(errors[9]).toMatch(/\(and 3 more\)$/);
  });

  it('encloses its text so that nothing in it is a command, and escapes what is in commands', () => {
    const findings = [findingOf({ message: 'a%\n::error::b', path: 'a,b:c.yaml' })];
    const text = renderReport(reportOf({ findings }), 'github', { stopToken: 'r4nd0m' });
    expect(text).toContain('::error file=a%2Cb%3Ac.yaml,line=7,');
    expect(text).toContain('a%25·::error::b');
    const [commands = '', rest = ''] = text.split('::stop-commands::r4nd0m\n');
    expect(commands.trim().split('\n')).toHaveLength(1);
    expect(rest.trimEnd()).toMatch(/\n::r4nd0m::$/);
  });
});

test('the JSON is the report itself', () => {
  expect(JSON.parse(renderReport(stuck, 'json'))).toEqual(stuck);
});

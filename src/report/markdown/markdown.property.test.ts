import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { renderReport } from '../index.ts';
import type { ObjectChange, PlanReport } from '../plan-report.ts';
import { applicationOf, findingOf, reportOf, rolloutOf } from '../testing.ts';
import { codeSpan, commentJson, escapeMarkdown } from './escape-markdown.ts';
import { SMALLEST_BUDGET } from './fit-budget.ts';

/** What somebody would write into a manifest to break the comment. */
const HOSTILE = [
  '```',
  '````\n',
  '</details>',
  '<details>',
  '@team/owners',
  '@everyone',
  '::error::x',
  '::stop-commands::y',
  '|',
  '\\',
  '`',
  '\n',
  '\r\n',
  '[x](http://evil)',
  '![x](http://evil)',
  '<!-- berth:v1 -->',
  '-->',
  '<script>',
  '#12',
  '~~~',
  'www.evil.example',
  '\u202e',
  '- [ ] x',
  '$x$',
];
const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 12 })), { maxLength: 6 })
  .map((parts) => parts.join(''));

const finding = fc
  .record({
    severity: fc.constantFrom('error', 'warning', 'info'),
    object: hostileText,
    path: hostileText,
    message: hostileText,
    help: hostileText,
    line: fc.nat(),
  })
  .map((parts) => findingOf(parts));

const change: fc.Arbitrary<ObjectChange> = fc
  .record({
    action: fc.constantFrom('created', 'configured', 'replaced', 'deleted'),
    object: hostileText,
    before: hostileText,
    after: fc.oneof(hostileText, fc.dictionary(hostileText, hostileText)),
    field: hostileText,
  })
  .map(({ action, object, before, after, field }) => ({
    action,
    object,
    apiVersion: 'v1',
    fields: [{ field, before, after }],
    ceded: [],
  }));

const report: fc.Arbitrary<PlanReport> = fc
  .record({
    findings: fc.array(finding, { maxLength: 150, size: 'max' }),
    changes: fc.array(change, { maxLength: 60, size: 'max' }),
    applications: fc.integer({ min: 1, max: 80 }),
    name: hostileText,
    image: hostileText,
    reason: hostileText,
    subject: hostileText,
  })
  .map(({ findings, changes, applications, name, image, reason, subject }) =>
    reportOf({
      findings,
      head: { id: 'f'.repeat(40), subject },
      images: [{ image, usedBy: [name], change: 'added', found: 'no', detail: reason }],
      hidden: [{ rule: reason, count: 3 }],
      applications: Array.from({ length: applications }, (_, index) =>
        applicationOf({
          name: `${name}${index}`,
          changes: index === 0 ? changes : [],
          rollouts: [rolloutOf({ object: name, reason, outcome: 'stuck' })],
        }),
      ),
      reproduce: reason,
    }),
  );

/** The lines outside of fenced blocks, and whether every fence is closed. */
function readFences(markdown: string): { readonly outside: string[]; readonly isBalanced: boolean } {
  const outside: string[] = [];
  let open = '';
  for (const line of markdown.split('\n')) {
    const mark = /^ {0,3}(`{3,})/.exec(line)?.[1];
    if (open === '' && mark !== undefined) open = mark;
    else if (open !== '' && mark !== undefined && mark.length >= open.length && line.trim() === mark) open = '';
    else if (open === '') outside.push(line);
  }
  return { outside, isBalanced: open === '' };
}

/** Without inline code, in which nothing has a meaning. */
function withoutCode(line: string): string {
  return line.replace(/`[^`]*`/g, '').replace(/<code>.*?<\/code>/g, '');
}

test('any report within any budget is well formed, has its table and its errors, and mentions nobody', () => {
  fc.assert(
    fc.property(report, fc.integer({ min: SMALLEST_BUDGET, max: 200_000 }), (plan, budgetBytes) => {
      const markdown = renderReport(plan, 'markdown', { budgetBytes });
      expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(budgetBytes);
      const { outside, isBalanced } = readFences(markdown);
      expect(isBalanced).toBe(true);
      const prose = outside.map(withoutCode).join('\n');
      expect(prose.match(/<details/g)?.length ?? 0).toBe(prose.match(/<\/details>/g)?.length ?? 0);
      expect(prose.replace(/<\/?(details( open)?|summary|sub)>/g, '')).not.toMatch(/<[a-z!/]/i);
      expect(prose).not.toMatch(/@[A-Za-z0-9]/);
      expect(prose).not.toMatch(/^::/m);
      expect(prose).toContain('| app | create |');
      const errors = plan.findings.filter(({ severity }) => severity === 'error').length;
      expect(prose.includes('[!CAUTION]')).toBe(errors > 0);
    }),
    { numRuns: 30, seed: 1 },
  );
});

describe('a report that is too long', () => {
  const fields = [{ field: 'data.page', before: `a\n${'same\n'.repeat(2)}b`, after: `a\n${'same\n'.repeat(2)}c` }];
  const many = (count: number): ObjectChange[] =>
    Array.from({ length: count }, (_, index) => ({
      action: 'configured',
      object: `ConfigMap/shop/c${index}`,
      apiVersion: 'v1',
      fields,
      ceded: [],
    }));
  const render = (plan: PlanReport, budgetBytes: number) =>
    renderReport(plan, 'markdown', { budgetBytes, fullReportUrl: 'https://forge/run' });

  it('gives up unchanged context first, and says so', () => {
    const plan = reportOf({ applications: [applicationOf({ changes: many(300) })] });
    const markdown = render(plan, 30_000);
    expect(markdown).toContain(
      '*Left out for want of room: unchanged context; the whole report is in the [job summary]',
    );
    expect(markdown.match(/```diff/g)).toHaveLength(300);
  });

  it('then whole differences, those of what is worst last', () => {
    const findings = [findingOf({ object: 'ConfigMap/shop/c3' })];
    const plan = reportOf({ findings, applications: [applicationOf({ changes: many(1_000) })] });
    const markdown = render(plan, 30_000);
    expect(markdown).toMatch(/unchanged context, \d+ parts of diff \(of 1000\)/);
    expect(markdown).toContain('@@ ConfigMap/shop/c3 ');
    expect(markdown).not.toContain('@@ ConfigMap/shop/c999 ');
    expect(markdown).toContain('Images (1)');
  });

  it('shortens warnings before errors, and counts errors by code in the end', () => {
    const errors = Array.from({ length: 500 }, (_, index) => findingOf({ line: index + 1, message: 'x'.repeat(500) }));
    const warnings = errors.map((error) => ({ ...error, severity: 'warning' as const }));
    const markdown = render(reportOf({ findings: [...errors, ...warnings] }), 60_000);
    expect(markdown).toContain('simulated rollouts, 500 warnings, the details of the errors');
    expect(markdown).toContain('> - `FieldUnknown` `shop/web.yaml:500:3`');
    const crowd = [...errors, ...errors];
    expect(render(reportOf({ findings: crowd }), SMALLEST_BUDGET)).toContain('> - `FieldUnknown`: 1000 errors');
  });
});

describe('escaping', () => {
  test.each`
    text                   | escaped
    ${'a <b> & c'}         | ${'a &#60;b&#62; &#38; c'}
    ${'@team'}             | ${'@\u200bteam'}
    ${'fixes #12'}         | ${'fixes &#35;\u200b12'}
    ${'- [ ] x'}           | ${'&#45; &#91; &#93; x'}
    ${'1. x'}              | ${'1&#46; x'}
    ${'two\nlines'}        | ${'two lines'}
    ${'http://evil'}       | ${'http&#58;//evil'}
    ${'abc\u202edef'}      | ${'abc·def'}
    ${'plain text, 3 / 4'} | ${'plain text, 3 / 4'}
  `('$text', ({ text, escaped }) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });

  it('writes code in HTML where a backtick, a bar or a backslash would end it', () => {
    expect(codeSpan('a:1')).toBe('`a:1`');
    expect(codeSpan('a`@b|')).toBe('<code>a&#96;@\u200bb&#124;</code>');
  });

  it('keeps JSON inside of an HTML comment', () => {
    const value = { path: 'a-->b<!--' };
    expect(commentJson(value)).not.toMatch(/[<>-]/);
    expect(JSON.parse(commentJson(value))).toEqual(value);
  });
});

import { describe, expect, it, test } from 'vitest';
import { forbiddenPrivileges } from './forbidden-privileges.ts';
import { find, namespace, workload } from './testing.ts';

describe('privileges beyond the level of a namespace', () => {
  const privileged = workload('Deployment', 'a', { securityContext: { privileged: true } });
  const what = 'Deployment/shop/a: privileged (container "app" must not set securityContext.privileged=true)';
  const label = (mode: string, level: string) => ({ [`pod-security.kubernetes.io/${mode}`]: level });
  test.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    ['are allowed without one', {}, []],
    [
      'are errors where it is enforced',
      label('enforce', 'baseline'),
      [
        `error ${what}: forbidden by the level baseline, which the namespace shop enforces, so that its pods are refused`,
      ],
    ],
    [
      'are warnings where it warns',
      label('warn', 'baseline'),
      [`warning ${what}: forbidden by the level baseline, which the namespace shop warns about`],
    ],
    [
      'are warnings where it audits',
      label('audit', 'baseline'),
      [`warning ${what}: forbidden by the level baseline, which the namespace shop audits`],
    ],
    [
      'are told once where it does all three',
      { ...label('enforce', 'baseline'), ...label('warn', 'baseline'), ...label('audit', 'baseline') },
      [
        `error ${what}: forbidden by the level baseline, which the namespace shop enforces, so that its pods are refused`,
      ],
    ],
  ])('%s', (_, labels, expected) => {
    expect(find(forbiddenPrivileges, { before: [], after: [namespace(labels), privileged] })).toEqual(expected);
  });

  it('count where only the box has the namespace', () => {
    const live = [namespace(label('enforce', 'restricted'))];
    const found = find(forbiddenPrivileges, { before: [], after: [privileged], live });
    expect(found).toContain(
      `error ${what}: forbidden by the level restricted, which the namespace shop enforces, so that its pods are refused`,
    );
    expect(found).toHaveLength(5);
  });
});

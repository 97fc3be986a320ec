import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ApplicationStatus, StatusDocument } from './status-document.ts';
import { STATUS_API_VERSION } from './status-document.ts';
import { StatusText } from './status-text.ts';

const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '',
    'true',
    '1e3',
    '- a',
    'a: b',
    '# no',
    'two\nlines\n',
    'kept\n\n',
    '\n',
    'a\n b\n\n\n',
    ' \n',
    'a: |\n  b',
    '\r\n',
    '...',
    '---',
    ' x ',
    'é',
    '&a',
    '*a',
    '\t',
  ),
);

const application: fc.Arbitrary<ApplicationStatus> = fc.record({
  name: fc.constantFrom('shop', 'web', 'blog', 'docs'),
  path: text,
  phase: fc.constantFrom('Healthy', 'Failed', 'Progressing'),
  ready: fc.constantFrom('True', 'False', 'Unknown'),
  reason: text,
  message: text,
  since: fc.constant('2026-01-01T00:00:00Z'),
  attemptedCommit: text,
  appliedCommit: text,
  objects: fc.record({ total: fc.nat(9), healthy: fc.nat(9) }),
  unhealthy: fc.array(
    fc.record({ object: text, status: fc.constant('Failed' as const), reason: text, message: text }),
    { maxLength: 2 },
  ),
  problems: fc.array(fc.record({ severity: text, code: text, message: text, place: text }), { maxLength: 2 }),
  history: fc.array(
    fc.record({
      commit: text,
      phase: text,
      message: text,
      changes: fc.dictionary(fc.constantFrom('created', 'pruned'), fc.nat(5)),
      startedAt: text,
      durationSeconds: fc.nat(100),
    }),
    { maxLength: 2 },
  ),
});

const document: fc.Arbitrary<StatusDocument> = fc.record({
  apiVersion: fc.constant(STATUS_API_VERSION),
  kind: fc.constant('ClusterStatus' as const),
  cluster: fc.record({ name: text, uid: text }),
  berth: fc.record({ version: text, engine: text }),
  observedAt: text,
  source: fc.record({
    repository: text,
    branch: text,
    paths: fc.array(text, { maxLength: 2 }),
    commit: text,
    subject: text,
  }),
  problems: fc.array(fc.record({ code: text, message: text, help: text }), { maxLength: 2 }),
  applications: fc.uniqueArray(application, { selector: ({ name }) => name, maxLength: 4 }),
  settings: fc.constant({
    node: 'box',
    serviceCidr: '10.96.0.0/12',
    clusterDomain: 'cluster.local',
    rolloutTimeoutSeconds: 600,
    allow: {},
  }),
  observed: fc.constant({} as StatusDocument['observed']),
});

describe('the text of a status', () => {
  it('is what the whole document is in YAML, whatever was written before', () => {
    fc.assert(
      fc.property(fc.array(document, { minLength: 1, maxLength: 4 }), (documents) => {
        const writer = new StatusText();
        for (const status of documents) {
          const written = writer.render(status);
          expect(parse(written)).toEqual(parse(stringify(status, { lineWidth: 0 })));
          expect(written).toBe(stringify(status, { lineWidth: 0, aliasDuplicateObjects: false }));
        }
      }),
      { seed: 1 },
    );
  });
});

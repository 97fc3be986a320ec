import { stringify } from 'yaml';
import type { ApplicationStatus, StatusDocument } from './status-document.ts';
import { writeSimpleYaml } from './write-simple-yaml.ts';

/** A list that stands in two places is written twice. */
const FORM = { lineWidth: 0, aliasDuplicateObjects: false };

/**
 * Writes `status.yaml`. Parts that were in the last one keep their text, so that a change of one application costs the
 * writing of one, however many there are and however long their histories.
 */
export class StatusText {
  /** Texts of the last document by where they stand and what they say, as JSON. */
  #written: ReadonlyMap<string, string> = new Map();

  /**
   * The document in YAML; lines are not folded, so that a long message keeps its line and the quick reader reads it.
   */
  render(status: StatusDocument): string {
    const before = this.#written;
    const written = new Map<string, string>();
    /**
     * Writes a part within lists and objects that hold nothing else, and leaves their lines away: so it is indented as
     * in the whole.
     */
    const write = (part: object, skippedLines = 0): string => {
      const key = `${skippedLines} ${JSON.stringify(part)}`;
      const text = before.get(key) ?? withoutLines(writeSimpleYaml(part) ?? stringify(part, FORM), skippedLines);
      written.set(key, text);
      return text;
    };
    const { apiVersion, kind, cluster, berth, observedAt, source, problems, applications, settings, observed } = status;
    const text = [
      write({ apiVersion, kind, cluster, berth }),
      write({ observedAt }),
      write({ source }),
      write({ problems }),
      applications.length === 0 ? 'applications: []\n' : 'applications:\n',
      ...applications.flatMap((application) => writeApplication(application, write)),
      write({ settings }),
      write({ observed }),
    ].join('');
    this.#written = written;
    return text;
  }
}

function writeApplication(application: ApplicationStatus, write: (part: object, skippedLines: number) => string) {
  const { history, ...rest } = application;
  return [
    write({ applications: [rest] }, 1),
    history.length === 0 ? '    history: []\n' : '    history:\n',
    ...history.map((entry) => write({ applications: [{ history: [entry] }] }, 2)),
  ];
}

function withoutLines(text: string, count: number): string {
  let start = 0;
  for (let line = 0; line < count; line++) start = text.indexOf('\n', start) + 1;
  return text.slice(start);
}

/** Properties and a message of one workflow command, such as `::error file=a.yaml,line=3::message`. */
export interface WorkflowCommand {
  readonly command: 'error' | 'warning' | 'notice';
  readonly properties?: Readonly<Record<string, string | number | undefined>>;
  readonly message: string;
}

/**
 * One line of a workflow command. What comes from outside is escaped as the runner undoes it: "%" before all else, then
 * line ends, and in properties also ":" and "," (actions/toolkit, `escapeData` and `escapeProperty`). Nothing in it can
 * begin another command.
 */
export function formatWorkflowCommand({ command, properties = {}, message }: WorkflowCommand): string {
  const given = Object.entries(properties).filter(([, value]) => value !== undefined);
  const list = given.map(([name, value]) => `${name}=${escapeProperty(String(value))}`).join(',');
  return `::${command}${list === '' ? '' : ` ${list}`}::${escapeData(message)}`;
}

/**
 * Text from outside in the log of a job: between these lines the runner takes no commands. `token` has to be random.
 */
export function withoutCommands(token: string, content: string): string {
  return `::stop-commands::${token}\n${content.replace(/\n$/, '')}\n::${token}::\n`;
}

function escapeData(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}

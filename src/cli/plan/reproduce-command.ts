import type { PlanResult } from './plan-change.ts';

/** The command that makes this report again from the same commits. */
export function reproduceCommand({ commits, request, settings, live }: PlanResult): string {
  const parts = ['berth plan'];
  if (commits.base !== undefined) parts.push(`--base ${commits.base.id.slice(0, 12)}`);
  parts.push(`--head ${commits.head.id.slice(0, 12)}`);
  if (live.source === 'status-branch') parts.push(`--cluster ${settings.cluster}`);
  if (request.live !== 'auto') parts.push(`--live ${request.live}`);
  for (const path of request.paths ?? []) parts.push(`--path ${path}`);
  return parts.join(' ');
}

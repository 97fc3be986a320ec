import type { Comment, GitHubApi } from './github-api.ts';

export interface StickyComment {
  readonly pullRequest: number;
  /** First line of the comment, by which it is found again. */
  readonly marker: string;
  readonly body: string;
  /** Whether a comment is written where there is none yet. */
  readonly isCreated: boolean;
}

export type StickyOutcome = 'created' | 'updated' | 'unchanged' | 'none';

/**
 * Keeps one comment on a pull request true: all its comments are looked through for the marker and for our own name
 * (anybody may write a marker), and the one that is found is edited in place, unless it says the same already.
 */
export async function putStickyComment(api: GitHubApi, comment: StickyComment): Promise<StickyOutcome> {
  const { pullRequest, marker, isCreated } = comment;
  const body = `${marker}\n${comment.body.trimEnd()}`;
  const own = await findOwn(api, pullRequest, marker);
  if (own === undefined) {
    if (!isCreated) return 'none';
    await api.createComment(pullRequest, body);
    return 'created';
  }
  // GitHub hands line ends back as they were sent by whoever edited last.
  if (own.body.replace(/\r\n/g, '\n').trimEnd() === body) return 'unchanged';
  await api.updateComment(own.id, body);
  return 'updated';
}

/** Reads pages until it is found; who we are is asked only where a marker is. */
async function findOwn(api: GitHubApi, pullRequest: number, marker: string): Promise<Comment | undefined> {
  for await (const comment of api.comments(pullRequest)) {
    if (firstLineOf(comment.body) === marker && comment.author === (await api.identity())) return comment;
  }
  return undefined;
}

function firstLineOf(body: string): string {
  return body.split(/\r?\n/, 1)[0] ?? '';
}

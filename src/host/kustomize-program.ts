/** What a build was given or came to. */
export type BuildResult =
  | { readonly type: 'built'; readonly text: string }
  | { readonly type: 'failed'; readonly message: string };

/** The port to a program that builds what Berth does not render itself: kustomizations with remote bases or plugins. */
export interface KustomizeProgram {
  /**
   * Builds the kustomization of a folder (empty for the root) of a repository with these files. It may fetch from the
   * network and run code of the repository: whoever hands this port in allows that. Rejects only when the machine
   * fails.
   */
  build(files: ReadonlyMap<string, Uint8Array>, folder: string): Promise<BuildResult>;
}

const SEPARATED = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const DOMAIN_LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${DOMAIN_LABEL}(?:\\.${DOMAIN_LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const REFERENCE = new RegExp(
  `^(?:${DOMAIN}/)?${SEPARATED}(?:/${SEPARATED})*(?::[\\w][\\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
);
const MAX_CHARS = 1024;

/**
 * What is wrong with an image's name by the grammar of github.com/distribution/reference, and what was probably meant.
 */
export function imageNameProblem(image: string): { readonly detail: string; readonly help: string } | undefined {
  if (image !== image.trim()) {
    return { detail: 'must not have leading or trailing whitespace', help: 'remove the whitespace' };
  }
  if (image.length <= MAX_CHARS && REFERENCE.test(image)) return undefined;
  if (/[{}$]/.test(image)) {
    return { detail: 'is no image reference', help: 'it looks like a template: commit the rendered result' };
  }
  const lower = image.replace(/^[^:@]*/, (name) => name.toLowerCase());
  const help =
    lower !== image && REFERENCE.test(lower) ? `did you mean "${lower}"?` : 'write [registry/]name[:tag][@digest]';
  const detail =
    lower === image ? 'is no image reference' : 'is no image reference: a repository name must be lowercase';
  return { detail, help };
}

const GROUPS: Readonly<Record<string, string>> = { deployments: '/apis/apps/v1' };

/** Path of the objects of one resource in one namespace. */
export function resourcePath(resource: string, namespace: string): string {
  return `${GROUPS[resource] ?? '/api/v1'}/namespaces/${namespace}/${resource}`;
}

import { expect, test } from 'vitest';
import { rehearseFiles } from './testing.ts';

function deployment(name: string, replicas: number, image: string, more = '', container = ''): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  ${more}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: main
          image: ${image}
          readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 2}
          ${container}
`;
}

test('a rolling update keeps all its replicas and ends stable', async () => {
  const rehearsal = await rehearseFiles(
    { 'web.yaml': deployment('web', 3, 'app:1') },
    { 'web.yaml': deployment('web', 3, 'app:2') },
  );
  expect(rehearsal.workloads).toMatchObject([
    {
      object: 'Deployment/default/web',
      outcome: 'stable',
      finalReplicas: 3,
      lowestReady: 3,
      phases: ['new-created', 'new-started', 'new-ready', 'old-stopping', 'old-gone', 'complete'],
    },
  ]);
});
